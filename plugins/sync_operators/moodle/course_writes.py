"""Changes of courses through the web service, one typed function per call (`moodle/ws-functions.md`, Courses)."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from sync_operators.moodle.client import MoodleClient
from sync_operators.moodle.errors import CutShort, Unanswered
from sync_operators.moodle.failing import RowWarning

CREATE: Final = "core_course_create_courses"
UPDATE: Final = "core_course_update_courses"
DELETE: Final = "core_course_delete_courses"
DUPLICATE: Final = "core_course_duplicate_course"
IMPORT: Final = "core_course_import_course"


def create_courses(client: MoodleClient, rows: Sequence[Mapping[str, Any]]) -> list[int]:
    """Create courses, all or none; their ids in the order of the rows.

    Raises CutShort when Moodle answers for fewer rows, Unanswered when the answer is none.
    """
    answer = client.write(CREATE, {"courses": rows})
    if isinstance(answer, list) and len(answer) < len(rows):
        raise CutShort(CREATE, sent=len(rows), answered=len(answer))
    try:
        ids = [int(entry["id"]) for entry in answer]
    except (KeyError, TypeError, ValueError) as error:
        raise Unanswered(CREATE, f"the answer is no list of ids ({error!r})") from error
    if len(ids) > len(rows):
        raise Unanswered(CREATE, "the answer names more courses than were sent")
    return ids


def update_courses(client: MoodleClient, rows: Sequence[Mapping[str, Any]]) -> dict[int, RowWarning]:
    """Change courses, each row for itself; those left undone, by course id.

    A category that is not there loses the course although Moodle warns of it: make sure of it before.
    """
    return _warnings(UPDATE, client.write(UPDATE, {"courses": rows}), (int(row["id"]) for row in rows))


def delete_courses(client: MoodleClient, ids: Sequence[int]) -> dict[int, RowWarning]:
    """Delete courses with everything in them, each for itself; those left, by course id."""
    return _warnings(DELETE, client.write(DELETE, {"courseids": list(dict.fromkeys(ids))}), ids)


def duplicate_course(client: MoodleClient, row: Mapping[str, Any]) -> int:
    """Copy the course `courseid` under new names, without people; the new one's id. Backup and restore in one call."""
    answer = client.write(DUPLICATE, row)
    try:
        return int(answer["id"])
    except (KeyError, TypeError, ValueError) as error:
        raise Unanswered(DUPLICATE, f"the answer holds no id ({error!r})") from error


def import_course(client: MoodleClient, source: int, target: int, *, replace: bool) -> None:
    """Add the content of one course to another; with `replace` the target is emptied first.

    Emptied, it has lost its enrolment methods, enrolments and groups too, and no web service gives the methods back.
    """
    answer = client.write(IMPORT, {"importfrom": source, "importto": target, "deletecontent": int(replace)})
    if answer is not None:
        raise Unanswered(IMPORT, "the answer is not empty, as it is after an import")


def _warnings(function: str, answer: Any, sent: Iterable[int]) -> dict[int, RowWarning]:
    try:
        warnings = {
            int(entry["itemid"]): RowWarning(str(entry["warningcode"]), str(entry["message"]))
            for entry in (answer or {}).get("warnings") or ()
        }
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise Unanswered(function, f"the answer is no list of warnings ({error!r})") from error
    if not warnings.keys() <= set(sent):
        raise Unanswered(function, "the answer warns of other courses than were sent")
    return warnings
