"""Finds what a row of `courses_create` means: its course, its category; and says what of it cannot be done."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sync_operators.codes import Fault
from sync_operators.moodle.reader import MoodleReader
from sync_operators.tools.account_finder import Refusal
from sync_operators.tools.category_finder import CategoryFinder, Place
from sync_operators.tools.course_columns import METHODS, teachers, topics
from sync_operators.tools.course_teachers import Teachers
from sync_operators.tools.courses import UNIQUE, Courses, PlannedCourse
from sync_operators.tools.tool import ParsedRow, ToolSettings

Beside = tuple[tuple[Fault, ...], tuple[str, ...], dict[str, str]]
"""Parts in error, warnings and message arguments that stand beside the acts of a row."""


class CourseSearch:
    """Looks up courses and categories in bulk, then finds those of each row, as the earlier rows leave them."""

    def __init__(self, settings: ToolSettings, reader: MoodleReader) -> None:
        self.section = settings.section
        self.identity = settings.section.identity
        self.courses = Courses(reader)
        self.teachers = Teachers(settings.roles, reader)
        self.categories = CategoryFinder(
            self.section.category_identity, reader, visible=self.section.new_categories_visible
        )

    def look_up(self, rows: Sequence[ParsedRow]) -> None:
        """Ask for all that these rows name; of courses that are to be changed, for all their fields."""
        if not rows:
            return
        self.categories.look_up()
        for name in dict.fromkeys((self.identity, *UNIQUE)):
            self.courses.look_up(name, _values(rows, name))
        self.courses.look_up("shortname", _values(rows, "template"))
        self.teachers.look_up(rows)
        if self.section.update:
            self.courses.look_at(self.identity, _values(rows, self.identity))
            self.teachers.look_at(self._known([row for row in rows if teachers(row.values)]))

    def _known(self, rows: Sequence[ParsedRow]) -> list[int]:
        """The courses of some rows that Moodle has."""
        found = [each for row in rows for each in self.courses.find(self.identity, row.values[self.identity])]
        return [course.id for course in found if course.id > 0 and not course.is_site]

    def find(self, values: Mapping[str, Any]) -> PlannedCourse | None:
        """The course that a row means; None when there is none. Raises Refusal for several, and for the site home."""
        value = values[self.identity]
        found = self.courses.find(self.identity, value)
        if any(course.is_site for course in found):
            raise Refusal("error_protected", identity=self.identity, value=value, reason="the site home")
        if len(found) > 1:
            raise Refusal("error_ambiguous", column=self.identity, value=value, count=str(len(found)))
        return found[0] if found else None

    def place_of(self, values: Mapping[str, Any]) -> Place | None:
        """The category that a row names; its idnumber says more than a path. None when it names none."""
        if idnumber := values.get("category_idnumber"):
            return self.categories.numbered(idnumber)
        category = values.get("category")
        return self.categories.find(category) if category else None

    def no_collision(self, values: Mapping[str, Any], course: PlannedCourse | None) -> None:
        """Refuse a short name or an idnumber that another course has."""
        for name in UNIQUE:
            value = values.get(name)
            others = [each for each in self.courses.find(name, value) if each is not course] if value else []
            if others and not (course and others[0].id == course.id):
                other_id = {"other_id": str(others[0].id)} if others[0].id > 0 else {}
                raise Refusal(f"error_{name}_collision", **{str(name): str(value)}, **other_id)

    def check_dates(self, values: Mapping[str, Any], course: PlannedCourse | None) -> None:
        """Refuse an end before its beginning: Moodle would."""
        start, end = (_moment(values, course, name) for name in ("startdate", "enddate"))
        if end and start and end < start and (values.get("enddate") or values.get("startdate")):
            raise Refusal("error_invalid_value", column="enddate", reason="not_after_start")

    def beside(self, values: Mapping[str, Any]) -> Beside:
        """What a row asks for a new course that no web service does."""
        parts = tuple(_unsupported(name) for name in METHODS if values.get(name))
        titles = [f"topic{number}" for number in topics(values)]
        if not titles:
            return parts, (), {}
        # The sections are made; their titles are no field of any function.
        return parts, ("warn_ignored_column",), {"columns": ", ".join(titles)}


def _unsupported(name: str) -> Fault:
    return Fault("error_unsupported", {"column": name, "reason": "no web service adds a method of enrolment"})


def _moment(values: Mapping[str, Any], course: PlannedCourse | None, name: str) -> int:
    told = values.get(name) or (course.get(name) if course else None) or 0
    return int(told)


def _values(rows: Iterable[ParsedRow], column: str) -> list[str]:
    return [value for row in rows if (value := row.values.get(column))]
