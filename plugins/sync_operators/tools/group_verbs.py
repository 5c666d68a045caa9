"""How groups and groupings are made, changed and put together (`moodle/ws-functions.md`, Groups and groupings)."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sync_operators.codes import Fault
from sync_operators.moodle.answered import plain
from sync_operators.moodle.client import MoodleClient
from sync_operators.moodle.fields import field_count
from sync_operators.moodle.groupings import assign, create_groupings, update_groupings
from sync_operators.moodle.groups import Group, update_groups
from sync_operators.moodle.reader import MoodleReader
from sync_operators.tools.member_verbs import GroupVerb, MakeGroup
from sync_operators.tools.tool import Act, Seen, Verb

_TAKEN: Final = {
    "invalidparameter": "the name is taken in the course, or it is blank",
    "idnumbertaken": "the idnumber is taken in the course",
}


class _Made(GroupVerb):
    """Makes or changes groups or groupings."""

    refused: str

    def told(self, reader: MoodleReader, acts: Sequence[Act]) -> dict[int, list[Group]]:
        """What the courses of the acts have."""
        return reader.course_groups(sorted({act.after["courseid"] for act in acts}))

    def explain(self, reader: MoodleReader, act: Act, errorcode: str, message: str) -> Fault:  # noqa: ARG002
        """What Moodle's own code means."""
        said = {"reason": _TAKEN[errorcode]} if errorcode in _TAKEN else {}
        return Fault(
            self.refused, {"group": act.after["name"], **said, "moodle_message": message, "moodle_code": errorcode}
        )


class MakeGrouping(_Made):
    """`core_group_create_groupings`: one transaction; names are unique in a course."""

    code = "grouping_created"
    refused = "error_grouping_create"

    def told(self, reader: MoodleReader, acts: Sequence[Act]) -> dict[int, list[Group]]:
        """The groupings."""
        return reader.course_groupings(sorted({act.after["courseid"] for act in acts}))

    def fields(self, act: Act) -> int:
        """Form fields of one grouping; a description is required, empty or not."""
        return field_count(act.after) + 1

    def send(self, moodle: MoodleClient, acts: Sequence[Act]) -> Any:
        """Make the groupings; their ids come in the order sent."""
        return create_groupings(moodle, [act.after for act in acts])

    def made(self, acts: Sequence[Act], answer: Any) -> Mapping[int, int]:
        """The ids come in the order sent; there are none when nothing was done."""
        return {act.seq: moodle_id for act, moodle_id in zip(acts, answer, strict=True)} if acts else {}

    def look(self, reader: MoodleReader, acts: Sequence[Act]) -> Mapping[int, Seen]:
        """A grouping of that name in that course is the one: there cannot be another."""
        ids = _by_name(self.told(reader, acts))
        found = {act.seq: ids.get((act.after["courseid"], plain(act.after["name"]))) for act in acts}
        return {seq: Seen(grouping is not None, grouping) for seq, grouping in found.items()}


class UpdateGroup(_Made):
    """`core_group_update_groups`: one transaction; only what is sent changes, and the name is always sent."""

    code = "group_updated"
    refused = "error_group_update"

    def fields(self, act: Act) -> int:
        """Id, and what is sent."""
        return field_count(_sent(act))

    def send(self, moodle: MoodleClient, acts: Sequence[Act]) -> Any:
        """Change the groups."""
        return update_groups(moodle, [_sent(act) for act in acts])

    def made(self, acts: Sequence[Act], answer: Any) -> Mapping[int, int]:  # noqa: ARG002 - the protocol's
        """The ids are those that were there before."""
        return {act.seq: act.moodle_id or 0 for act in acts}

    def look(self, reader: MoodleReader, acts: Sequence[Act]) -> Mapping[int, Seen]:
        """Done when all that was sent is what Moodle tells."""
        there = {group.id: group for groups in self.told(reader, acts).values() for group in groups}
        return {act.seq: Seen(_is_as_sent(act, there.get(act.moodle_id or 0)), act.moodle_id) for act in acts}


class UpdateGrouping(UpdateGroup):
    """`core_group_update_groupings`: one transaction; name and description are always sent."""

    code = "grouping_updated"
    refused = "error_grouping_update"

    def told(self, reader: MoodleReader, acts: Sequence[Act]) -> dict[int, list[Group]]:
        """The groupings."""
        return reader.course_groupings(sorted({act.after["courseid"] for act in acts}))

    def send(self, moodle: MoodleClient, acts: Sequence[Act]) -> Any:
        """Change the groupings."""
        return update_groupings(moodle, [_sent(act) for act in acts])


class Bind(GroupVerb):
    """`core_group_assign_grouping`: one transaction; what is there already is no error."""

    code = "grouping_bound"

    def fields(self, act: Act) -> int:  # noqa: ARG002 - the protocol's
        """Group and grouping."""
        return 2

    def send(self, moodle: MoodleClient, acts: Sequence[Act]) -> Any:
        """Put the groups into the groupings."""
        return assign(moodle, [(_grouping(act), _group(act)) for act in acts])

    def made(self, acts: Sequence[Act], answer: Any) -> Mapping[int, int]:  # noqa: ARG002 - the protocol's
        """A bond has no id: the group's stands for it."""
        return {act.seq: _group(act) for act in acts}

    def look(self, reader: MoodleReader, acts: Sequence[Act]) -> Mapping[int, Seen]:
        """Read the groups of the groupings once."""
        inside = reader.grouping_groups(sorted({_grouping(act) for act in acts}))
        return {act.seq: Seen(_group(act) in inside.get(_grouping(act), ()), _group(act)) for act in acts}

    def explain(self, reader: MoodleReader, act: Act, errorcode: str, message: str) -> Fault:  # noqa: ARG002
        """What Moodle says."""
        named = {name: str(act.after[name]) for name in ("group", "grouping")}
        return Fault("error_grouping_bind", {**named, "moodle_message": message, "moodle_code": errorcode})


def _sent(act: Act) -> dict[str, Any]:
    return {"id": act.moodle_id, **{name: value for name, value in act.after.items() if name != "courseid"}}


def _is_as_sent(act: Act, group: Group | None) -> bool:
    sent = {name: value for name, value in _sent(act).items() if name not in {"id", "descriptionformat"}}
    return group is not None and all(plain(getattr(group, name)) == plain(value) for name, value in sent.items())


def _by_name(told: Mapping[int, Sequence[Group]]) -> dict[tuple[int, str], int]:
    return {(course, plain(group.name)): group.id for course, groups in told.items() for group in groups}


def _group(act: Act) -> int:
    return int(act.after["groupid"])


def _grouping(act: Act) -> int:
    return int(act.after["groupingid"])


GROUP_VERBS: Final[dict[str, Verb]] = {
    "make_group": MakeGroup(),
    "make_grouping": MakeGrouping(),
    "update_group": UpdateGroup(),
    "update_grouping": UpdateGrouping(),
    "bind": Bind(),
}
