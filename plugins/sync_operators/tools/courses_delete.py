"""The command `courses_delete`: a list of courses that go, with everything in them.

A line is one identifier as a whole, whatever marks are in it; only a tab parts values.
"""

from collections.abc import Sequence
from typing import Final

from sync_operators.moodle import categories, course_writes, courses
from sync_operators.moodle.answered import plain
from sync_operators.moodle.reader import MoodleReader
from sync_operators.moodle.site import SiteInfo
from sync_operators.tools.account_finder import Refusal
from sync_operators.tools.course_finder import CourseFinder
from sync_operators.tools.course_lists import key_of, list_schema
from sync_operators.tools.course_verbs import DeleteCourse
from sync_operators.tools.tool import Draft, ParsedRow, RowPlan, Tool, ToolSettings


class DeletePlanner:
    """Plans lines of `courses_delete`."""

    def __init__(self, settings: ToolSettings, reader: MoodleReader, site: SiteInfo) -> None:  # noqa: ARG002
        self._finder = CourseFinder(settings.section.identity, reader)
        self._protected = frozenset(settings.section.protected)
        self._gone: set[int] = set()

    def look_up(self, rows: Sequence[ParsedRow]) -> None:
        """Ask Moodle for the courses that these lines name."""
        self._finder.look_up(row.values[self._finder.identity] for row in rows)

    def plan(self, row: ParsedRow) -> RowPlan:
        """Delete the course, unless it is protected."""
        try:
            return self._plan(row.values[self._finder.identity])
        except Refusal as refusal:
            return RowPlan.of(refusal.fault)

    def _plan(self, value: str) -> RowPlan:
        identity = self._finder.identity
        if any(course.is_site for course in self._finder.named(value)):
            raise Refusal("error_protected", identity=identity, value=value, reason="the site home")
        if value in self._protected:
            raise Refusal("error_protected", identity=identity, value=value, reason="courses_delete.protected")
        course = self._finder.find(value)
        refs = (("course", course.id),)
        if course.id in self._gone:
            return RowPlan(code="skipped_not_found", args={"identity": identity, "value": value})
        self._gone.add(course.id)
        before = {"shortname": plain(course.shortname), "fullname": plain(course.fullname), "idnumber": course.idnumber}
        return RowPlan((Draft("delete", "course", course.id, before),), refs=refs)


COURSES_DELETE: Final = Tool(
    command="courses_delete",
    entity="course",
    schema=list_schema(),
    key_of=key_of,
    planner=DeletePlanner,
    verbs={"delete": DeleteCourse()},
    guarded_as={"delete": "delete"},
    functions=(courses.GET, courses.GET_BY_FIELD, categories.GET, course_writes.DELETE),
    header=False,
    separator="\t",
)
