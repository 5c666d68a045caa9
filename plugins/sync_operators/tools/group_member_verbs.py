"""How memberships in groups are given and taken by `group_members` (`moodle/ws-functions.md`, Groups and groupings)."""

from typing import Final

from sync_operators.tools.group_purging import PurgeGroup, PurgeGrouping
from sync_operators.tools.member_verbs import Join, Leave
from sync_operators.tools.tool import Act, Verb

SHIFT: Final = "shift"
"""What a row that shifts an account stands on beside its course: a later `add` of that account undoes the row."""


class _Move(Join):
    """As the groups of an enrolment, with the codes of this command."""

    code = "member_added"
    refused = "error_member"


class _Add(_Move):
    def lost(self, act: Act) -> tuple[tuple[str, int], ...]:
        """A row that wanted this account in one group alone holds no longer."""
        return ((SHIFT, int(act.after["userid"])), ("course", int(act.after["courseid"])))


class _Leave(Leave):
    refused = "error_member"


GROUP_MEMBER_VERBS: Final[dict[str, Verb]] = {
    "join": _Add(),
    "move": _Move(),
    "remove": _Leave("member_removed", remembers=False),
    "clear": _Leave("memberships_cleared", remembers=True),
    "purge_group": PurgeGroup(),
    "purge_grouping": PurgeGrouping(),
}
