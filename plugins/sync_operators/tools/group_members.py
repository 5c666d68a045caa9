"""The command `group_members`, put together from its parts.

Calls: accounts in batches and courses as their finders find cheapest; of each course named in a changed row its groups
(one call) and its participants with their groups (one call, in pages). Writes go in batches over all courses at once.
With `purge_empty` every row is looked at, and who is in the groups of these courses is asked once more at the end.
"""

from typing import Final

from sync_operators.moodle import enrolments, groups
from sync_operators.moodle.courses import GET, GET_BY_FIELD
from sync_operators.moodle.users import GET_BY_FIELD as GET_USERS_BY_FIELD
from sync_operators.settings import Verb as GuardVerb
from sync_operators.tools import group_purging
from sync_operators.tools.group_member_columns import key_of, schema
from sync_operators.tools.group_member_rows import MemberPlanner
from sync_operators.tools.group_member_verbs import GROUP_MEMBER_VERBS
from sync_operators.tools.group_undo import MEMBER_UNDO
from sync_operators.tools.tool import MEMBER, Tool

GUARDED_AS: Final[dict[str, GuardVerb]] = {
    "join": "create",
    "move": "create",
    "remove": "remove",
    "clear": "remove",
    "purge_group": "delete",
    "purge_grouping": "delete",
}

GROUP_MEMBERS: Final = Tool(
    command="group_members",
    entity=MEMBER,
    schema=schema,
    key_of=key_of,
    planner=MemberPlanner,
    verbs=GROUP_MEMBER_VERBS,
    guarded_as=GUARDED_AS,
    functions=(
        GET_USERS_BY_FIELD,
        GET,
        GET_BY_FIELD,
        "core_course_get_categories",
        enrolments.GET_ENROLLED,
        groups.GET_COURSE_GROUPS,
        groups.GET_MEMBERS,
        groups.ADD_MEMBERS,
        groups.DELETE_MEMBERS,
    ),
    functions_of_some=group_purging.FUNCTIONS,
    # A group that only rows applied before name is not to be deleted, nor one of a course that only they name left.
    looks_at_all=lambda settings: settings.section.purge_empty != "none",
    # A shift ends what an earlier row of another group began, and an earlier shift holds no longer after an `add`.
    rows_stand_on_each_other=True,
    undo=MEMBER_UNDO,
)
