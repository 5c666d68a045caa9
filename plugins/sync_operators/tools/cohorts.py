"""The command `cohorts`, put together from its parts.

Calls: all cohorts in one, accounts in batches, the members of all cohorts whose members rows name in one. Categories
and places only where rows give or need them. Writes go in batches over all cohorts at once.
"""

from typing import Final

from sync_operators.moodle import categories, cohorts
from sync_operators.moodle.users import GET_BY_FIELD
from sync_operators.settings import Verb as GuardVerb
from sync_operators.tools.cohort_columns import IGNORED, key_of, schema
from sync_operators.tools.cohort_rows import CohortPlanner
from sync_operators.tools.cohort_undo import COHORT_UNDO
from sync_operators.tools.cohort_verbs import COHORT_VERBS
from sync_operators.tools.tool import Tool

GUARDED_AS: Final[dict[str, GuardVerb]] = {
    "create": "create",
    "update": "update",
    "delete": "delete",
    "add": "create",
    "remove": "remove",
    "clear": "remove",
}

COHORTS: Final = Tool(
    command="cohorts",
    entity="cohort",
    schema=schema,
    key_of=key_of,
    planner=CohortPlanner,
    verbs=COHORT_VERBS,
    guarded_as=GUARDED_AS,
    functions=(
        GET_BY_FIELD,
        categories.GET,
        cohorts.GET,
        cohorts.SEARCH,
        cohorts.GET_MEMBERS,
        cohorts.CREATE,
        cohorts.UPDATE,
        cohorts.DELETE,
        cohorts.ADD_MEMBERS,
        cohorts.DELETE_MEMBERS,
    ),
    ignored_columns=IGNORED,
    rows_stand_on_each_other=True,
    undo=COHORT_UNDO,
)
