"""The commands `users`, `users_delete` and `users_suspend`, put together from their parts."""

from typing import Final

from sync_operators.moodle.users import CREATE, DELETE, GET_BY_FIELD, GET_USERS, UPDATE
from sync_operators.settings import Verb as GuardVerb
from sync_operators.tools.tool import Tool
from sync_operators.tools.user_columns import IGNORED, key_of, names_schema, users_schema
from sync_operators.tools.user_rows import DeletePlanner, SuspendPlanner, UserPlanner
from sync_operators.tools.user_verbs import USER_VERBS

GUARDED_AS: Final[dict[str, GuardVerb]] = {
    "create": "create",
    "update": "update",
    "rename": "update",
    "unsuspend": "update",
    "suspend": "suspend",
    "delete": "delete",
}


def _tool(command: str, **parts: object) -> Tool:
    return Tool(
        command=command,
        entity="user",
        key_of=key_of,
        verbs=USER_VERBS,
        guarded_as=GUARDED_AS,
        **parts,  # type: ignore[arg-type]
    )


USERS: Final = _tool(
    "users",
    schema=users_schema,
    planner=UserPlanner,
    functions=(GET_BY_FIELD, GET_USERS, CREATE, UPDATE, DELETE),
    ignored_columns=IGNORED,
    secret_columns=frozenset({"password"}),
)
USERS_DELETE: Final = _tool(
    "users_delete", schema=names_schema, planner=DeletePlanner, functions=(GET_BY_FIELD, GET_USERS, DELETE)
)
USERS_SUSPEND: Final = _tool(
    "users_suspend", schema=names_schema, planner=SuspendPlanner, functions=(GET_BY_FIELD, GET_USERS, UPDATE)
)
