"""Groupings: sets of groups of a course (source: ws-functions.md, "Groups and groupings")."""

import time
from collections.abc import Mapping
from typing import Any

from include.sandbox.moodle.access import course, enter, enter_or_explain
from include.sandbox.moodle.course_tree import delete_grouping
from include.sandbox.moodle.formats import formatted
from include.sandbox.moodle.groups import CUSTOM_FIELDS, check_names, known, require_groups, shown_group
from include.sandbox.moodle.params import Description, Many, Struct, Value, optional
from include.sandbox.moodle.refusals import invalid_parameter
from include.sandbox.moodle.registry import Call, function
from include.sandbox.moodle.writing import all_or_nothing
from include.sandbox.store import Row

_FIELDS: dict[str, Description] = {
    "name": Value("text"),
    "description": Value("raw"),
    "descriptionformat": optional("int", 1),
    "idnumber": optional("raw"),
    "customfields": CUSTOM_FIELDS,
}
_PAIR = Many(Struct({"groupingid": Value("int"), "groupid": Value("int")}))
_NOT_IN_GROUPING = ("visibility", "participation")


@function(
    "core_group_create_groupings",
    Struct({"groupings": Many(Struct({"courseid": Value("int"), **_FIELDS}))}),
    writes=True,
)
def create_groupings(call: Call) -> list[dict[str, Any]]:
    """All groupings or none, in the order sent."""
    rows = call.params["groupings"]
    with all_or_nothing(call, "core_group_create_groupings", rows):
        return [_create(call, row) for row in rows]


def _create(call: Call, row: Mapping[str, Any]) -> dict[str, Any]:
    enter(call, course(call, row["courseid"]))
    call.caller.require("moodle/course:managegroups")
    row = {**row, "name": row["name"].strip()}
    check_names(call.store, "groupings", row, row)
    now = int(time.time())
    fields = {name: value for name, value in row.items() if name != "customfields"}
    made = call.store.insert("groupings", {**fields, "timecreated": now, "timemodified": now})
    grouping = call.store.records("groupings", id=made)[0]
    return _shown(grouping, grouping["name"])


def _shown(grouping: Row, name: str) -> dict[str, Any]:
    return {
        "id": grouping["id"],
        "courseid": grouping["courseid"],
        "name": name,
        "description": grouping["description"],
        "descriptionformat": grouping["descriptionformat"],
        "idnumber": grouping["idnumber"],
    }


@function(
    "core_group_update_groupings",
    Struct({"groupings": Many(Struct({"id": Value("int"), **_FIELDS}))}),
    writes=True,
)
def update_groupings(call: Call) -> None:
    """All groupings or none; name and description are always sent."""
    rows = call.params["groupings"]
    with all_or_nothing(call, "core_group_update_groupings", rows):
        for row in rows:
            _update(call, {**row, "name": row["name"].strip()})


def _update(call: Call, row: Mapping[str, Any]) -> None:
    before = call.store.record("groupings", id=row["id"])
    if before is None:
        raise invalid_parameter()
    require_groups(call, before["courseid"])
    check_names(call.store, "groupings", row, before)
    fields = {name: value for name, value in row.items() if name not in {"id", "customfields"}}
    call.store.change("groupings", before["id"], {**fields, "timemodified": int(time.time())})


@function("core_group_delete_groupings", Struct({"groupingids": Many(Value("int"))}), writes=True)
def delete_groupings(call: Call) -> None:
    """All groupings or none; unknown ids are skipped, the groups stay."""
    wanted = call.params["groupingids"]
    with all_or_nothing(call, "core_group_delete_groupings", wanted):
        for grouping in call.store.among("groupings", "id", wanted):
            require_groups(call, grouping["courseid"])
            delete_grouping(call.store, grouping["id"])


@function("core_group_get_course_groupings", Struct({"courseid": Value("int")}))
def get_course_groupings(call: Call) -> list[dict[str, Any]]:
    """The groupings of a course by name."""
    enter_or_explain(call, call.params["courseid"])
    call.caller.require("moodle/course:managegroups")
    found = call.store.records("groupings", order="name, id", courseid=call.params["courseid"])
    return [_shown(grouping, formatted(grouping["name"])) for grouping in found]


@function(
    "core_group_get_groupings",
    Struct({"groupingids": Many(Value("int")), "returngroups": optional("bool", default=False)}),
)
def get_groupings(call: Call) -> list[dict[str, Any]]:
    """Groupings by id, with their groups on request; an unknown one fails the call."""
    return [_grouping(call, grouping_id) for grouping_id in call.params["groupingids"]]


def _grouping(call: Call, grouping_id: int) -> dict[str, Any]:
    grouping = known(call.store, "groupings", grouping_id)
    require_groups(call, grouping["courseid"])
    shown = {**_shown(grouping, formatted(grouping["name"])), "customfields": []}
    links = call.store.records("groupings_groups", order="groupid", groupingid=grouping_id)
    groups = [_group(call, link["groupid"]) for link in links] if call.params["returngroups"] else None
    return {**shown, "groups": groups or None}


def _group(call: Call, group_id: int) -> dict[str, Any]:
    shown = shown_group(call, group_id)
    return {**{name: value for name, value in shown.items() if name not in _NOT_IN_GROUPING}, "customfields": []}


@function("core_group_assign_grouping", Struct({"assignments": _PAIR}), writes=True)
def assign_grouping(call: Call) -> None:
    """All or none; a group that is there already is no error."""
    rows = call.params["assignments"]
    with all_or_nothing(call, "core_group_assign_grouping", rows):
        for row in rows:
            _require_pair(call, row)
            call.store.insert("groupings_groups", row, ignore=True)


@function("core_group_unassign_grouping", Struct({"unassignments": _PAIR}), writes=True)
def unassign_grouping(call: Call) -> None:
    """All or none; a group that is not there is no error."""
    rows = call.params["unassignments"]
    with all_or_nothing(call, "core_group_unassign_grouping", rows):
        for row in rows:
            _require_pair(call, row)
            call.store.delete("groupings_groups", **row)


def _require_pair(call: Call, row: Mapping[str, int]) -> None:
    known(call.store, "groups", row["groupid"])
    grouping = known(call.store, "groupings", row["groupingid"])
    require_groups(call, grouping["courseid"])
