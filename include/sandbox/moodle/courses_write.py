"""Creating, updating and deleting courses (source: ws-functions.md, "Courses")."""

import time
from collections.abc import Mapping
from typing import Any

from include.sandbox.moodle.access import SITE_COURSE, course, enter
from include.sandbox.moodle.contexts import category_context, not_valid
from include.sandbox.moodle.course_making import end_date, format_options, last_section, make_course, set_sections
from include.sandbox.moodle.course_rules import (
    OPTIONAL_FIELDS,
    check_dates,
    check_language,
    check_lengths,
    check_names,
    check_unique,
    sent_options,
    stored_fields,
)
from include.sandbox.moodle.course_tree import LAST, delete_course, put_in_order
from include.sandbox.moodle.params import Many, Struct, Value, optional
from include.sandbox.moodle.refusals import Refusal, invalid_parameter, missing_record
from include.sandbox.moodle.registry import Call, function
from include.sandbox.moodle.writing import all_or_nothing
from include.sandbox.store import Row

_UPDATE = "core_course_update_courses"
_DELETE = "core_course_delete_courses"
# A changed column and the capability it takes.
_CHANGES = {
    "categoryid": "moodle/course:changecategory",
    "fullname": "moodle/course:changefullname",
    "shortname": "moodle/course:changeshortname",
    "idnumber": "moodle/course:changeidnumber",
    "summary": "moodle/course:changesummary",
    "visible": "moodle/course:visibility",
}


@function(
    "core_course_create_courses",
    Struct(
        {
            "courses": Many(
                Struct(
                    {
                        "fullname": Value("text"),
                        "shortname": Value("text"),
                        "categoryid": Value("int"),
                        **OPTIONAL_FIELDS,
                    }
                )
            )
        }
    ),
    writes=True,
)
def create_courses(call: Call) -> list[dict[str, Any]]:
    """All courses or none, with ids in the order sent."""
    rows = call.params["courses"]
    with all_or_nothing(call, "core_course_create_courses", rows):
        made = [{"id": _create(call, row), "shortname": row["shortname"]} for row in rows]
        put_in_order(call.store)
    return made


def _create(call: Call, row: Mapping[str, Any]) -> int:
    category = call.store.record("categories", id=row["categoryid"])
    if category is None:
        raise not_valid("errorcatcontextnotvalid", "category", row["categoryid"], invalid_parameter())
    call.caller.require("moodle/course:create")
    check_names(row)
    if "lang" in row:
        check_language(row["lang"])
    check_unique(call.store, row)
    check_dates(row.get("startdate") or int(time.time()), row.get("enddate", 0))
    check_lengths(row)
    fields = stored_fields(call.store, row, {}) | {"formatoptions": sent_options(row)}
    if not category["visible"] or not call.caller.may("moodle/course:visibility"):
        fields["visible"] = category["visible"]
    return make_course(call.store, fields, row.get("numsections", 0))


@function(
    _UPDATE,
    Struct(
        {
            "courses": Many(
                Struct(
                    {
                        "id": Value("int"),
                        "fullname": optional("text"),
                        "shortname": optional("text"),
                        "categoryid": optional("int"),
                        **OPTIONAL_FIELDS,
                    }
                )
            )
        }
    ),
    writes=True,
)
def update_courses(call: Call) -> dict[str, Any]:
    """Row by row: a bad row becomes a warning, the others are saved."""
    refused = [(row["id"], _refusal_of_update(call, row)) for row in call.params["courses"]]
    warnings = [_warning(course_id, refusal) for course_id, refusal in refused if refusal is not None]
    if len(warnings) < len(refused):
        call.store.add_to_journal(_UPDATE, dict(call.params), len(refused) - len(warnings))
    return {"warnings": warnings}


def _warning(course_id: int, refusal: Refusal) -> dict[str, Any]:
    return {"item": "course", "itemid": course_id, "warningcode": refusal.errorcode, "message": refusal.message}


def _refusal_of_update(call: Call, row: Mapping[str, Any]) -> Refusal | None:
    try:
        with call.store.transaction():
            before = enter(call, course(call, row["id"]))
            _check_update(call, row, before)
            _update(call, row, before)
        # Only now does Moodle look for the category, when the course has already moved there.
        if "categoryid" in row:
            category_context(call.store, row["categoryid"])
    except Refusal as refusal:
        return refusal
    return None


def _check_update(call: Call, row: Mapping[str, Any], before: Row) -> None:
    call.caller.require("moodle/course:update")
    for name, capability in _CHANGES.items():
        if row.get(name, before[name]) != before[name]:
            call.caller.require(capability)
    check_names(row)
    if row.get("lang", before["lang"]) != before["lang"]:
        check_language(row["lang"])
    if before["id"] == SITE_COURSE:
        raise Refusal("invalidcourse", "Invalid course")
    check_unique(call.store, row, before["id"])
    # Moodle looks at what is sent alone: an end comes with its beginning, or is refused.
    check_dates(row.get("startdate", 0), row.get("enddate", 0))
    check_lengths(row)


def _update(call: Call, row: Mapping[str, Any], before: Row) -> None:
    fields = stored_fields(call.store, row, before) | _move(call, row, before)
    options = {**before["formatoptions"], **sent_options(row)}
    fields["formatoptions"] = format_options(str(row.get("format", before["format"])), options)
    set_sections(call.store, before["id"], row.get("numsections", 0))
    if fields.get("visible", before["visible"]) != before["visible"] and "visible" in row:
        fields["visibleold"] = row["visible"]
    after = {**before, **fields}
    fields["enddate"] = end_date(after, last_section(call.store, before["id"]))
    call.store.change("courses", before["id"], {**fields, "timemodified": int(time.time())})
    put_in_order(call.store)
    call.store.execute("UPDATE courses SET place = sortorder")


def _move(call: Call, row: Mapping[str, Any], before: Row) -> dict[str, int]:
    """Behind the others of its new category; in one that is hidden, or that is not there, the course is hidden too."""
    target = row.get("categoryid", before["categoryid"])
    if target == before["categoryid"]:
        return {}
    category = call.store.record("categories", id=target)
    hidden = category is None or not category["visible"]
    # Where no category is, nothing is put in order.
    place = {"sortorder": LAST} if category else {}
    return {**place, "visible": 0} if hidden and row.get("visible", before["visible"]) == before["visible"] else place


@function(_DELETE, Struct({"courseids": Many(Value("int"))}), writes=True)
def delete_courses(call: Call) -> dict[str, Any]:
    """One by one: what cannot be deleted becomes a warning."""
    wanted = call.params["courseids"]
    warnings = [warning for course_id in wanted if (warning := _delete(call, course_id)) is not None]
    if len(warnings) < len(wanted):
        call.store.add_to_journal(_DELETE, dict(call.params), len(wanted) - len(warnings))
    return {"warnings": warnings}


def _delete(call: Call, course_id: int) -> dict[str, Any] | None:
    found = call.store.record("courses", id=course_id)
    if found is None:
        return _warning(course_id, Refusal("unknowncourseidnumber", f"Unknown course ID {course_id}"))
    enter(call, found)
    if course_id == SITE_COURSE or not call.caller.may("moodle/course:delete"):
        return _warning(course_id, Refusal("cannotdeletecategorycourse", f"Course {course_id} failed to be deleted"))
    if call.store.record("categories", id=found["categoryid"]) is None:
        raise missing_record("course_categories")
    with call.store.transaction():
        delete_course(call.store, course_id)
        put_in_order(call.store)
    return None
