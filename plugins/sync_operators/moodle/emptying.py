"""What empties a course of groups and groupings, one typed function per call (`moodle/ws-functions.md`, Groups)."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from sync_operators.moodle.client import MoodleClient
from sync_operators.moodle.errors import BadAnswer, Unanswered
from sync_operators.moodle.parallel import in_parallel

DELETE_GROUPS: Final = "core_group_delete_groups"
DELETE_GROUPINGS: Final = "core_group_delete_groupings"
UNASSIGN: Final = "core_group_unassign_grouping"
GET_COURSE_GROUPINGS: Final = "core_group_get_course_groupings"
GET_GROUPINGS: Final = "core_group_get_groupings"

Bond = tuple[int, int]
"""A grouping, and a group in it."""


def bonds(client: MoodleClient, course_ids: Iterable[int]) -> dict[int, dict[int, list[int]]]:
    """The groups of each grouping of each course: two calls a course, one where it has no grouping."""
    wanted = list(dict.fromkeys(course_ids))
    return dict(
        zip(wanted, in_parallel(lambda course: _bonds(client, course), wanted, client.connections), strict=True)
    )


def delete_groups(client: MoodleClient, ids: Sequence[int]) -> None:
    """Delete groups with their memberships, all or none; one that is gone is no error."""
    _write(client, DELETE_GROUPS, {"groupids": list(ids)})


def delete_groupings(client: MoodleClient, ids: Sequence[int]) -> None:
    """Delete groupings, all or none; their groups stay. One that is gone is no error."""
    _write(client, DELETE_GROUPINGS, {"groupingids": list(ids)})


def unassign(client: MoodleClient, pairs: Sequence[Bond]) -> None:
    """Take groups out of groupings, all or none; one that is not in is no error."""
    _write(client, UNASSIGN, {"unassignments": [{"groupingid": one, "groupid": group} for one, group in pairs]})


def _bonds(client: MoodleClient, course: int) -> dict[int, list[int]]:
    answer = client.read(GET_COURSE_GROUPINGS, {"courseid": course})
    try:
        ids = [int(entry["id"]) for entry in answer]
        told = client.read(GET_GROUPINGS, {"groupingids": ids, "returngroups": True}) if ids else ()
        return {int(entry["id"]): [int(group["id"]) for group in entry.get("groups") or ()] for entry in told}
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise BadAnswer(GET_COURSE_GROUPINGS, f"it is no list of groupings ({error!r})") from error


def _write(client: MoodleClient, function: str, params: dict[str, Any]) -> None:
    if client.write(function, params) is not None:
        raise Unanswered(function, "the answer is not empty, as it is after a success")
