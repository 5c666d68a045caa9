"""What look-ups tell, by the way, of where entities lie."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import singledispatch
from typing import TypeVar

from sync_operators.moodle.answered import plain
from sync_operators.moodle.cohorts import Cohort
from sync_operators.moodle.courses import Course
from sync_operators.moodle.groups import Group
from sync_operators.moodle.users import User

Places = dict[tuple[str, int], tuple[str, str]]
"""Kind and id of an entity → what it lies in (institution of a user, id of the category of a course, id of the course
of a group), and its name; each may be empty."""

_Entities = TypeVar("_Entities", bound=Iterable[User | Course | Group | Cohort])


class PlaceNotes:
    """Keeps what is told while somebody wants to know it."""

    def __init__(self) -> None:
        self._told: Places | None = None

    @contextmanager
    def wanted(self) -> Iterator[None]:
        """Keep what is told meanwhile."""
        self._told = {}
        try:
            yield
        finally:
            self._told = None

    def take(self) -> Places:
        """Give what was told since the last call."""
        told = self._told or {}
        if self._told is not None:
            self._told = {}
        return told

    def note(self, found: _Entities) -> _Entities:
        """Take note of what Moodle has told."""
        if self._told is not None:
            self._told.update(_placed(each) for each in found)
        return found


@singledispatch
def _placed(entity: object) -> tuple[tuple[str, int], tuple[str, str]]:
    raise TypeError(type(entity))


@_placed.register
def _(user: User) -> tuple[tuple[str, int], tuple[str, str]]:
    return ("user", user.id), (user.institution, "")


@_placed.register
def _(course: Course) -> tuple[tuple[str, int], tuple[str, str]]:
    return ("course", course.id), (str(course.categoryid or ""), plain(course.shortname))


@_placed.register
def _(group: Group) -> tuple[tuple[str, int], tuple[str, str]]:
    return ("group", group.id), (str(group.courseid), "")


@_placed.register
def _(cohort: Cohort) -> tuple[tuple[str, int], tuple[str, str]]:
    return ("cohort", cohort.id), ("", cohort.idnumber or cohort.name)
