"""Who is in which group (source: ws-functions.md, core_group_add_group_members and its neighbours)."""

import time
from collections.abc import Mapping
from typing import Any

from include.sandbox.moodle.access import course, enter
from include.sandbox.moodle.enrolment import is_enrolled
from include.sandbox.moodle.groups import known, require_groups
from include.sandbox.moodle.params import Many, Struct, Value, optional
from include.sandbox.moodle.participants import groups_of
from include.sandbox.moodle.refusals import Refusal, invalid_parameter, invalid_user
from include.sandbox.moodle.registry import Call, function
from include.sandbox.moodle.writing import all_or_nothing
from include.sandbox.store import Row

_ROWS = Struct({"members": Many(Struct({"groupid": Value("int"), "userid": Value("int")}))})


@function("core_group_add_group_members", _ROWS, writes=True)
def add_group_members(call: Call) -> None:
    """All or none; only who is enrolled in the course, suspended or not, can be in its groups."""
    rows = call.params["members"]
    with all_or_nothing(call, "core_group_add_group_members", rows):
        for row in rows:
            group = _entered(call, row)
            if not is_enrolled(call.store, group["courseid"], row["userid"]):
                raise invalid_parameter()
            call.store.insert("groups_members", {**row, "timeadded": int(time.time())}, ignore=True)


def _entered(call: Call, row: Mapping[str, Any]) -> Row:
    group = known(call.store, "groups", row["groupid"])
    if call.store.record("users", id=row["userid"], deleted=0) is None:
        raise invalid_user()
    require_groups(call, group["courseid"])
    return group


@function("core_group_delete_group_members", _ROWS, writes=True)
def delete_group_members(call: Call) -> None:
    """All or none; who is not a member is no error, who was put there by a link or a cohort stays."""
    rows = call.params["members"]
    with all_or_nothing(call, "core_group_delete_group_members", rows):
        for row in rows:
            _entered(call, row)
            member = call.store.record("groups_members", **row)
            if member and member["component"]:
                raise Refusal("errorremovenotpermitted", "You do not have permission to remove this group member")
            call.store.delete("groups_members", **row)


@function("core_group_get_group_members", Struct({"groupids": Many(Value("int"))}))
def get_group_members(call: Call) -> list[dict[str, Any]]:
    """Members of groups by id, sorted by their names."""
    return [{"groupid": group_id, "userids": _members(call, group_id)} for group_id in call.params["groupids"]]


def _members(call: Call, group_id: int) -> list[int]:
    require_groups(call, known(call.store, "groups", group_id)["courseid"])
    sql = (
        "SELECT u.id FROM groups_members gm JOIN users u ON u.id = gm.userid WHERE gm.groupid = ? "
        "ORDER BY u.lastname, u.firstname, u.id"
    )
    return call.store.scalars(sql, (group_id,))


@function(
    "core_group_get_course_user_groups",
    Struct({"courseid": optional("int", 0), "userid": optional("int", 0), "groupingid": optional("int", 0)}),
)
def get_course_user_groups(call: Call) -> dict[str, Any]:
    """The groups of one account in a course, or in all of its courses."""
    user_id = call.params["userid"] or call.caller.user_id
    if call.params["courseid"]:
        wanted = [course(call, call.params["courseid"])]
    else:
        wanted = [one for one in call.store.records("courses") if is_enrolled(call.store, one["id"], user_id)]
    groups: list[dict[str, Any]] = []
    warnings: list[dict[str, Any]] = []
    for one in wanted:
        enter(call, one)
        warning = _warning(call, one["id"], user_id)
        if warning:
            warnings.append(warning)
        else:
            groups += _in_course(call, one["id"], user_id)
    return {"groups": groups, "warnings": warnings}


def _warning(call: Call, course_id: int, user_id: int) -> dict[str, Any] | None:
    about = {"item": "course", "itemid": course_id}
    if user_id != call.caller.user_id and not call.caller.may("moodle/course:managegroups"):
        message = f"User {call.caller.user_id} can't manage groups in course {course_id}"
        return {**about, "warningcode": "cannotmanagegroups", "message": message}
    if not is_enrolled(call.store, course_id, user_id):
        return {
            **about,
            "warningcode": "notenrolled",
            "message": f"User {user_id} is not enrolled in course {course_id}",
        }
    return None


def _in_course(call: Call, course_id: int, user_id: int) -> list[dict[str, Any]]:
    found = groups_of(call, course_id, user_id)
    if call.params["groupingid"]:
        links = call.store.records("groupings_groups", groupingid=call.params["groupingid"])
        found = [group for group in found if group["id"] in {link["groupid"] for link in links}]
    rows = {row["id"]: row for row in call.store.records("groups", courseid=course_id)}
    return [{**group, "idnumber": rows[group["id"]]["idnumber"], "courseid": course_id} for group in found]
