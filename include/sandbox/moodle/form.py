"""A form as PHP reads it: fields in order, cut at max_input_vars, nested by brackets.

Source: ws-functions.md, "Protocol" (list indices, merging) and "Request size" (the cut).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request

Fields = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Form:
    """What PHP made of one request."""

    values: Mapping[str, Any]
    cut: bool

    def take(self, name: str) -> str | None:
        """A plain field, None when it was not sent (or is an array)."""
        value = self.values.get(name)
        return value if isinstance(value, str) else None

    def without(self, names: Iterable[str]) -> dict[str, Any]:
        """The other fields: a function's parameters."""
        left_out = set(names)
        return {name: value for name, value in self.values.items() if name not in left_out}


async def read_form(request: Request, max_input_vars: int) -> Form:
    """Query and body merged, the body winning; each is cut for itself."""
    query = parse_qsl(request.url.query, keep_blank_values=True, errors="surrogateescape")
    body = await _body_fields(request)
    kept = [fields[: max_input_vars + 1] for fields in (query, body)]
    return Form(nested(kept[0] + kept[1]), cut=len(kept[0]) < len(query) or len(kept[1]) < len(body))


async def _body_fields(request: Request) -> Fields:
    content_type = request.headers.get("content-type", "").lower()
    if content_type.startswith("multipart/form-data"):
        form = await request.form(max_fields=1_000_000)
        return [(name, value) for name, value in form.multi_items() if isinstance(value, str)]
    if content_type.startswith("application/x-www-form-urlencoded"):
        # A byte that is no UTF-8 survives as a surrogate, so that the parameter check can refuse it.
        body = (await request.body()).decode("latin-1")
        return parse_qsl(body, keep_blank_values=True, errors="surrogateescape")
    return []


def nested(fields: Fields) -> dict[str, Any]:
    """`users[0][email]=x` and `values[]=x` as dicts; lists are dicts too, in the order sent."""
    tree: dict[str, Any] = {}
    for name, value in fields:
        path = _path(name)
        if path:
            _put(tree, path, value)
    return tree


def _path(name: str) -> list[str]:
    head, bracket, rest = name.partition("[")
    # PHP variables hold neither dots nor blanks.
    head = head.strip().replace(".", "_").replace(" ", "_")
    if not head:
        return []
    if not bracket or not rest.endswith("]"):
        return [head]
    return [head, *rest[:-1].split("][")]


def _put(tree: dict[str, Any], path: list[str], value: str) -> None:
    branch = tree
    for step in path[:-1]:
        key = _next_index(branch) if step == "" else step
        if not isinstance(branch.get(key), dict):
            branch[key] = {}
        branch = branch[key]
    branch[_next_index(branch) if path[-1] == "" else path[-1]] = value


def _next_index(branch: Mapping[str, Any]) -> str:
    return str(max((int(key) for key in branch if key.isdigit()), default=-1) + 1)
