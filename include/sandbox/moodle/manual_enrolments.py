"""Manual enrolment (source: ws-functions.md, enrol_manual_enrol_users and enrol_manual_unenrol_users)."""

from collections.abc import Mapping
from typing import Any

from include.sandbox.moodle.access import course, enter
from include.sandbox.moodle.accounts import GUEST_ID
from include.sandbox.moodle.contexts import LEVELS
from include.sandbox.moodle.enrol_sync import follow_courses
from include.sandbox.moodle.enrolment import enabled_method, enrol, unenrol
from include.sandbox.moodle.params import Many, Struct, Value, optional
from include.sandbox.moodle.refusals import Refusal, invalid_parameter, invalid_user
from include.sandbox.moodle.registry import Call, function
from include.sandbox.moodle.roles import assignable
from include.sandbox.moodle.writing import all_or_nothing
from include.sandbox.store import Row

_TIMES = {name: optional("int") for name in ("timestart", "timeend", "suspend")}


@function(
    "enrol_manual_enrol_users",
    Struct(
        {
            "enrolments": Many(
                Struct({"roleid": Value("int"), "userid": Value("int"), "courseid": Value("int"), **_TIMES})
            )
        }
    ),
    writes=True,
)
def enrol_users(call: Call) -> None:
    """All or none; times and status that are left out are 0 and active, also for who is enrolled already."""
    rows = call.params["enrolments"]
    with all_or_nothing(call, "enrol_manual_enrol_users", rows):
        for row in rows:
            _enrol(call, row)
        follow_courses(call.store, (row["courseid"] for row in rows))


def _enrol(call: Call, row: Mapping[str, Any]) -> None:
    found = call.store.record("courses", id=row["courseid"])
    if found is None:
        raise invalid_parameter()
    enter(call, found)
    call.caller.require("enrol/manual:enrol")
    if not assignable(row["roleid"], LEVELS["course"]):
        raise _cannot_assign(row)
    method = enabled_method(call.store, found["id"], "manual")
    if method is None:
        raise _no_method(found)
    user = _active_user(call, row["userid"])
    times = {"start": row.get("timestart", 0), "end": row.get("timeend", 0)}
    enrol(call.store, method, user["id"], row["roleid"], **times, status=int(bool(row.get("suspend"))))


def _cannot_assign(row: Mapping[str, Any]) -> Refusal:
    return Refusal(
        "wsusercannotassign",
        f"You don't have the permission to assign this role ({row['roleid']}) to this user ({row['userid']}) "
        f"in this course ({row['courseid']}).",
    )


def _no_method(one: Row) -> Refusal:
    message = f"Manual enrolment plugin instance doesn't exist or is disabled for the course (id = {one['id']})"
    return Refusal("wsnoinstance", message)


def _active_user(call: Call, user_id: int) -> Row:
    user = call.store.user(user_id)
    if user is None:
        raise invalid_user()
    if user["deleted"]:
        raise Refusal("userdeleted", "error/userdeleted")
    if user_id == GUEST_ID:
        raise Refusal("guestsarenotallowed", "The guest user is not allowed to do this")
    return user


@function(
    "enrol_manual_unenrol_users",
    Struct({"enrolments": Many(Struct({"userid": Value("int"), "courseid": Value("int"), "roleid": optional("int")}))}),
    writes=True,
)
def unenrol_users(call: Call) -> None:
    """All or none; the role id is ignored: the whole manual enrolment goes."""
    rows = call.params["enrolments"]
    with all_or_nothing(call, "enrol_manual_unenrol_users", rows):
        for row in rows:
            _unenrol(call, row)
        follow_courses(call.store, (row["courseid"] for row in rows))


def _unenrol(call: Call, row: Mapping[str, Any]) -> None:
    found = enter(call, course(call, row["courseid"]))
    call.caller.require("enrol/manual:unenrol")
    method = call.store.record("enrol", courseid=found["id"], enrol="manual")
    if method is None:
        raise _no_method(found)
    if call.store.user(row["userid"]) is None:
        raise invalid_user()
    unenrol(call.store, method, row["userid"])
