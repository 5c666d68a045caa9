"""Form fields of a web-service call, as Moodle's REST server reads them (`moodle/ws-functions.md`, Protocol).

A structure is written `users[0][email]`; booleans are `0` and `1` and nothing else.
"""

from collections.abc import Mapping, Sequence
from string import ascii_letters, digits
from typing import Any
from urllib.parse import quote_plus, urlencode


def flatten(value: Any, name: str = "") -> list[tuple[str, str]]:
    """The form fields of a structure of mappings, sequences and plain values, in order."""
    form: list[tuple[str, str]] = []
    _add(form, value, name)
    return form


def encoded(form: Sequence[tuple[str, str]]) -> bytes:
    """The body of a request."""
    # All at once, byte by byte of those that need quoting: of thousands of fields few have any but their brackets.
    body = "\x1e".join([f"{name}\x1f{value}" for name, value in form]).encode()
    if body.count(b"\x1e") != len(form) - 1 or body.count(b"\x1f") != len(form):  # a value holds one
        return urlencode(form).encode()
    for special in sorted(set(body.translate(None, _PLAIN)), key=lambda byte: _ORDER.get(byte, 1)):
        body = body.replace(bytes((special,)), quote_plus(bytes((special,))).encode())
    return body.replace(b"\x1f", b"=").replace(b"\x1e", b"&")


_ORDER = {ord("%"): 0, ord(" "): 2}  # each before, or after, what is written for others holds it
_PLAIN = f"{ascii_letters}{digits}_.-~\x1e\x1f".encode()


def field_count(value: Any) -> int:
    """How many form fields a structure takes."""
    if isinstance(value, dict) or isinstance(value, Mapping):  # noqa: SIM101 - the second takes a search
        # Most are texts: only the others are looked into.
        return len(value) + sum([field_count(part) - 1 for part in value.values() if not isinstance(part, str)])
    if _is_list(value):
        return sum(map(field_count, value))
    return 1


def row_count(params: Mapping[str, Any]) -> int:
    """How many rows a call carries: the length of its longest list."""
    return max((len(value) for value in params.values() if _is_list(value)), default=0)


def _add(form: list[tuple[str, str]], value: Any, name: str) -> None:
    if isinstance(value, str):
        form.append((name, value))
    elif isinstance(value, Mapping):
        for key, part in value.items():
            _add(form, part, f"{name}[{key}]" if name else str(key))
    elif _is_list(value):
        for index, part in enumerate(value):
            _add(form, part, f"{name}[{index}]")
    else:
        form.append((name, _text(value, name)))


def _text(value: Any, name: str) -> str:
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, int | float):
        return str(value)
    raise TypeError(f"{name}: a form field cannot hold {type(value).__name__}")


def _is_list(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str | bytes)
