"""How `groups` and `group_members` go back on changes of groups and on memberships; groups that were made stay."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from sync_operators.tools.tool import MEMBER
from sync_operators.tools.undo import Cells, Done, Undo, cells, former, pairs


def _groups(done: Sequence[Done], roles: Mapping[str, int]) -> Iterable[Cells]:  # noqa: ARG001 - the protocol's
    of = {each.moodle_id: each for each in done}
    for moodle_id, values in former(done).items():
        kind, course = of[moodle_id].entity, of[moodle_id].after["courseid"]
        yield cells({"courseid": course, "type": kind, "updateid": moodle_id, **values})


def _members(done: Sequence[Done], roles: Mapping[str, int]) -> Iterable[Cells]:  # noqa: ARG001 - the protocol's
    for each in reversed(done):
        if each.verb == "unenrol":
            for group in each.before.get("groups", ()):
                yield _member({**each.ids, "groupid": group}, "add")
        else:
            yield _member(each.ids, "add" if each.before else "del")


def _member(ids: Mapping[str, Any], command: str) -> Cells:
    return cells({"courseid": ids["courseid"], "groupid": ids["groupid"], "userid": ids["userid"], "cmd": command})


GROUP_UNDO: Final = Undo(
    acts=pairs("group", "update_group") | pairs("grouping", "update_grouping"),
    names=("courseid", "type", "updateid"),
    settings={"course_identity": "id", "group_identity": "id", "grouping_identity": "id", "empty_clears": True},
    rows=_groups,
)
MEMBER_UNDO: Final = Undo(
    acts=pairs(MEMBER, "join", "move", "remove", "clear") | pairs("enrolment", "unenrol"),
    names=("courseid", "groupid", "userid"),
    settings={"course_identity": "id", "group_identity": "id", "user_identity": "id", "purge_empty": "none"},
    rows=_members,
)
