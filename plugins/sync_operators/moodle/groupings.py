"""Groupings of courses through the web service, one typed function per call (`moodle/ws-functions.md`, Groups)."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from sync_operators.moodle.batching import batches
from sync_operators.moodle.client import FIXED_FIELDS, MoodleClient
from sync_operators.moodle.emptying import GET_COURSE_GROUPINGS, GET_GROUPINGS, Bond
from sync_operators.moodle.errors import BadAnswer, Refused, Unanswered
from sync_operators.moodle.groups import Group, made, told
from sync_operators.moodle.parallel import in_parallel

CREATE: Final = "core_group_create_groupings"
UPDATE: Final = "core_group_update_groupings"
ASSIGN: Final = "core_group_assign_grouping"

_GROUPINGS: Final = 100


def course_groupings(client: MoodleClient, course_ids: Iterable[int]) -> dict[int, list[Group]]:
    """The groupings of each course, by course."""
    wanted = list(dict.fromkeys(course_ids))
    found = in_parallel(lambda course: told(client, GET_COURSE_GROUPINGS, course), wanted, client.connections)
    return dict(zip(wanted, found, strict=True))


def grouping_groups(client: MoodleClient, grouping_ids: Iterable[int]) -> dict[int, frozenset[int]]:
    """The groups in each grouping, by grouping; no entry for a grouping that is gone."""
    wanted = list(dict.fromkeys(grouping_ids))
    some = batches(
        wanted,
        max_rows=client.pressure.rows(_GROUPINGS),
        max_fields=client.max_fields,
        fixed=FIXED_FIELDS + 1,
        fields=lambda _: 1,
    )
    found = in_parallel(lambda ids: _groups(client, ids), list(some), client.connections)
    return {grouping: groups for each in found for grouping, groups in each.items()}


def create_groupings(client: MoodleClient, rows: Sequence[Mapping[str, Any]]) -> list[int]:
    """Create groupings, all or none; their ids in the order of the rows."""
    return made(CREATE, rows, client.write(CREATE, {"groupings": [{"description": "", **row} for row in rows]}))


def update_groupings(client: MoodleClient, rows: Sequence[Mapping[str, Any]]) -> None:
    """Change groupings, all or none: `id`, `name` and `description` are always sent."""
    _write(client, UPDATE, {"groupings": list(rows)})


def assign(client: MoodleClient, pairs: Sequence[Bond]) -> None:
    """Put groups into groupings, all or none; one that is in already is no error."""
    _write(client, ASSIGN, {"assignments": [{"groupingid": one, "groupid": group} for one, group in pairs]})


def _write(client: MoodleClient, function: str, params: dict[str, Any]) -> None:
    if client.write(function, params) is not None:
        raise Unanswered(function, "the answer is not empty, as it is after a success")


def _groups(client: MoodleClient, ids: Sequence[int]) -> dict[int, frozenset[int]]:
    try:
        answer = client.read(GET_GROUPINGS, {"groupingids": ids, "returngroups": True})
    except Refused:
        # A grouping that is gone spoils the answer for all.
        if len(ids) == 1:
            return {}
        return {grouping: groups for one in ids for grouping, groups in _groups(client, [one]).items()}
    try:
        return {int(each["id"]): frozenset(int(group["id"]) for group in each.get("groups") or ()) for each in answer}
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise BadAnswer(GET_GROUPINGS, f"it is no list of groupings ({error!r})") from error
