"""Moodle's courses → the list that the page of courses shows."""

import logging
from typing import TYPE_CHECKING, Any

from sync_operators.operators.asked import check_conf
from sync_operators.operators.base import SyncOperator, working

if TYPE_CHECKING:
    from airflow.sdk import Context

log = logging.getLogger(__name__)


class CourseListOperator(SyncOperator):
    """Read courses, categories and the people in them from Moodle; change nothing there."""

    ui_color = "#e6efe9"

    def step(self, context: "Context") -> dict[str, Any]:
        """`{courses, place}`: how many there are, and where the list lies in the depot."""
        from sync_operators.course_list import keep, read_courses

        check_conf(context)
        with working(context) as work:
            found = read_courses(work.moodle, work.clock)
            place = keep(work.depot, found)
        log.info("course_list: courses=%d place=%s", len(found.courses), place)
        return {"courses": len(found.courses), "place": place}
