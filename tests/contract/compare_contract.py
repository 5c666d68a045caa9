"""Compare recordings made by record_contract.py, case by case.

Equal are: the same HTTP status; for an error the same exception, `errorcode` and message; otherwise the same shape
(keys, list lengths, types) and the same values, apart from what differs between any two sites or runs: numeric ids,
times, addresses, tokens, and the fields in VOLATILE. A case that one side lacks counts as a difference.
"""

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

Case = dict[str, Any]
Cases = dict[tuple[str, str], Case]

VOLATILE = {
    "sitename", "release", "version", "functions", "userprivateaccesskey", "siteid", "profileimageurl",
    "profileimageurlsmall", "courseimage", "url", "debuginfo", "_raw", "userquota", "usermaxuploadfilesize",
    "timecreated", "timemodified", "cacherev", "category", "instance", "modicon", "pdfexportfont", "path",
}  # fmt: skip
# Answers that depend on everything else on the site, or that need its administrator.
SITE_WIDE = {("core_user_get_users", "unknown key"), ("core_course_get_courses_by_field", "empty idnumber")}
SITE_WIDE_FILES = {"_site_states", "core_reportbuilder_retrieve_report"}
ID = re.compile(r"(^|_)(id|itemid|userid|courseid|groupid|cohortid|categoryid|contextid|instanceid|parent|.*id)$")
TIME = re.compile(r"(time|date|access|lastlogin|first|last)")
NUMBER = re.compile(r"\d+")


def normal(value: Any, key: str = "") -> Any:
    """The comparable form of a response."""
    if isinstance(value, dict):
        if "errorcode" in value:
            return _normal_error(value)
        return {name: normal(item, name) for name, item in sorted(value.items()) if name not in VOLATILE}
    if isinstance(value, list):
        return [normal(item, key.removesuffix("s")) for item in value]
    if isinstance(value, int) and not isinstance(value, bool):
        return "<id>" if ID.search(key) or (TIME.search(key) and value > 100_000) else value
    return _normal_text(value, key) if isinstance(value, str) else value


def _normal_error(value: Mapping[str, Any]) -> dict[str, str]:
    told = {name: str(value.get(name)) for name in ("exception", "errorcode", "message", "error")}
    return {name: NUMBER.sub("<n>", re.sub(r"<[^>]+>", "", text)) for name, text in told.items()}


def _normal_text(value: str, key: str) -> str:
    if ID.search(key) and value.isdigit():
        return "<id>"
    # Where a server puts a refused upload is its own affair.
    if key == "filepath" and value != "/":
        return "<path>"
    return NUMBER.sub("<n>", re.sub(r"https?://[^\s\"<]+", "<url>", value))


def load(folder: Path) -> Cases:
    """All cases of a recording on disk."""
    return keyed({path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.json"))})


def keyed(recording: Mapping[str, Iterable[Case]]) -> Cases:
    """Cases by file and name; repeated names are numbered."""
    cases: Cases = {}
    for file, listed in recording.items():
        for case in listed:
            name, number = case["name"], 1
            while (file, name) in cases:
                number += 1
                name = f"{case['name']} #{number}"
            cases[file, name] = case
    return cases


def comparable(case: Case) -> tuple[int, str]:
    """What must be alike; as text, because to Python 1 and true are one."""
    return case["http_status"], json.dumps(normal(case["response"]), ensure_ascii=False)


def is_comparable(key: tuple[str, str]) -> bool:
    """Whether two sites must answer the case alike."""
    return key not in SITE_WIDE and key[0] not in SITE_WIDE_FILES
