"""Roles in courses through the web service (`moodle/ws-functions.md`, Roles).

No function lists the roles of a site: their ids come from our settings. Which roles are held in a course,
`enrolments.participants` tells.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sync_operators.moodle.client import MoodleClient
from sync_operators.moodle.errors import Unanswered

ASSIGN: Final = "core_role_assign_roles"
UNASSIGN: Final = "core_role_unassign_roles"


def course_role(course: int, user: int, role: int) -> dict[str, Any]:
    """One role of one account in one course, as the functions take it."""
    return {"roleid": role, "userid": user, "contextlevel": "course", "instanceid": course}


def assign_roles(client: MoodleClient, rows: Sequence[Mapping[str, Any]]) -> None:
    """Give roles, all or none; a role that is held already is no error. It enrols nobody."""
    _write(client, ASSIGN, {"assignments": rows})


def unassign_roles(client: MoodleClient, rows: Sequence[Mapping[str, Any]]) -> None:
    """Take roles, all or none. One that a link or a cohort gave stays without a word: look afterwards."""
    _write(client, UNASSIGN, {"unassignments": rows})


def _write(client: MoodleClient, function: str, params: Mapping[str, Any]) -> None:
    if client.write(function, params) is not None:
        raise Unanswered(function, "the answer is not empty, as it is after a success")
