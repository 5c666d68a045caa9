"""Groups of courses (source: ws-functions.md, "Groups and groupings"): names and idnumbers are unique per course."""

import time
from collections.abc import Mapping
from typing import Any

from include.sandbox.moodle.access import enter_or_explain
from include.sandbox.moodle.answers import NULL
from include.sandbox.moodle.course_tree import delete_group
from include.sandbox.moodle.formats import formatted
from include.sandbox.moodle.params import Description, Many, Struct, Value, optional
from include.sandbox.moodle.refusals import Refusal, invalid_parameter, missing_record, write_error
from include.sandbox.moodle.registry import Call, function
from include.sandbox.moodle.writing import all_or_nothing
from include.sandbox.store import Row, Store

_MANAGE = "moodle/course:managegroups"
CUSTOM_FIELDS = Many(Struct({"shortname": Value("alphanumext"), "value": Value("raw")}), required=False)
_FIELDS: dict[str, Description] = {
    "descriptionformat": optional("int", 1),
    "enrolmentkey": optional("raw"),
    "idnumber": optional("raw"),
    "customfields": CUSTOM_FIELDS,
}
_LIMITS = {"name": 254, "idnumber": 100}


@function(
    "core_group_create_groups",
    Struct(
        {
            "groups": Many(
                Struct(
                    {
                        "courseid": Value("int"),
                        "name": Value("text"),
                        "description": Value("raw"),
                        "visibility": optional("int", 0),
                        "participation": optional("bool", default=True),
                        **_FIELDS,
                    }
                )
            )
        }
    ),
    writes=True,
)
def create_groups(call: Call) -> list[dict[str, Any]]:
    """All groups or none, in the order sent; names are trimmed."""
    rows = call.params["groups"]
    with all_or_nothing(call, "core_group_create_groups", rows):
        return [_create(call, row) for row in rows]


def _create(call: Call, row: Mapping[str, Any]) -> dict[str, Any]:
    require_groups(call, row["courseid"])
    row = {**row, "name": row["name"].strip()}
    check_names(call.store, "groups", row, row)
    fields = {name: value for name, value in row.items() if name != "customfields"}
    now = int(time.time())
    stamps = {"timecreated": now, "timemodified": now}
    made = call.store.insert("groups", {**fields, **stamps, "participation": int(row["participation"])})
    group = call.store.records("groups", id=made)[0]
    return _shown(group, group["name"]) | {"enrolmentkey": group["enrolmentkey"] or ""}


def require_groups(call: Call, course_id: int) -> None:
    """Refuse a caller who may not be in the course, or not manage its groups."""
    enter_or_explain(call, course_id)
    call.caller.require(_MANAGE)


def check_names(store: Store, table: str, row: Mapping[str, Any], own: Mapping[str, Any]) -> None:
    """Refuse a blank or taken name, a taken idnumber, and what is too long; `own`: the row as it is, or is to be."""
    if row["name"].strip() == "" or _taken(store, table, own, name=row["name"]):
        raise invalid_parameter()
    if row.get("idnumber") and _taken(store, table, own, idnumber=row["idnumber"]):
        raise Refusal("idnumbertaken", "This ID number is already in use")
    if any(len(row.get(name, "")) > limit for name, limit in _LIMITS.items()):
        raise write_error()


def _taken(store: Store, table: str, own: Mapping[str, Any], **value: Any) -> bool:
    return any(one["id"] != own.get("id") for one in store.records(table, courseid=own["courseid"], **value))


def _shown(group: Row, name: str) -> dict[str, Any]:
    return {
        "id": group["id"],
        "courseid": group["courseid"],
        "name": name,
        "description": group["description"],
        "descriptionformat": group["descriptionformat"],
        "enrolmentkey": NULL if group["enrolmentkey"] is None else group["enrolmentkey"],
        "idnumber": group["idnumber"],
        "visibility": group["visibility"],
        "participation": bool(group["participation"]),
    }


@function(
    "core_group_update_groups",
    Struct(
        {
            "groups": Many(
                Struct(
                    {
                        "id": Value("int"),
                        "name": Value("text"),
                        "description": optional("raw"),
                        "visibility": optional("text"),
                        "participation": optional("bool"),
                        **_FIELDS,
                    }
                )
            )
        }
    ),
    writes=True,
)
def update_groups(call: Call) -> None:
    """All groups or none; only what is sent changes, and the name is always sent."""
    rows = call.params["groups"]
    with all_or_nothing(call, "core_group_update_groups", rows):
        for row in rows:
            _update(call, row)


def _update(call: Call, row: Mapping[str, Any]) -> None:
    before = call.store.record("groups", id=row["id"])
    if before is None:
        raise invalid_parameter()
    require_groups(call, before["courseid"])
    row = {**row, "name": row["name"].strip()}
    check_names(call.store, "groups", row, before)
    left_out = {"id", "customfields"} if "description" in row else {"id", "customfields", "descriptionformat"}
    fields = {name: int(value) if value is True or value is False else value for name, value in row.items()}
    changed = {name: value for name, value in fields.items() if name not in left_out}
    call.store.change("groups", before["id"], {**changed, "timemodified": int(time.time())})


@function("core_group_delete_groups", Struct({"groupids": Many(Value("int"))}), writes=True)
def delete_groups(call: Call) -> None:
    """All groups or none; unknown ids are skipped without a word."""
    wanted = call.params["groupids"]
    with all_or_nothing(call, "core_group_delete_groups", wanted):
        for group in call.store.among("groups", "id", wanted):
            require_groups(call, group["courseid"])
            delete_group(call.store, group["id"])


@function("core_group_get_course_groups", Struct({"courseid": Value("int")}))
def get_course_groups(call: Call) -> list[dict[str, Any]]:
    """The groups of a course by name, enrolment keys included."""
    require_groups(call, call.params["courseid"])
    groups = call.store.records("groups", order="name, id", courseid=call.params["courseid"])
    return [_shown(group, formatted(group["name"])) for group in groups]


@function("core_group_get_groups", Struct({"groupids": Many(Value("int"))}))
def get_groups(call: Call) -> list[dict[str, Any]]:
    """Groups by id, in the order asked; an unknown one fails the call."""
    return [{**shown_group(call, group_id), "customfields": []} for group_id in call.params["groupids"]]


def shown_group(call: Call, group_id: int) -> dict[str, Any]:
    """A group as look-ups answer it."""
    group = known(call.store, "groups", group_id)
    require_groups(call, group["courseid"])
    return _shown(group, formatted(group["name"]))


def known(store: Store, table: str, row_id: int) -> Row:
    """A group or grouping; `invalidrecord` when there is none."""
    found = store.record(table, id=row_id)
    if found is None:
        raise missing_record(table)
    return found
