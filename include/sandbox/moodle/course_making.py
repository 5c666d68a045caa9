"""A new course as Moodle makes it: defaults, dates, sections, announcements, methods of enrolment.

Source: ws-functions.md, core_course_create_courses, and the recorded contract.
"""

import time
from collections.abc import Mapping
from typing import Any

from include.sandbox.moodle.enrolment import add_default_methods
from include.sandbox.store import Row, Store

DAY = 86_400
_COURSE_LASTS = 365 * DAY
# Options of the formats this site has; an unknown format has those of "topics".
_FORMAT_OPTIONS: Mapping[str, Mapping[str, int]] = {
    "topics": {"hiddensections": 1, "coursedisplay": 0},
    "weeks": {"hiddensections": 1, "coursedisplay": 0, "automaticenddate": 1},
    "site": {},
}


def make_course(store: Store, fields: Mapping[str, Any], sections: int = 0) -> int:
    """Insert a course with what belongs to a new one; the caller puts the courses in order afterwards."""
    now = int(time.time())
    row = {"timecreated": now, "timemodified": now, "visibleold": fields.get("visible", 1), **dates(fields), **fields}
    row["formatoptions"] = format_options(row.get("format", "topics"), fields.get("formatoptions", {}))
    row["enddate"] = end_date(row, sections)
    course_id = store.insert("courses", row)
    set_sections(store, course_id, sections)
    if row.get("newsitems", 5):
        add_announcements(store, course_id)
    add_default_methods(store, course_id)
    return course_id


def dates(fields: Mapping[str, Any]) -> dict[str, int]:
    """A course begins today and lasts a year, unless it says otherwise."""
    start = fields.get("startdate") or int(time.time()) // DAY * DAY
    return {"startdate": start, "enddate": fields.get("enddate", start + _COURSE_LASTS)}


def end_date(course: Mapping[str, Any], sections: int) -> int:
    """Weekly courses end with their last week; others when they say."""
    if course.get("format") == "weeks" and course["formatoptions"].get("automaticenddate"):
        return int(course["startdate"]) + sections * 7 * DAY
    return int(course["enddate"])


def format_options(name: str, given: Mapping[str, Any]) -> dict[str, int]:
    """The options of a format: those given that it knows, and defaults."""
    known = _FORMAT_OPTIONS.get(name, _FORMAT_OPTIONS["topics"])
    return {**known, **{option: int(value) for option, value in given.items() if option in known}}


def set_sections(store: Store, course_id: int, last: int) -> None:
    """Add the sections that are missing, from the general one to the last; none is removed."""
    there = set(store.scalars("SELECT section FROM sections WHERE courseid = ?", (course_id,)))
    for number in range(last + 1):
        if number not in there:
            store.insert("sections", {"courseid": course_id, "section": number})


def last_section(store: Store, course_id: int) -> int:
    """The number of the last section."""
    return store.scalar("SELECT MAX(section) FROM sections WHERE courseid = ?", (course_id,)) or 0


def add_announcements(store: Store, course_id: int) -> int:
    """The forum of announcements in the general section."""
    section = store.record("sections", courseid=course_id, section=0)
    row = {"courseid": course_id, "sectionid": section["id"] if section else 0, "modname": "forum"}
    return store.insert("modules", {**row, "name": "Announcements"})


def kept_custom_fields(store: Store, before: Mapping[str, str], sent: list[dict[str, str]]) -> dict[str, str]:
    """Custom fields with those sent laid over them; unknown ones are ignored without a word."""
    known = {field["shortname"]: field for field in store.records("course_fields")}
    return {
        **before,
        **{one["shortname"]: _kept(known[one["shortname"]], one) for one in sent if one["shortname"] in known},
    }


def _kept(field: Row, sent: Mapping[str, str]) -> str:
    if field["type"] == "checkbox":
        return "1" if sent["value"] not in {"", "0"} else "0"
    return sent["value"]
