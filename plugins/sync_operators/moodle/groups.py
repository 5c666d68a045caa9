"""Groups of courses through the web service, one typed function per call (`moodle/ws-functions.md`, Groups).

Which call answers which question: which groups a course has, `core_group_get_course_groups`, a course a call; who is
in some groups, `core_group_get_group_members`, many groups a call; which groups a participant is in,
`enrolments.participants` tells along with the roles. Adding members takes 8 to 9 ms a row in requests of a hundred
(`moodle/baseline.md` (f)).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sync_operators.moodle.answered import plain
from sync_operators.moodle.batching import batches
from sync_operators.moodle.client import FIXED_FIELDS, MoodleClient
from sync_operators.moodle.enrolments import COURSE_GONE
from sync_operators.moodle.errors import BadAnswer, CutShort, Refused, Unanswered
from sync_operators.moodle.parallel import in_parallel

GET_COURSE_GROUPS: Final = "core_group_get_course_groups"
GET_MEMBERS: Final = "core_group_get_group_members"
CREATE: Final = "core_group_create_groups"
UPDATE: Final = "core_group_update_groups"
ADD_MEMBERS: Final = "core_group_add_group_members"
DELETE_MEMBERS: Final = "core_group_delete_group_members"

NAME_LENGTH: Final = 254
IDNUMBER_LENGTH: Final = 100

_GROUPS: Final = 100


@dataclass(frozen=True, slots=True)
class Group:
    """A group or grouping as Moodle tells it; its name is formatted (see `answered.plain`)."""

    id: int
    courseid: int
    name: str = ""
    idnumber: str = ""
    description: str = ""
    descriptionformat: int = 1


def course_groups(client: MoodleClient, course_ids: Iterable[int]) -> dict[int, list[Group]]:
    """The groups of each course, by course."""
    wanted = list(dict.fromkeys(course_ids))
    told = in_parallel(lambda course: _course_groups(client, course), wanted, client.connections)
    return dict(zip(wanted, told, strict=True))


def group_members(client: MoodleClient, group_ids: Iterable[int]) -> dict[int, frozenset[int]]:
    """The accounts in each group, by group; no entry for a group that is gone."""
    wanted = list(dict.fromkeys(group_ids))
    groups = list(
        batches(
            wanted,
            max_rows=client.pressure.rows(_GROUPS),
            max_fields=client.max_fields,
            fixed=FIXED_FIELDS,
            fields=lambda _: 1,
        )
    )
    told = in_parallel(lambda some: _members(client, some), groups, client.connections)
    return {group: members for each in told for group, members in each.items()}


def create_groups(client: MoodleClient, rows: Sequence[Mapping[str, Any]]) -> list[int]:
    """Create groups, all or none; their ids in the order of the rows."""
    answer = client.write(CREATE, {"groups": [{"description": "", **row} for row in rows]})
    return made(CREATE, rows, answer)


def made(function: str, rows: Sequence[Mapping[str, Any]], answer: Any) -> list[int]:
    """The ids of groups or groupings in the order of the rows; Unanswered unless the answer names those rows."""
    if isinstance(answer, list) and len(answer) < len(rows):
        raise CutShort(function, sent=len(rows), answered=len(answer))
    try:
        told = [(int(entry["courseid"]), plain(entry["name"]), int(entry["id"])) for entry in answer]
    except (KeyError, TypeError, ValueError) as error:
        raise Unanswered(function, f"the answer is no list of groups ({error!r})") from error
    if [each[:2] for each in told] != [(row["courseid"], plain(row["name"])) for row in rows]:
        raise Unanswered(function, "the answer names other groups than were sent")
    return [each[2] for each in told]


def update_groups(client: MoodleClient, rows: Sequence[Mapping[str, Any]]) -> None:
    """Change groups, all or none: `id` and `name` are always sent, and of the rest only what is sent changes."""
    if client.write(UPDATE, {"groups": list(rows)}) is not None:
        raise Unanswered(UPDATE, "the answer is not empty, as it is after a success")


def add_members(client: MoodleClient, rows: Sequence[Mapping[str, int]]) -> None:
    """Put accounts into groups of courses they are enrolled in, all or none; who is in already is no error."""
    _write(client, ADD_MEMBERS, rows)


def delete_members(client: MoodleClient, rows: Sequence[Mapping[str, int]]) -> None:
    """Take accounts out of groups, all or none; who is not in is no error."""
    _write(client, DELETE_MEMBERS, rows)


def _write(client: MoodleClient, function: str, rows: Sequence[Mapping[str, int]]) -> None:
    if client.write(function, {"members": rows}) is not None:
        raise Unanswered(function, "the answer is not empty, as it is after a success")


def _course_groups(client: MoodleClient, course: int) -> list[Group]:
    return told(client, GET_COURSE_GROUPS, course)


def told(client: MoodleClient, function: str, course: int) -> list[Group]:
    """What a function that lists the groups or groupings of a course says; none where the course is gone."""
    try:
        answer = client.read(function, {"courseid": course})
    except Refused as refused:
        if refused.errorcode in COURSE_GONE:
            return []
        raise
    try:
        return [_group(entry) for entry in answer]
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise BadAnswer(function, f"it is no list of groups ({error!r})") from error


def _group(entry: Mapping[str, Any]) -> Group:
    texts = (str(entry["name"]), str(entry["idnumber"] or ""), str(entry.get("description") or ""))
    return Group(int(entry["id"]), int(entry["courseid"]), *texts, int(entry.get("descriptionformat", 1)))


def _members(client: MoodleClient, groups: Sequence[int]) -> dict[int, frozenset[int]]:
    try:
        answer = client.read(GET_MEMBERS, {"groupids": groups})
    except Refused:
        # A group that is gone spoils the answer for all.
        if len(groups) == 1:
            return {}
        return {group: members for one in groups for group, members in _members(client, [one]).items()}
    try:
        return {int(entry["groupid"]): frozenset(map(int, entry["userids"])) for entry in answer}
    except (KeyError, TypeError, ValueError) as error:
        raise BadAnswer(GET_MEMBERS, f"it is no list of members ({error!r})") from error
