"""The commands `users`, `users_delete` and `users_suspend`, put together from their parts."""

from typing import Final

from sync_operators.moodle.users import CREATE, DELETE, GET_BY_FIELD, GET_USERS, UPDATE
from sync_operators.settings import Verb as GuardVerb
from sync_operators.tools import user_blocks, user_cohorts
from sync_operators.tools.cohort_verbs import COHORT_VERBS
from sync_operators.tools.enrolment_verbs import ENROLMENT_VERBS
from sync_operators.tools.member_verbs import MEMBER_VERBS
from sync_operators.tools.tool import Tool, Verb
from sync_operators.tools.user_columns import IGNORED, key_of, names_schema, users_schema
from sync_operators.tools.user_rows import DeletePlanner, SuspendPlanner, UserPlanner
from sync_operators.tools.user_undo import USER_UNDO
from sync_operators.tools.user_verbs import USER_VERBS

GUARDED_AS: Final[dict[str, GuardVerb]] = {
    "create": "create",
    "update": "update",
    "rename": "update",
    "unsuspend": "update",
    "suspend": "suspend",
    "delete": "delete",
}

_GUARDED_PARTS: Final[dict[str, GuardVerb]] = {
    "make_cohort": "create",
    "add": "create",
    "enrol": "create",
    "renew": "update",
    "assign": "update",
    "make_group": "create",
    "join": "create",
}

_PART_VERBS: Final[dict[str, Verb]] = {
    "make_cohort": COHORT_VERBS["create"],
    "add": COHORT_VERBS["add"],
    **{name: ENROLMENT_VERBS[name] for name in ("enrol", "renew", "assign")},
    **{name: MEMBER_VERBS[name] for name in ("make_group", "join")},
}
"""What cohorts and enrolment blocks come to, with the account's own verbs beside them."""


def _tool(command: str, **parts: object) -> Tool:
    return Tool(
        command=command,
        entity="user",
        key_of=key_of,
        **{"verbs": USER_VERBS, "guarded_as": GUARDED_AS, **parts},  # type: ignore[arg-type]
    )


USERS: Final = _tool(
    "users",
    schema=users_schema,
    planner=UserPlanner,
    verbs={**USER_VERBS, **_PART_VERBS},
    guarded_as={**GUARDED_AS, **_GUARDED_PARTS},
    functions=(GET_BY_FIELD, GET_USERS, CREATE, UPDATE, DELETE),
    functions_of_some=(*user_cohorts.FUNCTIONS, *user_blocks.FUNCTIONS),
    ignored_columns=IGNORED,
    secret_columns=frozenset({"password"}),
    undo=USER_UNDO,
)
USERS_DELETE: Final = _tool(
    "users_delete", schema=names_schema, planner=DeletePlanner, functions=(GET_BY_FIELD, GET_USERS, DELETE)
)
USERS_SUSPEND: Final = _tool(
    "users_suspend", schema=names_schema, planner=SuspendPlanner, functions=(GET_BY_FIELD, GET_USERS, UPDATE)
)
