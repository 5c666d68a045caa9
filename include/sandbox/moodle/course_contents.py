"""Sections and activities of a course (source: ws-functions.md, core_course_get_contents)."""

from typing import Any

from include.sandbox.moodle.access import course, enter_or_explain
from include.sandbox.moodle.answers import NULL
from include.sandbox.moodle.contexts import context_id
from include.sandbox.moodle.course_tree import delete_module
from include.sandbox.moodle.formats import formatted
from include.sandbox.moodle.params import Many, Struct, Value
from include.sandbox.moodle.refusals import Refusal
from include.sandbox.moodle.registry import Call, function
from include.sandbox.store import Row

_PLURALS = {"forum": "Forums", "assign": "Assignments", "page": "Pages", "quiz": "Quizzes", "url": "URLs"}
_PURPOSES = {"forum": "collaboration", "assign": "assessment", "quiz": "assessment"}


@function(
    "core_course_get_contents",
    Struct(
        {
            "courseid": Value("int"),
            "options": Many(
                Struct({"name": Value("alphanum"), "value": Value("raw")}),
                required=False,
                default=(),
            ),
        }
    ),
)
def get_contents(call: Call) -> list[dict[str, Any]]:
    """Every section with its activities."""
    one = course(call, call.params["courseid"])
    enter_or_explain(call, one["id"])
    modules = call.store.records("modules", courseid=one["id"])
    sections = call.store.records("sections", order="section", courseid=one["id"])
    return [_section(call, one, section, modules) for section in sections]


def _section(call: Call, one: Row, section: Row, modules: list[Row]) -> dict[str, Any]:
    return {
        "id": section["id"],
        "name": formatted(section["name"]) or _section_name(one, section["section"]),
        "visible": section["visible"],
        "summary": section["summary"],
        "summaryformat": 1,
        "section": section["section"],
        "hiddenbynumsections": 0,
        "uservisible": True,
        "component": NULL,
        "itemid": NULL,
        "modules": [_module(call, module) for module in modules if module["sectionid"] == section["id"]],
    }


def _section_name(one: Row, number: int) -> str:
    if not number:
        return "General"
    return f"Week {number}" if one["format"] == "weeks" else f"Topic {number}"


def _module(call: Call, module: Row) -> dict[str, Any]:
    kind = module["modname"]
    return {
        "id": module["id"],
        "url": f"{call.site_url}/mod/{kind}/view.php?id={module['id']}",
        "name": formatted(module["name"]),
        "instance": module["id"],
        "contextid": context_id(call.store, "module", module["id"]),
        "visible": module["visible"],
        "uservisible": True,
        "visibleoncoursepage": 1,
        "modicon": f"{call.site_url}/theme/image.php/boost/{kind}/1/monologo?filtericon=1",
        "modname": kind,
        "purpose": _PURPOSES.get(kind, "content"),
        "branded": False,
        "modplural": _PLURALS.get(kind, kind),
        **_settings(kind),
    }


def _settings(kind: str) -> dict[str, Any]:
    return {
        "availability": NULL,
        "indent": 0,
        "onclick": "",
        "afterlink": NULL,
        "activitybadge": [],
        "customdata": '{"trackingtype":"1"}' if kind == "forum" else '""',
        "noviewlink": False,
        "completion": 0,
        "downloadcontent": 1,
        "dates": [],
        "groupmode": 0,
    }


@function("core_course_delete_modules", Struct({"cmids": Many(Value("int"))}), writes=True)
def delete_modules(call: Call) -> None:
    """One by one and without a transaction: those before a bad one are gone."""
    for module_id in call.params["cmids"]:
        module = call.store.record("modules", id=module_id)
        if module is None:
            raise Refusal("invalidcoursemodule", "Invalid course module ID", "dml_missing_record_exception")
        enter_or_explain(call, module["courseid"])
        call.caller.require("moodle/course:manageactivities")
        with call.store.transaction():
            delete_module(call.store, module_id)
            call.store.add_to_journal("core_course_delete_modules", {"cmids": [module_id]}, 1)
