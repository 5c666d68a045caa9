"""Courses out of courses: duplicate and import (source: ws-functions.md, "Courses").

A duplicate has the source's settings, sections, activities, groups and groupings, and the methods of a new course;
with `users` its enrolments and memberships too. An import adds sections and activities; emptied first, the target has
lost its methods of enrolment as well, and no web service gives them back.
"""

import time
from collections.abc import Iterable, Mapping
from typing import Any

from include.sandbox.moodle.access import enter
from include.sandbox.moodle.contexts import category_context, context_id
from include.sandbox.moodle.course_making import set_sections
from include.sandbox.moodle.course_rules import check_names
from include.sandbox.moodle.course_tree import empty_course, put_in_order
from include.sandbox.moodle.enrolment import add_default_methods, assign, write_enrolment
from include.sandbox.moodle.params import Many, Struct, Value, optional
from include.sandbox.moodle.refusals import Refusal
from include.sandbox.moodle.registry import Call, function
from include.sandbox.moodle.writing import all_or_nothing
from include.sandbox.store import Row, Store

_DUPLICATE = "core_course_duplicate_course"
_IMPORT = "core_course_import_course"
_OPTIONS = {
    "activities": 1, "blocks": 1, "filters": 1, "users": 0, "enrolments": 1, "role_assignments": 0, "comments": 0,
    "userscompletion": 0, "logs": 0, "grade_histories": 0,
}  # fmt: skip
_IMPORT_OPTIONS = {"activities": 1, "blocks": 1, "filters": 1}


@function(
    _DUPLICATE,
    Struct(
        {
            "courseid": Value("int"),
            "fullname": Value("text"),
            "shortname": Value("text"),
            "categoryid": Value("int"),
            "visible": optional("int", 1),
            "options": Many(Struct({"name": Value("alphaext"), "value": Value("raw")}), required=False, default=()),
        }
    ),
    writes=True,
)
def duplicate_course(call: Call) -> dict[str, Any]:
    """A copy of a course, made at once."""
    source = _course(call, call.params["courseid"])
    category_context(call.store, call.params["categoryid"])
    enter(call, source)
    options = _options(call.params["options"], _OPTIONS)
    for capability in ("moodle/backup:backupcourse", "moodle/restore:restorecourse", "moodle/course:create"):
        call.caller.require(capability)
    check_names(call.params)
    if call.store.record("courses", shortname=call.params["shortname"]):
        raise Refusal("shortnametaken", f"Short name is already used for another course ({call.params['fullname']})")
    with all_or_nothing(call, _DUPLICATE, [source]):
        made = _copy_course(call, source, options)
        put_in_order(call.store)
    return {"id": made, "shortname": call.params["shortname"]}


def _course(call: Call, course_id: int) -> Row:
    found = call.store.record("courses", id=course_id)
    if found is None:
        raise Refusal("invalidcourseid", "You are trying to use an invalid course ID")
    return found


def _options(sent: Iterable[Mapping[str, str]], defaults: Mapping[str, int]) -> dict[str, int]:
    for one in sent:
        if one["name"] not in defaults or one["value"] not in {"0", "1"}:
            wrong = one["value"] if one["name"] in defaults else one["name"]
            raise Refusal("invalidextparam", f"Invalid external api parameter: {wrong}")
    return {**defaults, **{one["name"]: int(one["value"]) for one in sent}}


def _copy_course(call: Call, source: Row, options: Mapping[str, int]) -> int:
    own = {name: call.params[name] for name in ("fullname", "shortname", "categoryid", "visible")}
    fresh = {"idnumber": "", "sortorder": 0, "visibleold": own["visible"], "timecreated": int(time.time())}
    kept = {name: value for name, value in source.items() if name != "id"}
    made = call.store.insert("courses", {**kept, **own, **fresh})
    copy_content(call.store, source["id"], made, activities=bool(options["activities"]))
    groups = _copy_groups(call.store, source["id"], made)
    add_default_methods(call.store, made)
    if options["users"]:
        _copy_people(call.store, source["id"], made, groups)
    return made


def copy_content(store: Store, source: int, target: int, *, activities: bool) -> None:
    """Add the sections and the activities of one course to another."""
    sections = store.records("sections", order="section", courseid=source)
    set_sections(store, target, max((one["section"] for one in sections), default=0))
    for section in sections:
        there = store.records("sections", courseid=target, section=section["section"])[0]
        store.change("sections", there["id"], {name: section[name] for name in ("name", "summary", "visible")})
        modules = store.records("modules", sectionid=section["id"]) if activities else []
        for module in modules:
            facts = {name: module[name] for name in ("modname", "name", "visible")}
            store.insert("modules", {**facts, "courseid": target, "sectionid": there["id"]})


def _copy_groups(store: Store, source: int, target: int) -> dict[int, int]:
    groups, groupings = (_copied(store, table, source, target) for table in ("groups", "groupings"))
    for grouping_id, made in groupings.items():
        for link in store.records("groupings_groups", groupingid=grouping_id):
            store.insert("groupings_groups", {"groupingid": made, "groupid": groups[link["groupid"]]})
    default = store.records("courses", id=source)[0]["defaultgroupingid"]
    store.change("courses", target, {"defaultgroupingid": groupings.get(default, 0)})
    return groups


def _copied(store: Store, table: str, source: int, target: int) -> dict[int, int]:
    rows = store.records(table, courseid=source)
    return {row["id"]: store.insert(table, {**row, "id": None, "courseid": target}) for row in rows}


def _copy_people(store: Store, source: int, target: int, groups: Mapping[int, int]) -> None:
    """Manual enrolments with their roles and memberships; those of links and cohorts follow others."""
    method, new = (store.record("enrol", courseid=one, enrol="manual") for one in (source, target))
    if method is None or new is None:
        return
    people = {row["userid"]: row for row in store.records("user_enrolments", enrolid=method["id"])}
    for user_id, row in people.items():
        write_enrolment(store, new["id"], user_id, {name: row[name] for name in ("status", "timestart", "timeend")})
    for held in store.records("role_assignments", contextid=context_id(store, "course", source), component=""):
        if held["userid"] in people:
            assign(store, held["roleid"], held["userid"], context_id(store, "course", target))
    for group_id, made in groups.items():
        for member in store.records("groups_members", groupid=group_id):
            if member["userid"] in people:
                store.insert("groups_members", {"groupid": made, "userid": member["userid"]}, ignore=True)


@function(
    _IMPORT,
    Struct(
        {
            "importfrom": Value("int"),
            "importto": Value("int"),
            "deletecontent": optional("int", 0),
            "options": Many(Struct({"name": Value("alpha"), "value": Value("raw")}), required=False, default=()),
        }
    ),
    writes=True,
)
def import_course(call: Call) -> None:
    """Content of one course into another, emptied first or not."""
    emptied = call.params["deletecontent"]
    if emptied not in {0, 1}:
        raise Refusal("invalidextparam", f"Invalid external api parameter: {emptied}")
    source, target = (_course(call, call.params[name]) for name in ("importfrom", "importto"))
    for one in (source, target):
        enter(call, one)
    options = _options(call.params["options"], _IMPORT_OPTIONS)
    call.caller.require("moodle/backup:backuptargetimport")
    call.caller.require("moodle/restore:restoretargetimport")
    with all_or_nothing(call, _IMPORT, [target]):
        if emptied:
            empty_course(call.store, target["id"])
        copy_content(call.store, source["id"], target["id"], activities=bool(options["activities"]))
