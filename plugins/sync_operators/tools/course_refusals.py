"""Why Moodle refused an act on a course, as far as can be found out (`moodle/ws-functions.md`, Courses)."""

from collections.abc import Mapping
from typing import Any, Final

from sync_operators.codes import Fault
from sync_operators.moodle.reader import MoodleReader
from sync_operators.tools.tool import Act

_NOT_INSTALLED: Final = "the site may not have this course format, language or theme"
_TOO_LONG: Final = "a value is too long"
_INSTALLED: Final = frozenset({"format", "lang", "forcetheme"})


def refusal(refused: str, reader: MoodleReader, act: Act, errorcode: str, message: str) -> Fault:
    """The nearest reason we can give; `refused` is the code when nothing nearer is found."""
    after = act.after
    if errorcode == "shortnametaken":
        return shortname_collision(reader, str(after.get("shortname", "")))
    if errorcode == "courseidnumbertaken":
        return idnumber_collision(reader, str(after.get("idnumber", "")))
    if errorcode == "errorcatcontextnotvalid":
        return Fault("error_unknown_category", {"column": "id", "value": str(after.get("categoryid", ""))})
    if errorcode in {"enddatebeforestartdate", "nostartdatenoenddate"}:
        return Fault("error_invalid_value", {"column": "enddate", "reason": "not_after_start"})
    said = {"reason": reason} if (reason := _reason(after, errorcode)) else {}
    return Fault(refused, {**said, "moodle_message": message, "moodle_code": errorcode})


def shortname_collision(reader: MoodleReader, shortname: str) -> Fault:
    """Another course has the short name; its id when Moodle tells."""
    return _collision("error_shortname_collision", "shortname", shortname, reader)


def idnumber_collision(reader: MoodleReader, idnumber: str) -> Fault:
    """Another course has the idnumber; its id when Moodle tells."""
    return _collision("error_idnumber_collision", "idnumber", idnumber, reader)


def _collision(code: str, name: Any, value: str, reader: MoodleReader) -> Fault:
    others = reader.courses_by_field(name, [value]).get(value, ()) if value else ()
    return Fault(code, {name: value, **({"other_id": str(others[0].id)} if others else {})})


def _reason(after: Mapping[str, Any], errorcode: str) -> str | None:
    if errorcode in {"invalidparameter", "errorinvalidparam"} and after.keys() & _INSTALLED:
        return _NOT_INSTALLED
    return _TOO_LONG if errorcode == "dmlwriteexception" else None
