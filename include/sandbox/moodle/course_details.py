"""A course as look-ups answer it: what everybody sees, what those inside see, what its managers see.

Source: ws-functions.md, core_course_get_courses_by_field and core_course_get_courses; shapes as recorded.
"""

from typing import Any

from include.sandbox.moodle.access import SITE_COURSE, course_context, may_enter
from include.sandbox.moodle.answers import NULL
from include.sandbox.moodle.formats import formatted
from include.sandbox.moodle.registry import Call
from include.sandbox.store import Row

# The role whose holders are shown as a course's contacts.
_CONTACT_ROLE = 3
_FILTERS = ("displayh5p", "activitynames", "mathjaxloader", "emoticon", "urltolink", "mediaplugin")
_INSIDE = (
    "format", "showgrades", "newsitems", "startdate", "enddate", "maxbytes", "showreports", "visible", "groupmode",
    "groupmodeforce", "defaultgroupingid", "enablecompletion", "completionnotify", "lang", "theme",
)  # fmt: skip


def public(call: Call, one: Row) -> dict[str, Any]:
    """What everybody sees who sees the course at all."""
    category = call.store.record("categories", id=one["categoryid"])
    methods = call.store.records("enrol", order="sortorder, id", courseid=one["id"], status=0)
    return {
        "id": one["id"],
        **names(one),
        "courseimage": image_url(call, one),
        "categoryid": one["categoryid"],
        "categoryname": formatted(category["name"]) if category else "",
        "sortorder": one["sortorder"],
        "summary": one["summary"],
        "summaryformat": one["summaryformat"],
        "summaryfiles": [],
        "overviewfiles": [],
        **shown_to_participants(one),
        "contacts": _contacts(call, one),
        "enrollmentmethods": list(dict.fromkeys(method["enrol"] for method in methods)),
        "customfields": custom_fields(call, one) or None,
    }


def names(one: Row) -> dict[str, str]:
    """The names of a course, formatted."""
    fullname = formatted(one["fullname"])
    return {"fullname": fullname, "displayname": fullname, "shortname": formatted(one["shortname"])}


def image_url(call: Call, one: Row) -> str:
    """Address of the pattern that stands for a course without a picture."""
    return f"{call.site_url}/pluginfile.php/{course_context(call, one['id'])}/course/generated/course.svg"


def shown_to_participants(one: Row) -> dict[str, Any]:
    """Whether activities show their dates and conditions."""
    inside = one["id"] != SITE_COURSE
    return {"showactivitydates": inside, "showcompletionconditions": inside or NULL}


def _contacts(call: Call, one: Row) -> list[dict[str, Any]]:
    sql = (
        "SELECT DISTINCT u.id, u.firstname, u.lastname FROM role_assignments ra JOIN users u ON u.id = ra.userid "
        "WHERE ra.contextid = ? AND ra.roleid = ? AND u.deleted = 0 ORDER BY u.id"
    )
    people = call.store.query(sql, (course_context(call, one["id"]), _CONTACT_ROLE))
    return [{"id": person["id"], "fullname": f"{person['firstname']} {person['lastname']}"} for person in people]


def custom_fields(call: Call, one: Row) -> list[dict[str, Any]]:
    """Every custom field of the site, with the course's values."""
    fields = call.store.records("course_fields")
    return [_custom_field(field, one["customfields"].get(field["shortname"], "")) for field in fields]


def _custom_field(field: Row, value: str) -> dict[str, Any]:
    names = {name: field[name] for name in ("name", "shortname", "type")}
    if field["type"] == "checkbox":
        return {**names, "valueraw": int(value or 0), "value": "Yes" if value == "1" else "No"}
    return {**names, "valueraw": value, "value": formatted(value) if value else NULL}


def within(call: Call, one: Row) -> dict[str, Any]:
    """What is added for those who may enter, and for those who may change the course."""
    if not may_enter(call, one):
        return {}
    fields = {name: one[name] for name in _INSIDE} | {"marker": 0}
    filters = [{"filter": name, "localstate": 0, "inheritedstate": 1} for name in _FILTERS]
    if not call.caller.may("moodle/course:update"):
        return {**fields, "filters": filters}
    return {
        "idnumber": one["idnumber"],
        **fields,
        "legacyfiles": 0,
        "calendartype": "",
        "timecreated": one["timecreated"],
        "timemodified": one["timemodified"],
        "requested": 0,
        "cacherev": one["timemodified"],
        "filters": filters,
        "courseformatoptions": _options(one, indentation="1") if one["formatoptions"] else None,
    }


def _options(one: Row, **more: str) -> list[dict[str, Any]]:
    return [{"name": name, "value": value} for name, value in {**one["formatoptions"], **more}.items()]


def managed(call: Call, one: Row, sections: int) -> dict[str, Any]:
    """A course as core_course_get_courses answers it; fields of managers only are left out for others."""
    seen = _for_everybody(call, one) | _for_managers(one, sections)
    if not call.caller.may("moodle/course:update"):
        seen |= dict.fromkeys(_for_managers(one, sections))
    return seen


def _for_everybody(call: Call, one: Row) -> dict[str, Any]:
    return {
        "id": one["id"],
        "categoryid": one["categoryid"],
        **names(one),
        **{name: one[name] for name in ("summary", "summaryformat", "format", "startdate", "enddate")},
        **shown_to_participants(one),
        "customfields": custom_fields(call, one) or None,
    }


def _for_managers(one: Row, sections: int) -> dict[str, Any]:
    columns = (
        "idnumber", "showgrades", "newsitems", "maxbytes", "showreports", "visible", "groupmode", "groupmodeforce",
        "defaultgroupingid", "timecreated", "timemodified", "enablecompletion", "completionnotify", "lang",
    )  # fmt: skip
    return {
        "categorysortorder": one["sortorder"],
        **{name: one[name] for name in columns},
        "numsections": sections,
        "hiddensections": one["formatoptions"].get("hiddensections"),
        "forcetheme": one["theme"],
        "courseformatoptions": _options(one),
    }
