"""The command `courses_check`: says of each line's course whether Moodle has it. Writes nothing."""

from collections.abc import Sequence
from typing import Final

from sync_operators.moodle import categories, courses
from sync_operators.moodle.answered import plain
from sync_operators.moodle.reader import MoodleReader
from sync_operators.moodle.site import SiteInfo
from sync_operators.tools.account_finder import Refusal
from sync_operators.tools.course_finder import CourseFinder
from sync_operators.tools.course_lists import key_of, list_schema
from sync_operators.tools.tool import ParsedRow, RowPlan, Tool, ToolSettings


class CheckPlanner:
    """Answers lines of `courses_check`."""

    def __init__(self, settings: ToolSettings, reader: MoodleReader, site: SiteInfo) -> None:  # noqa: ARG002
        self._finder = CourseFinder(settings.section.identity, reader)

    def look_up(self, rows: Sequence[ParsedRow]) -> None:
        """Ask Moodle for the courses that these lines name."""
        self._finder.look_up(row.values[self._finder.identity] for row in rows)

    def plan(self, row: ParsedRow) -> RowPlan:
        """`found` with the course's names, or `not_found` with what the line says of it."""
        value, said = row.values[self._finder.identity], row.values["description"]
        try:
            course = self._finder.find(value)
        except Refusal as refusal:
            if refusal.fault.code == "error_ambiguous":
                return RowPlan.of(refusal.fault)
            args = {"identity": self._finder.identity, "value": value, **({"description": said} if said else {})}
            return RowPlan(code="not_found", args=args)
        args = {"id": str(course.id), "shortname": plain(course.shortname), "fullname": plain(course.fullname)}
        return RowPlan(code="found", args=args, refs=(("course", course.id),))


COURSES_CHECK: Final = Tool(
    command="courses_check",
    entity="course",
    schema=list_schema("description"),
    key_of=key_of,
    planner=CheckPlanner,
    verbs={},
    guarded_as={},
    functions=(courses.GET, courses.GET_BY_FIELD, categories.GET),
    header=False,
)
