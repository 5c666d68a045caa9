"""Cohorts in the system's or a category's context (source: ws-functions.md, "Cohorts")."""

import time
from collections.abc import Mapping
from typing import Any

from include.sandbox.moodle.contexts import SYSTEM, context_id, named_context
from include.sandbox.moodle.enrol_sync import follow_courses
from include.sandbox.moodle.enrolment import delete_method
from include.sandbox.moodle.formats import formatted
from include.sandbox.moodle.params import Description, Many, Struct, Value, optional
from include.sandbox.moodle.refusals import (
    coding_error,
    invalid_parameter,
    missing_capability,
    missing_record,
    write_error,
)
from include.sandbox.moodle.registry import CAPABILITIES, Call, function
from include.sandbox.moodle.writing import all_or_nothing
from include.sandbox.store import Row, Store

_MANAGE, _VIEW = "moodle/cohort:manage", "moodle/cohort:view"
_FIELDS: dict[str, Description] = {
    "categorytype": Struct({"type": Value("text"), "value": Value("raw")}),
    "name": Value("raw"),
    "idnumber": Value("raw"),
    "description": optional("raw"),
    "descriptionformat": optional("int", 1),
    "visible": optional("bool"),
    "theme": optional("theme"),
    "customfields": Many(Struct({"shortname": Value("alphanumext"), "value": Value("raw")}), required=False),
}
_LIMITS = {"name": 254, "idnumber": 100}
_ORDER = "name, idnumber, id"


@function("core_cohort_create_cohorts", Struct({"cohorts": Many(Struct(_FIELDS))}), writes=True)
def create_cohorts(call: Call) -> list[dict[str, Any]]:
    """All cohorts or none, in the order sent; idnumbers are unique in the whole site, the empty one too."""
    rows = call.params["cohorts"]
    with all_or_nothing(call, "core_cohort_create_cohorts", rows):
        return [_create(call, row) for row in rows]


def _create(call: Call, row: Mapping[str, Any]) -> dict[str, Any]:
    context = _context(call.store, row["categorytype"])
    if call.store.record("cohorts", idnumber=row["idnumber"]):
        raise invalid_parameter()
    call.caller.require(_MANAGE)
    now = int(time.time())
    fields = _stored(row) | {"contextid": context, "timecreated": now, "timemodified": now}
    made = call.store.records("cohorts", id=call.store.insert("cohorts", fields))[0]
    return _told(made, made["name"])


def _context(store: Store, place: Mapping[str, str]) -> int:
    kind, value = place["type"], place["value"]
    if kind == "system":
        return SYSTEM
    if kind not in {"id", "idnumber"} or not value:
        raise invalid_parameter()
    category = store.record("categories", **{kind: value})
    if category is None:
        raise invalid_parameter()
    return context_id(store, "coursecat", category["id"])


def _stored(row: Mapping[str, Any]) -> dict[str, Any]:
    if any(len(row[name]) > limit for name, limit in _LIMITS.items()):
        raise write_error()
    fields = {name: value for name, value in row.items() if name not in {"id", "categorytype", "customfields"}}
    return {**fields, "visible": int(row["visible"])} if "visible" in row else fields


def _told(cohort: Row, name: str) -> dict[str, Any]:
    return {
        "id": cohort["id"],
        "name": name,
        "idnumber": cohort["idnumber"],
        "description": cohort["description"],
        "descriptionformat": cohort["descriptionformat"],
        "visible": bool(cohort["visible"]),
        "theme": cohort["theme"],
    }


@function("core_cohort_update_cohorts", Struct({"cohorts": Many(Struct({"id": Value("int"), **_FIELDS}))}), writes=True)
def update_cohorts(call: Call) -> None:
    """All cohorts or none; the category is part of it, and another cohort's idnumber is accepted."""
    rows = call.params["cohorts"]
    with all_or_nothing(call, "core_cohort_update_cohorts", rows):
        for row in rows:
            if row["name"].strip() == "":
                raise invalid_parameter()
            known(call.store, row["id"])
            call.caller.require(_MANAGE)
            fields = _stored(row) | {"contextid": _context(call.store, row["categorytype"])}
            call.store.change("cohorts", row["id"], {**fields, "timemodified": int(time.time())})


def known(store: Store, cohort_id: int) -> Row:
    """A cohort; `invalidrecord` when there is none."""
    found = store.record("cohorts", id=cohort_id)
    if found is None:
        raise missing_record("cohort")
    return found


@function("core_cohort_delete_cohorts", Struct({"cohortids": Many(Value("int"))}), writes=True)
def delete_cohorts(call: Call) -> None:
    """All cohorts or none; methods that enrol a deleted cohort go with it."""
    wanted = call.params["cohortids"]
    with all_or_nothing(call, "core_cohort_delete_cohorts", wanted):
        for cohort_id in wanted:
            known(call.store, cohort_id)
            call.caller.require(_MANAGE)
            _delete(call.store, cohort_id)


def _delete(store: Store, cohort_id: int) -> None:
    store.delete("cohort_members", cohortid=cohort_id)
    store.delete("cohorts", id=cohort_id)
    methods = store.records("enrol", enrol="cohort", customint1=cohort_id)
    for method in methods:
        delete_method(store, method)
    follow_courses(store, (method["courseid"] for method in methods))


@function(
    "core_cohort_get_cohorts",
    Struct({"cohortids": Many(Value("int"), required=False, default=())}),
)
def get_cohorts(call: Call) -> list[dict[str, Any]]:
    """Cohorts by id, or every one of the site; unknown ids are left out."""
    wanted = call.params["cohortids"]
    found = call.store.among("cohorts", "id", wanted) if wanted else call.store.records("cohorts")
    if found:
        _require_view(call)
    return [_shown(cohort) for cohort in found]


def _require_view(call: Call) -> None:
    if not (call.caller.may(_MANAGE) or call.caller.may(_VIEW)):
        raise missing_capability(CAPABILITIES[_VIEW])


def _shown(cohort: Row) -> dict[str, Any]:
    return {**_told(cohort, formatted(cohort["name"])), "customfields": []}


@function(
    "core_cohort_search_cohorts",
    Struct(
        {
            "query": Value("raw"),
            "context": Struct(
                {
                    "contextid": optional("int", 0),
                    "contextlevel": optional("alphanum", ""),
                    "instanceid": optional("int", 0),
                }
            ),
            "includes": optional("alpha", "parents"),
            "limitfrom": optional("int", 0),
            "limitnum": optional("int", 25),
        }
    ),
)
def search_cohorts(call: Call) -> dict[str, Any]:
    """Cohorts whose name, idnumber or description holds the text, in any letter case."""
    place = call.params["context"]
    context = place["contextid"] or named_context(call.store, place["contextlevel"], place["instanceid"])["id"]
    _require_view(call)
    text, start = call.params["query"].lower(), call.params["limitfrom"]
    where = _included(call.store, call.params["includes"], context)
    found = [one for one in call.store.records("cohorts", order=_ORDER) if where is None or one["contextid"] in where]
    matching = [one for one in found if text in _searched(one)]
    page = matching[start : start + call.params["limitnum"]] if call.params["limitnum"] else matching[start:]
    return {"cohorts": [_shown(one) for one in page]}


def _searched(cohort: Row) -> str:
    return "\n".join((cohort["name"], cohort["idnumber"], cohort["description"])).lower()


def _included(store: Store, includes: str, context: int) -> set[int] | None:
    if includes not in {"self", "parents", "all"}:
        raise coding_error("Invalid parameter value for 'includes'.")
    if includes == "all":
        return None
    return {context} if includes == "self" else {context, *_contexts_above(store, context)}


def _contexts_above(store: Store, context: int) -> set[int]:
    here = store.records("contexts", id=context)[0]
    category = store.record("categories", id=here["instanceid"]) if here["level"] == 40 else None
    path = category["path"].split("/")[1:] if category else []
    return {SYSTEM, *(context_id(store, "coursecat", int(step)) for step in path)}
