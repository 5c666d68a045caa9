"""Custom reports (source: ws-functions.md, "Reports"): the one that an administrator has made on the accounts."""

from typing import Any

from include.sandbox.moodle.accounts import ADMIN_ID
from include.sandbox.moodle.answers import NULL
from include.sandbox.moodle.params import Struct, Value, optional
from include.sandbox.moodle.refusals import missing_record
from include.sandbox.moodle.registry import Call, function
from include.sandbox.moodle.user_details import picture_urls
from include.sandbox.store import Row

_REPORT_ID = 1
_MADE_AT = 1_788_000_000
_HEADERS = ("Full name with link", "Username", "Email address", "ID number", "Suspended")
_PAGES = {"page": optional("int", 0), "perpage": optional("int", 10)}


@function("core_reportbuilder_list_reports", Struct(_PAGES))
def list_reports(call: Call) -> dict[str, Any]:
    """The reports the caller may see."""
    seen = call.caller.may("moodle/reportbuilder:viewall") and call.params["page"] == 0
    return {"reports": [_report(call)] if seen else [], "warnings": []}


@function(
    "core_reportbuilder_retrieve_report",
    Struct({"reportid": Value("int"), **_PAGES}),
)
def retrieve_report(call: Call) -> dict[str, Any]:
    """A page of the report, as display texts."""
    if call.params["reportid"] != _REPORT_ID:
        raise missing_record("reportbuilder_report")
    call.caller.require("moodle/reportbuilder:viewall")
    people = call.store.query("SELECT * FROM users WHERE deleted = 0 AND username <> 'guest' ORDER BY lastname, id")
    start = call.params["page"] * call.params["perpage"]
    page = people[start : start + call.params["perpage"]]
    rows = [{"columns": _columns(call, person)} for person in page]
    data = {"headers": list(_HEADERS), "rows": rows, "totalrowcount": len(people)}
    return {"details": _report(call), "data": data, "warnings": []}


def _columns(call: Call, person: Row) -> list[str]:
    link = f"{call.site_url}/user/profile.php?id={person['id']}"
    name = f'<a href="{link}">{person["firstname"]} {person["lastname"]}</a>'
    return [name, person["username"], person["email"], person["idnumber"], "Yes" if person["suspended"] else "No"]


def _report(call: Call) -> dict[str, Any]:
    return {
        "name": "Users with link",
        "source": "core_user\\reportbuilder\\datasource\\users",
        "type": 0,
        "uniquerows": False,
        "conditiondata": NULL,
        "settingsdata": NULL,
        "contextid": 1,
        "component": "",
        "area": "",
        "itemid": 0,
        "usercreated": ADMIN_ID,
        "id": _REPORT_ID,
        "timecreated": _MADE_AT,
        "timemodified": _MADE_AT,
        "usermodified": ADMIN_ID,
        "sourcename": "Users",
        "tags": [],
        "modifiedby": _maker(call),
    }


def _maker(call: Call) -> dict[str, Any]:
    admin = call.store.records("users", id=ADMIN_ID)[0]
    return {
        "id": ADMIN_ID,
        **{name: admin[name] for name in ("email", "idnumber", "phone1", "phone2", "department", "institution")},
        "fullname": f"{admin['firstname']} {admin['lastname']}",
        "identity": admin["email"],
        "profileurl": f"{call.site_url}/user/profile.php?id={ADMIN_ID}",
        **picture_urls(call, admin),
    }
