"""Courses as the earlier rows of a file will leave them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from sync_operators.moodle.answered import plain
from sync_operators.moodle.courses import Course, CourseIdentity
from sync_operators.moodle.reader import MoodleReader
from sync_operators.tools.accounts import as_text
from sync_operators.tools.course_columns import CUSTOM
from sync_operators.tools.course_finder import CourseIndex
from sync_operators.tools.tool import Name

UNIQUE: Final[tuple[CourseIdentity, ...]] = ("shortname", "idnumber")
"""What only one course may have."""

FORMATTED: Final = frozenset({"fullname", "shortname"})
"""What Moodle answers formatted; of a summary it makes new HTML, of which only the words can be compared."""


def stored(course: Course, name: str) -> str | None:
    """What Moodle holds in a field, as a form field carries it; None when it does not tell."""
    if name.startswith(CUSTOM):
        return course.customfields.get(name.removeprefix(CUSTOM), "")
    return course.fields.get(name)


def alike(name: str, wanted: Any, found: str | None) -> bool:
    """Whether a field holds what is wanted, as far as can be told of what Moodle formats."""
    if found is None:
        return False
    text = as_text(wanted)
    if name == "summary":
        return plain(text).split() == plain(found).split()
    return text == found or (name in FORMATTED and plain(text) == plain(found))


@dataclass(slots=True)
class PlannedCourse:
    """One course: as Moodle tells it, under the changes that earlier rows plan."""

    id: int
    course: Course | None = None
    planned: dict[str, str] = field(default_factory=dict)

    def get(self, name: str) -> str | None:
        """The value of a field; None when Moodle does not tell it."""
        if name in self.planned:
            return self.planned[name]
        if name == "id":
            return str(self.id)
        return stored(self.course, name) if self.course else ""

    @property
    def is_site(self) -> bool:
        """Whether it is the site home."""
        return self.course is not None and self.course.is_site

    @property
    def refs(self) -> tuple[tuple[str, int], ...]:
        """What a row about it stands on; nothing yet when this plan makes it."""
        return (("course", self.id),) if self.id > 0 else ()

    def names(self) -> frozenset[Name]:
        """The unique names that the course holds."""
        return frozenset((each, plain(value)) for each in UNIQUE if (value := self.get(each)))


class Courses:
    """A window on Moodle's courses, laid over with what earlier rows plan."""

    def __init__(self, reader: MoodleReader) -> None:
        self._reader = reader
        self._index = CourseIndex(reader)
        self._changed: dict[int, PlannedCourse] = {}
        self._named: defaultdict[Name, set[int]] = defaultdict(set)
        self._details: dict[int, Course] = {}
        self._made = 0

    def look_up(self, field_name: CourseIdentity, values: Iterable[str]) -> None:
        """Ask Moodle for the courses that have one of these values."""
        self._index.look_up(field_name, values)

    def look_at(self, field_name: CourseIdentity, values: Iterable[str]) -> None:
        """Ask for all fields of the courses that have one of these values, found before."""
        ids = {course.id for value in values for course in self._index.named(field_name, value)}
        wanted = sorted(str(each) for each in ids - self._changed.keys())
        self._details = {course.id: course for course in self._reader.courses_by_id(wanted)} if wanted else {}

    def find(self, field_name: CourseIdentity, value: str) -> list[PlannedCourse]:
        """The courses with that value, as the earlier rows leave them, in the order of their ids."""
        told = [course for course in self._index.named(field_name, value) if course.id not in self._changed]
        found = [PlannedCourse(course.id, self._details.get(course.id, course)) for course in told]
        ours = [self._changed[each] for each in self._named.get((field_name, plain(value)), ())]
        return sorted([*found, *ours], key=lambda course: course.id)

    def make(self, values: Mapping[str, Any]) -> PlannedCourse:
        """A course that the plan creates; its id is negative until Moodle gives one."""
        self._made -= 1
        course = PlannedCourse(self._made)
        self.change(course, values)
        return course

    def change(self, course: PlannedCourse, values: Mapping[str, Any]) -> None:
        """Let later rows see these values."""
        self._unname(course)
        course.planned.update({name: as_text(value) for name, value in values.items()})
        self._changed[course.id] = course
        for name in (*course.names(), ("id", str(course.id))):
            self._named[name].add(course.id)

    def delete(self, course: PlannedCourse) -> None:
        """Let later rows find no such course; its names are free again."""
        self._unname(course)
        self._changed[course.id] = course

    def _unname(self, course: PlannedCourse) -> None:
        for name in (*course.names(), ("id", str(course.id))):
            self._named[name].discard(course.id)
