"""Finds the course that a row names.

Moodle is asked for one shortname or idnumber a call, which takes about 12 times what a course of the whole list takes
(`moodle/baseline.md` (g)). So few values are asked one by one, and beyond a share of the site's courses the whole
list is read, once a file; ids are always asked in one call for many. Each value of a file is asked once.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from types import MappingProxyType
from typing import Final, Literal

from sync_operators.moodle.answered import plain
from sync_operators.moodle.courses import Course, CourseIdentity
from sync_operators.moodle.reader import MoodleReader
from sync_operators.tools.account_finder import Refusal

NamedField = Literal["idnumber", "shortname"]

FEW: Final = 25
"""Values asked one by one without a thought of the whole list: two seconds at most."""

LISTED_PER_ASKED: Final = 6
"""Courses of the whole list that take as long as one value asked by itself, over two connections."""


class CourseIndex:
    """Courses by any of their identifiers, as Moodle has them; only what identifies them is kept."""

    def __init__(self, reader: MoodleReader) -> None:
        self._reader = reader
        self._found: dict[tuple[CourseIdentity, str], list[Course]] = {}
        self._list: dict[tuple[str, str], list[Course]] | None = None
        self._count: int | None = None

    def look_up(self, field: CourseIdentity, values: Iterable[str]) -> None:
        """Ask Moodle for the courses that have one of these values; those asked before cost nothing."""
        wanted = [value for value in dict.fromkeys(values) if value and (field, value) not in self._found]
        if not wanted:
            return
        found = self._by_id(wanted) if field == "id" else self._named(field, wanted)
        self._found.update(((field, value), found.get(value, [])) for value in wanted)

    def named(self, field: CourseIdentity, value: str) -> list[Course]:
        """All courses that have this value, the site home among them; `look_up` must have had it."""
        return self._found.get((field, value), [])

    def _by_id(self, wanted: list[str]) -> dict[str, list[Course]]:
        return {str(course.id): [_light(course)] for course in self._reader.courses_by_id(wanted)}

    def _named(self, field: NamedField, wanted: list[str]) -> dict[str, list[Course]]:
        if not self._list_is_cheaper(len(self._found) + len(wanted)):
            return self._asked(field, wanted)
        listed = self._listed()
        told = {value: listed.get((field, plain(value)), []) for value in wanted}
        # A filter of the site may have formatted a name beyond recognition: then Moodle is asked for the value itself.
        strange = [value for value in wanted if not told[value] and set("&<>{") & set(value)]
        return told | self._asked(field, strange)

    def _asked(self, field: NamedField, wanted: list[str]) -> dict[str, list[Course]]:
        told = self._reader.courses_by_field(field, wanted)
        return {value: [_light(course) for course in told.get(value, ())] for value in wanted}

    def _list_is_cheaper(self, values: int) -> bool:
        if self._list is not None:
            return True
        if values <= FEW:
            return False
        if self._count is None:
            self._count = sum(category.coursecount for category in self._reader.all_categories())
        return self._count <= values * LISTED_PER_ASKED

    def _listed(self) -> dict[tuple[str, str], list[Course]]:
        if self._list is None:
            listed: defaultdict[tuple[str, str], list[Course]] = defaultdict(list)
            for course in self._reader.all_courses():
                for field in ("idnumber", "shortname"):
                    listed[field, plain(getattr(course, field))].append(_light(course))
            self._list = dict(listed)
        return self._list


class CourseFinder:
    """The course of each row by the one identifier that the settings choose."""

    def __init__(self, identity: CourseIdentity, reader: MoodleReader, index: CourseIndex | None = None) -> None:
        self.identity: CourseIdentity = identity
        self._index = index or CourseIndex(reader)

    def look_up(self, values: Iterable[str]) -> None:
        """Ask Moodle for the courses that have one of these values; those asked before cost nothing."""
        self._index.look_up(self.identity, values)

    def named(self, value: str) -> list[Course]:
        """All courses that have this value, the site home among them; `look_up` must have had it."""
        return self._index.named(self.identity, value)

    def find(self, value: str) -> Course:
        """The one course that has this value, never the site home.

        Raises Refusal when there is none, or several.
        """
        found = [course for course in self.named(value) if not course.is_site]
        if not found:
            raise Refusal("error_unknown_course", identity=self.identity, value=value)
        if len(found) > 1:
            raise Refusal("error_ambiguous", column=self.identity, value=value, count=str(len(found)))
        return found[0]


def _light(course: Course) -> Course:
    """What identifies a course, without its descriptions."""
    kept = {name: value for name, value in course.fields.items() if name == "format"}
    return replace(course, fields=MappingProxyType(kept), customfields=MappingProxyType({}))
