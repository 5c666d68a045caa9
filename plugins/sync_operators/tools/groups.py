"""The command `groups`, put together from its parts.

Calls: courses as their finder finds cheapest; of each course named in a changed row its groups (one call), and only
where a row is about groupings these (one call), with the groups of a hundred of them in one call. Writes go in batches
over all courses at once.
"""

from typing import Final

from sync_operators.moodle import emptying, groupings, groups
from sync_operators.moodle.courses import GET, GET_BY_FIELD
from sync_operators.settings import Verb as GuardVerb
from sync_operators.tools.group_columns import key_of, schema
from sync_operators.tools.group_rows import GroupPlanner
from sync_operators.tools.group_undo import GROUP_UNDO
from sync_operators.tools.group_verbs import GROUP_VERBS
from sync_operators.tools.tool import Tool

GUARDED_AS: Final[dict[str, GuardVerb]] = {
    "make_group": "create",
    "make_grouping": "create",
    "update_group": "update",
    "update_grouping": "update",
    "bind": "create",
}

GROUPS: Final = Tool(
    command="groups",
    entity="group",
    schema=schema,
    key_of=key_of,
    planner=GroupPlanner,
    verbs=GROUP_VERBS,
    guarded_as=GUARDED_AS,
    functions=(
        GET,
        GET_BY_FIELD,
        "core_course_get_categories",
        groups.GET_COURSE_GROUPS,
        groups.CREATE,
        groups.UPDATE,
        emptying.GET_COURSE_GROUPINGS,
        emptying.GET_GROUPINGS,
        groupings.CREATE,
        groupings.UPDATE,
        groupings.ASSIGN,
    ),
    undo=GROUP_UNDO,
)
