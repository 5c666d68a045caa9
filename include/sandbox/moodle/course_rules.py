"""What Moodle accepts in a course, and what it stores (source: ws-functions.md, "Courses")."""

from collections.abc import Mapping
from typing import Any

from include.sandbox.moodle.cleaning import LANGUAGES
from include.sandbox.moodle.course_making import kept_custom_fields
from include.sandbox.moodle.params import Description, Many, Struct, Value, optional
from include.sandbox.moodle.refusals import Refusal, write_error
from include.sandbox.store import Store

# What both creating and updating take, beside names and category.
OPTIONAL_FIELDS: dict[str, Description] = {
    "idnumber": optional("raw"),
    "summary": optional("raw"),
    "summaryformat": optional("int"),
    "format": optional("pluginname"),
    "showgrades": optional("int"),
    "newsitems": optional("int"),
    "startdate": optional("int"),
    "enddate": optional("int"),
    "numsections": optional("int"),
    "maxbytes": optional("int"),
    "showreports": optional("int"),
    "visible": optional("int"),
    "hiddensections": optional("int"),
    "groupmode": optional("int"),
    "groupmodeforce": optional("int"),
    "defaultgroupingid": optional("int"),
    "enablecompletion": optional("int"),
    "completionnotify": optional("int"),
    "lang": optional("safedir"),
    "forcetheme": optional("pluginname"),
    "courseformatoptions": Many(Struct({"name": Value("alphanumext"), "value": Value("raw")}), required=False),
    "customfields": Many(Struct({"shortname": Value("alphanumext"), "value": Value("raw")}), required=False),
}
_LIMITS = {"shortname": 255, "fullname": 254, "idnumber": 100}
# Not columns of their own: sections, options of the format, and a theme that the site does not let courses choose.
_ELSEWHERE = {"id", "numsections", "hiddensections", "courseformatoptions", "customfields", "forcetheme"}


def check_names(row: Mapping[str, Any]) -> None:
    """Refuse a name that is sent but blank."""
    for name in ("fullname", "shortname"):
        if row.get(name, "x").strip() == "":
            raise invalid_param(name)


def check_language(lang: str) -> None:
    """Refuse a language that is not installed; the empty one is not either."""
    if lang not in LANGUAGES:
        raise invalid_param("lang")


def invalid_param(name: str) -> Refusal:
    """A course field that Moodle names in its refusal."""
    return Refusal("errorinvalidparam", f'The param "{name}" is invalid.')


def check_unique(store: Store, row: Mapping[str, Any], own_id: int = 0) -> None:
    """Refuse a short name or an idnumber of another course; letter case counts, the empty idnumber does not."""
    codes = {"shortname": ("shortnametaken", "Short name"), "idnumber": ("courseidnumbertaken", "ID number")}
    for name, (code, words) in codes.items():
        found = store.records("courses", **{name: row[name]}) if row.get(name) else []
        if any(course["id"] != own_id for course in found):
            raise Refusal(code, f"{words} is already used for another course ({row[name]})")


def check_dates(start: int, end: int) -> None:
    """Refuse a course that ends before it begins."""
    if end and not start:
        raise Refusal("nostartdatenoenddate", "If the course start date is not set, the end date cannot be set either.")
    if end and end < start:
        raise Refusal("enddatebeforestartdate", "The course end date must be after the start date.")


def check_lengths(row: Mapping[str, Any]) -> None:
    """Refuse what the database has no room for."""
    if any(len(row[name]) > limit for name, limit in _LIMITS.items() if name in row):
        raise write_error()


def stored_fields(store: Store, row: Mapping[str, Any], before: Mapping[str, Any]) -> dict[str, Any]:
    """The columns that a sent row changes."""
    fields = {name: value for name, value in row.items() if name not in _ELSEWHERE}
    if "customfields" in row:
        fields["customfields"] = kept_custom_fields(store, before.get("customfields", {}), row["customfields"])
    return fields


def sent_options(row: Mapping[str, Any]) -> dict[str, str]:
    """Options of the format that a row sends; hidden sections have a field of their own too."""
    listed = {one["name"]: one["value"] for one in row.get("courseformatoptions", ()) if one["value"].isdecimal()}
    return {**({"hiddensections": row["hiddensections"]} if "hiddensections" in row else {}), **listed}
