"""Meta links: a course takes over another's participants (source: ws-functions.md, enrol_meta_add_instances)."""

from collections.abc import Mapping
from typing import Any

from include.sandbox.moodle.access import may_enter
from include.sandbox.moodle.enrol_sync import follow_link
from include.sandbox.moodle.enrolment import add_method, delete_method
from include.sandbox.moodle.params import Description, Many, Struct, Value, optional
from include.sandbox.moodle.refusals import invalid_parameter
from include.sandbox.moodle.registry import Call, function
from include.sandbox.store import Row

_ROW: dict[str, Description] = {"metacourseid": Value("int"), "courseid": Value("raw")}


@function(
    "enrol_meta_add_instances",
    Struct(
        {
            "instances": Many(
                Struct({**_ROW, "creategroup": optional("bool", default=False)}), required=False, default=()
            )
        }
    ),
    writes=True,
)
def add_instances(call: Call) -> list[dict[str, Any]]:
    """Row by row without a transaction: rows before a bad one stay; `status` is whether the link is new."""
    return [_answer(row, done=_link(call, row)) for row in _rows(call)]


@function(
    "enrol_meta_delete_instances",
    Struct({"instances": Many(Struct(_ROW), required=False, default=())}),
    writes=True,
)
def delete_instances(call: Call) -> list[dict[str, Any]]:
    """Row by row without a transaction; `status` is whether there was a link."""
    return [_answer(row, done=_unlink(call, row)) for row in _rows(call)]


def _rows(call: Call) -> list[Mapping[str, Any]]:
    if not call.params["instances"]:
        raise invalid_parameter()
    return list(call.params["instances"])


def _answer(row: Mapping[str, Any], *, done: bool) -> dict[str, Any]:
    return {"metacourseid": row["metacourseid"], "courseid": row["courseid"], "status": done}


def _link(call: Call, row: Mapping[str, Any]) -> bool:
    target, source = _courses(call, row)
    call.caller.require("enrol/meta:selectaslinked")
    if _found(call, target, source) is not None:
        return False
    if not call.caller.may("moodle/course:enrolconfig"):
        raise invalid_parameter()
    with call.store.transaction():
        group = _make_group(call, target, source) if row["creategroup"] else 0
        made = add_method(call.store, target["id"], "meta", customint1=source["id"], customint2=group)
        follow_link(call.store, call.store.records("enrol", id=made)[0])
        call.store.add_to_journal("enrol_meta_add_instances", {"instances": [dict(row)]}, 1)
    return True


def _unlink(call: Call, row: Mapping[str, Any]) -> bool:
    link = _found(call, *_courses(call, row))
    if link is None:
        return False
    with call.store.transaction():
        delete_method(call.store, link)
        call.store.add_to_journal("enrol_meta_delete_instances", {"instances": [dict(row)]}, 1)
    return True


def _courses(call: Call, row: Mapping[str, Any]) -> tuple[Row, Row]:
    ids = (row["metacourseid"], int(row["courseid"]) if row["courseid"].isdecimal() else 0)
    target, source = (call.store.record("courses", id=one) for one in ids)
    if target is None or source is None or not (may_enter(call, target) and call.caller.may("enrol/meta:config")):
        raise invalid_parameter()
    return target, source


def _found(call: Call, target: Row, source: Row) -> Row | None:
    return call.store.record("enrol", courseid=target["id"], enrol="meta", customint1=source["id"])


def _make_group(call: Call, target: Row, source: Row) -> int:
    """A group named after the source, with a number when the name is taken."""
    if not call.caller.may("moodle/course:managegroups"):
        raise invalid_parameter()
    name, number = f"{source['fullname']} course", 1
    while call.store.record("groups", courseid=target["id"], name=name):
        number += 1
        name = f"{source['fullname']} course ({number})"
    return call.store.insert("groups", {"courseid": target["id"], "name": name})
