"""Whether the caller may enter a course or a category (source: ws-functions.md: `requireloginerror` and its kin)."""

import time

from include.sandbox.moodle.contexts import context_id, not_valid
from include.sandbox.moodle.refusals import Refusal, invalid_parameter, missing_record
from include.sandbox.moodle.registry import Call
from include.sandbox.store import Row

SITE_COURSE = 1
# An enrolment that counts now: both it and its method are switched on, and its time has come and has not gone.
ACTIVE = "ue.status = 0 AND e.status = 0 AND ue.timestart <= :now AND (ue.timeend = 0 OR ue.timeend > :now)"


def now(call: Call) -> int:
    """The site's time."""
    return call.settings.clock or int(time.time())


def course(call: Call, course_id: int) -> Row:
    """A course; `invalidrecord` when there is none."""
    found = call.store.record("courses", id=course_id)
    if found is None:
        raise missing_record("course")
    return found


def may_enter(call: Call, wanted: Row) -> bool:
    """Whether the caller sees the course's inside: by right, or as a participant of a visible course."""
    if wanted["id"] == SITE_COURSE:
        return True
    if not wanted["visible"] and not call.caller.may("moodle/course:viewhiddencourses"):
        return False
    return call.caller.may("moodle/course:view") or is_active(call, wanted["id"], call.caller.user_id)


def is_active(call: Call, course_id: int, user_id: int) -> bool:
    """Whether an account has an enrolment in the course that counts now."""
    sql = (
        "SELECT 1 FROM user_enrolments ue JOIN enrol e ON e.id = ue.enrolid "
        "WHERE e.courseid = ? AND ue.userid = ? AND " + ACTIVE.replace(":now", str(now(call)))
    )
    return call.store.scalar(sql, (course_id, user_id)) is not None


def enter(call: Call, wanted: Row) -> Row:
    """The course, once the caller may be in it."""
    if not may_enter(call, wanted):
        raise Refusal(
            "requireloginerror", "Course or activity not accessible.", "core\\exception\\require_login_exception"
        )
    return wanted


def enter_or_explain(call: Call, course_id: int) -> Row:
    """As `enter`, but an unknown or closed course is refused as a context that is not valid."""
    found = call.store.record("courses", id=course_id)
    try:
        if found is None:
            raise invalid_parameter()
        return enter(call, found)
    except Refusal as reason:
        raise not_valid("errorcoursecontextnotvalid", "course", course_id, reason) from reason


def course_context(call: Call, course_id: int) -> int:
    """The context of a course."""
    return context_id(call.store, "course", course_id)
