"""Looking courses up (source: ws-functions.md, "Courses"); names are formatted, the order is that of ids."""

from typing import Any

from include.sandbox.moodle.access import enter_or_explain
from include.sandbox.moodle.course_details import managed, public, within
from include.sandbox.moodle.course_making import last_section
from include.sandbox.moodle.params import Many, Struct, Value, optional
from include.sandbox.moodle.refusals import Refusal, invalid_parameter
from include.sandbox.moodle.registry import Call, function
from include.sandbox.store import Row

_FIELDS = {"id": "id", "shortname": "shortname", "idnumber": "idnumber", "category": "categoryid"}


@function(
    "core_course_get_courses_by_field",
    Struct({"field": optional("alpha", ""), "value": optional("raw", "")}),
)
def get_courses_by_field(call: Call) -> dict[str, Any]:
    """Courses with that value, or all of them; those that are hidden from the caller are left out."""
    found = _found(call, call.params["field"], call.params["value"])
    return {"courses": [_full(call, one) for one in found if _sees(call, one)], "warnings": []}


def _found(call: Call, field: str, value: str) -> list[Row]:
    if not field:
        return call.store.records("courses")
    if field == "ids":
        return _all_of(call, value)
    if field == "sectionid":
        section = call.store.record("sections", id=_number(value))
        return call.store.records("courses", id=section["courseid"] if section else 0)
    if field not in _FIELDS:
        raise invalid_parameter()
    wanted: Any = value if field in {"shortname", "idnumber"} else _number(value)
    return call.store.records("courses", **{_FIELDS[field]: wanted})


def _all_of(call: Call, value: str) -> list[Row]:
    wanted = sorted({_number(one) for one in value.split(",")})
    found = call.store.among("courses", "id", wanted)
    if len(found) < len(wanted):
        # What Moodle 4.5 does: PHP trips over the course that is not there.
        raise Refusal("", 'Attempt to assign property "contextvalidated" on null', "Error")
    return found


def _number(value: str) -> int:
    return int(value) if value.strip().isdecimal() else 0


def _sees(call: Call, one: Row) -> bool:
    return bool(one["visible"]) or any(
        call.caller.may(name) for name in ("moodle/course:viewhiddencourses", "moodle/course:update")
    )


def _full(call: Call, one: Row) -> dict[str, Any]:
    return public(call, one) | within(call, one)


@function(
    "core_course_get_courses",
    Struct({"options": Struct({"ids": Many(Value("int"), required=False)}, required=False, default={})}),
)
def get_courses(call: Call) -> list[dict[str, Any]]:
    """Courses by id, or all; unknown ids are left out, a course the caller may not enter fails the call.

    Moodle does not sort them. Here new courses come last, and any update rewrites the table in the order of the site,
    which gives what was recorded; a client must not rely on the order.
    """
    wanted = call.params["options"].get("ids")
    everything = call.store.records("courses", order="place, id")
    found = [one for one in everything if one["id"] in set(wanted)] if wanted else everything
    for one in found:
        enter_or_explain(call, one["id"])
    return [managed(call, one, last_section(call.store, one["id"])) for one in found if _sees(call, one)]


@function(
    "core_course_search_courses",
    Struct(
        {
            "criterianame": Value("alpha"),
            "criteriavalue": Value("raw"),
            "page": optional("int", 0),
            "perpage": optional("int", 0),
            "requiredcapabilities": Many(Value("capability"), required=False, default=()),
            "limittoenrolled": optional("bool", default=False),
            "onlywithcompletion": optional("bool", default=False),
        }
    ),
)
def search_courses(call: Call) -> dict[str, Any]:
    """Courses whose names, idnumber or summary hold every word, in the order of the site."""
    if call.params["criterianame"] not in {"search", "modulelist", "blocklist", "tagid"}:
        raise invalid_parameter()
    found = [one for one in _matching(call) if _sees(call, one)]
    start = call.params["page"] * call.params["perpage"]
    page = found[start : start + call.params["perpage"]] if call.params["perpage"] else found
    return {"total": len(found), "courses": [public(call, one) for one in page], "warnings": []}


def _matching(call: Call) -> list[Row]:
    if call.params["criterianame"] == "modulelist":
        return call.store.query(
            "SELECT * FROM courses WHERE id IN (SELECT courseid FROM modules WHERE modname = ?) ORDER BY sortorder",
            (call.params["criteriavalue"],),
        )
    words = call.params["criteriavalue"].lower().split()
    if call.params["criterianame"] != "search" or not words:
        return []
    everything = call.store.query("SELECT * FROM courses WHERE format <> 'site' ORDER BY sortorder, id")
    return [one for one in everything if all(word in _searched(one) for word in words)]


def _searched(one: Row) -> str:
    return "\n".join((one["fullname"], one["shortname"], one["idnumber"], one["summary"])).lower()
