"""How groups are made, joined and left (`moodle/ws-functions.md`, Groups and groupings).

An act on a membership holds course, account, group id and name: one that adds in `after`, one that removes in
`before`.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sync_operators.codes import Fault
from sync_operators.moodle.answered import plain
from sync_operators.moodle.client import MoodleClient
from sync_operators.moodle.failing import AllOrNothing, Strategy
from sync_operators.moodle.fields import field_count
from sync_operators.moodle.groups import add_members, create_groups, delete_members
from sync_operators.moodle.reader import MoodleReader
from sync_operators.tools.tool import Act, Seen, Verb

_ANOTHERS: Final = "the membership was made by another enrolment method or link"
_NAME: Final = "the name is taken in the course, or it is blank"


class GroupVerb:
    """What the verbs on groups and members have in common."""

    code: str
    remembers = True
    strategy: Strategy[Act, Any] = AllOrNothing()

    def lost(self, act: Act) -> tuple[tuple[str, int], ...]:  # noqa: ARG002 - the protocol's
        """Nothing stands on what these change."""
        return ()

    def after_write(self, reader: MoodleReader, acts: Mapping[int, Act]) -> Mapping[int, tuple[Fault, ...]]:  # noqa: ARG002
        """No warnings."""
        return {}


class MakeGroup(GroupVerb):
    """`core_group_create_groups`: one transaction; names are unique in a course."""

    code = "group_created"

    def fields(self, act: Act) -> int:
        """Form fields of one group; a description is required, empty or not."""
        return field_count(act.after) + 1

    def send(self, moodle: MoodleClient, acts: Sequence[Act]) -> Any:
        """Make the groups; their ids come in the order sent."""
        return create_groups(moodle, [act.after for act in acts])

    def made(self, acts: Sequence[Act], answer: Any) -> Mapping[int, int]:
        """The ids come in the order sent; there are none when nothing was done."""
        return {act.seq: moodle_id for act, moodle_id in zip(acts, answer, strict=True)} if acts else {}

    def look(self, reader: MoodleReader, acts: Sequence[Act]) -> Mapping[int, Seen]:
        """A group of that name in that course is the one: there cannot be another."""
        told = reader.course_groups(sorted({act.after["courseid"] for act in acts}))
        ids = {(course, plain(group.name)): group.id for course, groups in told.items() for group in groups}
        found = {act.seq: ids.get((act.after["courseid"], plain(act.after["name"]))) for act in acts}
        return {seq: Seen(group is not None, group) for seq, group in found.items()}

    def explain(self, reader: MoodleReader, act: Act, errorcode: str, message: str) -> Fault:  # noqa: ARG002
        """What Moodle's own code means."""
        said = {"reason": _NAME} if errorcode == "invalidparameter" else {}
        return Fault(
            "error_group_create",
            {"group": act.after["name"], **said, "moodle_message": message, "moodle_code": errorcode},
        )


class _MemberVerb(GroupVerb):
    refused = "error_group_member"

    def fields(self, act: Act) -> int:  # noqa: ARG002 - the protocol's
        """Group and account."""
        return 2

    def made(self, acts: Sequence[Act], answer: Any) -> Mapping[int, int]:  # noqa: ARG002 - the protocol's
        """A membership has no id: the group's stands for it."""
        return {act.seq: group_of(act) for act in acts}

    def look(self, reader: MoodleReader, acts: Sequence[Act]) -> Mapping[int, Seen]:
        """Read the members of each group once."""
        told = reader.group_members(sorted({group_of(act) for act in acts}))
        inside = {act.seq: _user(act) in told.get(group_of(act), ()) for act in acts}
        return {act.seq: Seen(inside[act.seq] == bool(act.after), group_of(act)) for act in acts}

    def explain(self, reader: MoodleReader, act: Act, errorcode: str, message: str) -> Fault:  # noqa: ARG002
        """What Moodle's own code means."""
        name = str((act.after or act.before).get("group", ""))
        if errorcode == "invalidparameter" and act.after:
            return Fault("error_not_enrolled")
        if errorcode == "invalidrecord":
            return Fault("error_unknown_group", {"identity": "name", "value": name})
        said = {"reason": _ANOTHERS} if errorcode == "errorremovenotpermitted" else {}
        return Fault(self.refused, {"group": name, **said, "moodle_message": message, "moodle_code": errorcode})


class Join(_MemberVerb):
    """`core_group_add_group_members`: one transaction."""

    code = "group_member_added"

    def send(self, moodle: MoodleClient, acts: Sequence[Act]) -> Any:
        """Put the accounts into the groups."""
        return add_members(moodle, [_member(act) for act in acts])


class Leave(_MemberVerb):
    """`core_group_delete_group_members`: one transaction."""

    def __init__(self, code: str, *, remembers: bool) -> None:
        self.code = code
        self.remembers = remembers

    def lost(self, act: Act) -> tuple[tuple[str, int], ...]:
        """What stands on this account in this group."""
        return (("group", group_of(act)), ("user", _user(act)))

    def send(self, moodle: MoodleClient, acts: Sequence[Act]) -> Any:
        """Take the accounts out of the groups."""
        return delete_members(moodle, [_member(act) for act in acts])


def group_of(act: Act) -> int:
    """The group of an act on a membership."""
    return int((act.after or act.before)["groupid"])


def _user(act: Act) -> int:
    return int((act.after or act.before)["userid"])


def _member(act: Act) -> dict[str, int]:
    return {"groupid": group_of(act), "userid": _user(act)}


MEMBER_VERBS: Final[dict[str, Verb]] = {
    "make_group": MakeGroup(),
    "join": Join(),
    "remove": Leave("group_member_removed", remembers=False),
    "clear": Leave("groups_cleared", remembers=True),
}
