"""What making or changing a group or grouping comes to, or what in its course is in the way."""

import html
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sync_operators.moodle.answered import plain
from sync_operators.moodle.groups import Group
from sync_operators.tools.account_finder import Refusal
from sync_operators.tools.group_columns import GROUP
from sync_operators.tools.shelf import Field, Shelf
from sync_operators.tools.tool import Draft, Name

FIELDS: Final = ("name", "idnumber", "description")
_UNIQUE: Final[tuple[Field, ...]] = ("name", "idnumber")


@dataclass(frozen=True, slots=True)
class Shelving:
    """Plans acts on groups and groupings alike; names and idnumbers are unique in a course."""

    empty_clears: bool

    def make(self, shelf: Shelf, course: int, values: Mapping[str, Any]) -> tuple[Group, Draft]:
        """A new one, and the act that makes it. Raises Refusal when its name or idnumber is taken."""
        fields = {name: str(values[name]) for name in FIELDS if values.get(name)}
        _require_free(shelf, course, fields, own=None, code=f"error_{shelf.kind}_create")
        made = shelf.make(course, fields)
        frees = frozenset({(shelf.kind, str(made.id))})
        after = {"courseid": course, **fields}
        return made, Draft(
            f"make_{shelf.kind}", shelf.kind, made.id, after=after, takes=_names(shelf.kind, made), frees=frees
        )

    def change(self, shelf: Shelf, group: Group, values: Mapping[str, Any]) -> tuple[Group, Draft | None]:
        """One as the row wants it, and the act that changes it, if any: what a row does not give stays."""
        wanted = {name: str(values[name]) for name in FIELDS if values.get(name) or self._clears(name, values)}
        changed = {name: value for name, value in wanted.items() if not _same(name, value, getattr(group, name))}
        if not changed:
            return group, None
        _require_free(shelf, group.courseid, changed, own=group.id, code=f"error_{shelf.kind}_update")
        after = shelf.change(group, changed)
        return after, Draft(
            f"update_{shelf.kind}",
            shelf.kind,
            group.id,
            before={name: plain(getattr(group, name)) for name in changed},
            after={"courseid": group.courseid, **_always(shelf, group), **changed},
            takes=_names(shelf.kind, after),
            frees=_names(shelf.kind, group) - _names(shelf.kind, after),
        )

    def _clears(self, name: str, values: Mapping[str, Any]) -> bool:
        return self.empty_clears and name == "description" and name in values


def _same(field: str, given: str, told: str) -> bool:
    """Names are answered formatted, and descriptions with entities."""
    return given == told or (html.unescape(told) == given if field == "description" else plain(told) == plain(given))


def _always(shelf: Shelf, group: Group) -> dict[str, Any]:
    """What Moodle wants in each change: of a grouping the description too, which then stays what it told."""
    named = {"name": plain(group.name)}
    if shelf.kind == GROUP:
        return named
    return named | {"description": group.description, "descriptionformat": group.descriptionformat}


def _names(kind: str, group: Group) -> frozenset[Name]:
    """What only one of its kind may have in the course."""
    told = {field: plain(str(getattr(group, field))) for field in _UNIQUE}
    return frozenset((f"{kind} {field}", f"{group.courseid}:{value}") for field, value in told.items() if value)


def _require_free(shelf: Shelf, course: int, fields: Mapping[str, str], *, own: int | None, code: str) -> None:
    for field in _UNIQUE:
        others = [each for each in shelf.find(course, field, fields.get(field, "")) if each.id != own]
        if fields.get(field) and others:
            raise Refusal(code, group=fields.get("name", ""), reason=f"the {field} is taken in the course")
