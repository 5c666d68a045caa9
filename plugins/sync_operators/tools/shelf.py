"""The groups, or the groupings, of courses, as the earlier rows of a file will leave them."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any, Final, Literal

from sync_operators.moodle.answered import plain
from sync_operators.moodle.groups import Group

Field = Literal["id", "idnumber", "name"]

_FIELDS: Final[tuple[Field, ...]] = ("id", "idnumber", "name")
_ANYWHERE: Final = 0


class Shelf:
    """What courses have of one kind, each course read once, laid over with what earlier rows make and change."""

    def __init__(self, kind: str, read: Callable[[Iterable[int]], Mapping[int, list[Group]]]) -> None:
        self.kind = kind
        self._read = read
        self._courses: set[int] = set()
        self._index: defaultdict[tuple[int, Field, str], dict[int, Group]] = defaultdict(dict)
        self._count = 0

    def load(self, courses: Iterable[int]) -> list[Group]:
        """Ask Moodle once for what these courses have; what was new to us."""
        wanted = [course for course in dict.fromkeys(courses) if course not in self._courses]
        self._courses |= set(wanted)
        new = [group for groups in (self._read(wanted) if wanted else {}).values() for group in groups]
        for group in new:
            self._put(group)
        return new

    def find(self, course: int, field: Field, value: str) -> list[Group]:
        """Those of a course that have this value."""
        return list(self._index.get((course, field, plain(value)), {}).values())

    def is_elsewhere(self, field: Field, value: str) -> bool:
        """Whether any course that has been read has one of this value: no web service searches the whole site."""
        return bool(self._index.get((_ANYWHERE, field, plain(value))))

    def make(self, course: int, fields: Mapping[str, Any]) -> Group:
        """One that the plan creates; its id is negative until Moodle gives one."""
        self._count += 1
        return self._put(Group(-self._count, course, **fields))

    def change(self, group: Group, fields: Mapping[str, Any]) -> Group:
        """One as the plan leaves it."""
        for key in self._keys(group):
            self._index[key].pop(group.id, None)
        return self._put(replace(group, **fields))

    def _put(self, group: Group) -> Group:
        for key in self._keys(group):
            self._index[key][group.id] = group
        return group

    @staticmethod
    def _keys(group: Group) -> list[tuple[int, Field, str]]:
        told = [(field, plain(str(getattr(group, field)))) for field in _FIELDS]
        return [(course, field, value) for course in (group.courseid, _ANYWHERE) for field, value in told if value]
