"""How the parts of a reset are sent, and found to be done (moodle/ws-functions.md, Groups and Enrolments).

An act empties one course of up to a hundred things, so that a row of a full course is a few parts and no thousands.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sync_operators.codes import Fault
from sync_operators.moodle.client import MoodleClient
from sync_operators.moodle.emptying import delete_groupings, delete_groups, unassign
from sync_operators.moodle.enrolments import unenrol_users
from sync_operators.moodle.failing import AllOrNothing, ReadBack, Strategy
from sync_operators.moodle.groups import delete_members
from sync_operators.moodle.reader import MoodleReader
from sync_operators.tools.tool import Act, Seen

OTHER_METHOD = "enrolled by a cohort, a link or themselves"


class ResetVerb:
    """What the parts of a reset have in common; `things` of an act are what goes."""

    code = "reset"
    remembers = False
    width = 1
    strategy: Strategy[Act, Any] = AllOrNothing()

    def lost(self, act: Act) -> tuple[tuple[str, int], ...]:
        """All that other commands did in this course must come again."""
        return (("course", act.moodle_id or 0),)

    def fields(self, act: Act) -> int:
        """Form fields of one act."""
        return self.width * len(act.before["things"])

    def made(self, acts: Sequence[Act], answer: Any) -> Mapping[int, int]:  # noqa: ARG002 - the protocol's
        """The courses are those that were there before."""
        return {act.seq: act.moodle_id or 0 for act in acts}

    def look(self, reader: MoodleReader, acts: Sequence[Act]) -> Mapping[int, Seen]:
        """Done when nothing of it is there any more."""
        there = self.there(reader, sorted({act.moodle_id or 0 for act in acts}))
        return {act.seq: Seen(not _things(act) & there[act.moodle_id or 0], act.moodle_id) for act in acts}

    def send(self, moodle: MoodleClient, acts: Sequence[Act]) -> Any:
        """One call for all of it."""
        raise NotImplementedError

    def there(self, reader: MoodleReader, courses: Sequence[int]) -> Mapping[int, set[Any]]:
        """What each course has of such things."""
        raise NotImplementedError

    def explain(self, reader: MoodleReader, act: Act, errorcode: str, message: str) -> Fault:  # noqa: ARG002
        """What Moodle says."""
        return Fault("error_reset", {"moodle_message": message, "moodle_code": errorcode})

    def after_write(self, reader: MoodleReader, acts: Mapping[int, Act]) -> Mapping[int, tuple[Fault, ...]]:  # noqa: ARG002
        """No warnings."""
        return {}


class ResetBonds(ResetVerb):
    """`core_group_unassign_grouping`: groupings lose their groups, both stay."""

    width = 2

    def send(self, moodle: MoodleClient, acts: Sequence[Act]) -> Any:
        """Take the groups out."""
        return unassign(moodle, [(one, group) for act in acts for one, group in act.before["things"]])

    def there(self, reader: MoodleReader, courses: Sequence[int]) -> Mapping[int, set[Any]]:
        """Pairs of grouping and group."""
        told = reader.bonds(courses)
        return {
            course: {(one, group) for one, groups in told[course].items() for group in groups} for course in courses
        }


class ResetGroupings(ResetVerb):
    """`core_group_delete_groupings`: their groups stay."""

    def send(self, moodle: MoodleClient, acts: Sequence[Act]) -> Any:
        """Delete the groupings."""
        return delete_groupings(moodle, [each for act in acts for each in act.before["things"]])

    def there(self, reader: MoodleReader, courses: Sequence[int]) -> Mapping[int, set[Any]]:
        """Ids of groupings."""
        return {course: set(found) for course, found in reader.bonds(courses).items()}


class ResetMembers(ResetVerb):
    """`core_group_delete_group_members`: groups stay, empty."""

    width = 2

    def send(self, moodle: MoodleClient, acts: Sequence[Act]) -> Any:
        """Take the members out."""
        pairs = [pair for act in acts for pair in act.before["things"]]
        return delete_members(moodle, [{"groupid": group, "userid": user} for group, user in pairs])

    def there(self, reader: MoodleReader, courses: Sequence[int]) -> Mapping[int, set[Any]]:
        """Pairs of group and account."""
        groups = {course: [group.id for group in found] for course, found in reader.course_groups(courses).items()}
        members = reader.group_members(group for found in groups.values() for group in found)
        return {
            course: {(group, user) for group in found for user in members.get(group, ())}
            for course, found in groups.items()
        }


class ResetGroups(ResetVerb):
    """`core_group_delete_groups`, with all memberships."""

    def send(self, moodle: MoodleClient, acts: Sequence[Act]) -> Any:
        """Delete the groups."""
        return delete_groups(moodle, [each for act in acts for each in act.before["things"]])

    def there(self, reader: MoodleReader, courses: Sequence[int]) -> Mapping[int, set[Any]]:
        """Ids of groups."""
        return {course: {group.id for group in found} for course, found in reader.course_groups(courses).items()}


class ResetRoles(ResetVerb):
    """`enrol_manual_unenrol_users`: leaves enrolments of other methods without a word, so it is read back."""

    width = 2
    strategy: Strategy[Act, Any] = ReadBack()

    def send(self, moodle: MoodleClient, acts: Sequence[Act]) -> Any:
        """End the enrolments."""
        rows = [{"courseid": act.moodle_id or 0, "userid": user} for act in acts for user in act.before["things"]]
        return unenrol_users(moodle, rows)

    def there(self, reader: MoodleReader, courses: Sequence[int]) -> Mapping[int, set[Any]]:
        """Ids of participants."""
        return {course: set(people) for course, people in reader.participants(courses).items()}

    def explain(self, reader: MoodleReader, act: Act, errorcode: str, message: str) -> Fault:
        """Without a code of Moodle's, some are still there: no web service ends those enrolments."""
        if errorcode:
            return super().explain(reader, act, errorcode, message)
        course = act.moodle_id or 0
        left = len(_things(act) & self.there(reader, [course])[course])
        undone = f"roles ({left}: {OTHER_METHOD})"
        args = {"undone": ", ".join(filter(None, [undone, act.before.get("undone")]))}
        return Fault("reset_partial", args | ({"done": done} if (done := act.before.get("done")) else {}))


def _things(act: Act) -> set[Any]:
    return {tuple(each) if isinstance(each, list) else each for each in act.before["things"]}


RESET_VERBS: dict[str, ResetVerb] = {
    "reset_bonds": ResetBonds(),
    "reset_groupings": ResetGroupings(),
    "reset_members": ResetMembers(),
    "reset_groups": ResetGroups(),
    "reset_roles": ResetRoles(),
}
