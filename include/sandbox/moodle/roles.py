"""Roles and their assignment in contexts (source: ws-functions.md, "Roles"; ids as on a standard site)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from include.sandbox.moodle.access import course, enter
from include.sandbox.moodle.contexts import LEVELS, context_by_id, named_context
from include.sandbox.moodle.enrol_sync import follow_courses
from include.sandbox.moodle.enrolment import assign
from include.sandbox.moodle.params import Many, Struct, Value, optional
from include.sandbox.moodle.refusals import coding_error, invalid_parameter
from include.sandbox.moodle.registry import Call, function
from include.sandbox.moodle.writing import all_or_nothing
from include.sandbox.store import Row, Store


@dataclass(frozen=True, slots=True)
class Role:
    """A role of the site, and the levels of context where it can be assigned."""

    id: int
    shortname: str
    levels: frozenset[int] = frozenset()


def _levels(*names: str) -> frozenset[int]:
    return frozenset(LEVELS[name] for name in names)


ROLES = (
    Role(1, "manager", _levels("system", "coursecat", "course")),
    Role(2, "coursecreator", _levels("system", "coursecat")),
    Role(3, "editingteacher", _levels("course", "module")),
    Role(4, "teacher", _levels("course", "module")),
    Role(5, "student", _levels("course", "module")),
    Role(6, "guest"),
    Role(7, "user"),
    Role(8, "frontpage"),
)
SHORTNAMES = {role.id: role.shortname for role in ROLES}
_PLACE = {"contextid": optional("int"), "contextlevel": optional("alpha"), "instanceid": optional("int")}
_ROW = Struct({"roleid": Value("int"), "userid": Value("int"), **_PLACE})


def assignable(role_id: int, level: int) -> bool:
    """Whether the service account may assign the role in contexts of that level."""
    return any(role.id == role_id and level in role.levels for role in ROLES)


def roles_of(store: Store, context: int, user_id: int) -> list[dict[str, Any]]:
    """The roles an account holds in a context, once for each owner that gave it."""
    held = store.records("role_assignments", order="roleid, id", contextid=context, userid=user_id)
    shown = ((one["roleid"], SHORTNAMES[one["roleid"]]) for one in held)
    return [{"roleid": role_id, "name": "", "shortname": name, "sortorder": 0} for role_id, name in shown]


@function("core_role_assign_roles", Struct({"assignments": Many(_ROW)}), writes=True)
def assign_roles(call: Call) -> None:
    """All or none; a role in a course does not enrol."""
    rows = call.params["assignments"]
    with all_or_nothing(call, "core_role_assign_roles", rows):
        for row in rows:
            context = _assignable_context(call, row)
            user = call.store.user(row["userid"])
            if user is None or user["deleted"]:
                raise coding_error("User ID does not exist or is deleted!")
            assign(call.store, row["roleid"], row["userid"], context["id"])
            _follow(call.store, context)


@function("core_role_unassign_roles", Struct({"unassignments": Many(_ROW)}), writes=True)
def unassign_roles(call: Call) -> None:
    """All or none; what was not assigned is no error, what a link or a cohort gave stays."""
    rows = call.params["unassignments"]
    with all_or_nothing(call, "core_role_unassign_roles", rows):
        for row in rows:
            context = _assignable_context(call, row)
            given = {"roleid": row["roleid"], "userid": row["userid"], "contextid": context["id"]}
            call.store.delete("role_assignments", **given, component="", itemid=0)
            _follow(call.store, context)


def _assignable_context(call: Call, row: Mapping[str, Any]) -> Row:
    context = _context(call.store, row)
    if context["level"] == LEVELS["course"]:
        enter(call, course(call, context["instanceid"]))
    call.caller.require("moodle/role:assign")
    if not assignable(row["roleid"], context["level"]):
        raise invalid_parameter()
    return context


def _context(store: Store, row: Mapping[str, Any]) -> Row:
    if row.get("contextid"):
        return context_by_id(store, row["contextid"])
    if "contextlevel" not in row or "instanceid" not in row:
        raise invalid_parameter()
    return named_context(store, row["contextlevel"], row["instanceid"])


def _follow(store: Store, context: Row) -> None:
    if context["level"] == LEVELS["course"]:
        follow_courses(store, [context["instanceid"]])
