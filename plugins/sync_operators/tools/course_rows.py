"""Rows of `courses_create` → acts; no calls but those of `look_up`."""

from collections.abc import Sequence

from sync_operators.moodle.reader import MoodleReader
from sync_operators.moodle.site import SiteInfo
from sync_operators.tools.account_finder import Refusal
from sync_operators.tools.course_search import CourseSearch
from sync_operators.tools.known_courses import known_course
from sync_operators.tools.new_courses import new_course
from sync_operators.tools.tool import ParsedRow, RowPlan, ToolSettings


class CoursePlanner:
    """Plans rows of `courses_create`: create, copy, update, skip."""

    def __init__(self, settings: ToolSettings, reader: MoodleReader, site: SiteInfo) -> None:  # noqa: ARG002
        self._search = CourseSearch(settings, reader)

    def look_up(self, rows: Sequence[ParsedRow]) -> None:
        """Ask Moodle for all that these rows need."""
        self._search.look_up(rows)

    def plan(self, row: ParsedRow) -> RowPlan:
        """Decide on one row."""
        try:
            course = self._search.find(row.values)
            return known_course(self._search, row, course) if course else new_course(self._search, row)
        except Refusal as refusal:
            return RowPlan.of(refusal.fault)
