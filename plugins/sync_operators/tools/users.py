"""The commands `users`, `users_delete` and `users_suspend`: their columns and what makes a row's key."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

from sync_operators.command_files.columns import BoundSchema, Column, Pattern, Schema
from sync_operators.command_files.values import yes_or_no
from sync_operators.moodle import rules
from sync_operators.moodle.users import CREATE, DELETE, GET_BY_FIELD, GET_USERS, UPDATE
from sync_operators.settings import Verb as GuardVerb
from sync_operators.tools.accounts import folded
from sync_operators.tools.tool import Tool, ToolSettings
from sync_operators.tools.user_rows import DeletePlanner, SuspendPlanner, UserPlanner
from sync_operators.tools.user_verbs import USER_VERBS

IGNORED: Final = frozenset({"mnethostid", "maildigest", "htmleditor", "autosubscribe", "trackforums", "url", "icq"})
"""Columns of the old plugin that no web service of Moodle 4.5 takes for another user (moodle/ws-functions.md)."""

GUARDED_AS: Final[dict[str, GuardVerb]] = {
    "create": "create",
    "update": "update",
    "rename": "update",
    "unsuspend": "update",
    "suspend": "suspend",
    "delete": "delete",
}


def _field(name: str, *, required: bool = False, parse: Callable[[str], str] = str) -> Column:
    """A field of an account, held to what a real Moodle takes."""
    return Column(
        name, required=required, parse=parse, limit=rules.MAX_LENGTHS.get(name), rule=partial(rules.fault, name)
    )


def _language(cell: str) -> str:
    return cell.lower().removesuffix("_utf8")


_USERNAME: Final = _field("username", required=True, parse=str.lower)
_PLAIN: Final = ("idnumber", "email", "auth", "institution", "department", "city", "timezone", "maildisplay")
_MORE: Final = ("mailformat", "phone1", "phone2", "address", "description")

COLUMNS: Final = (
    _USERNAME,
    _field("firstname", required=True),
    _field("lastname", required=True),
    *map(_field, _PLAIN),
    _field("country", parse=str.upper),
    _field("lang", parse=_language),
    *map(_field, _MORE),
    Column("password", secret=True),
    Column("suspended", parse=yes_or_no),
    Column("deleted", parse=yes_or_no),
    _field("oldusername", parse=str.lower),
    Column("cohort"),
    Column("cohortid"),
    *map(Column, sorted(IGNORED)),
)
PATTERNS: Final = (
    Pattern("profile_field_<short>"),
    *(Pattern(f"{name}<n>") for name in ("course", "role", "enrol", "start", "end", "group", "wwwroot")),
)


def users_schema(settings: ToolSettings) -> Schema:
    """The columns of `users`."""
    return Schema((*COLUMNS, *_identity(settings, COLUMNS)), PATTERNS)


def names_schema(settings: ToolSettings) -> Schema:
    """The columns of `users_delete` and `users_suspend`: who is meant, nothing else."""
    columns = (_USERNAME, _field("idnumber"))
    return Schema((*columns, *_identity(settings, columns)))


def _identity(settings: ToolSettings, known: Sequence[Column]) -> tuple[Column, ...]:
    """The identity's own column where it is none of the others: `id`, or `email` of a deletion."""
    name = settings.section.identity
    return () if any(column.name == name for column in known) else (_field(name),)


def key_of(bound: BoundSchema, settings: ToolSettings) -> Callable[[Sequence[str]], str]:
    """The key of a row: its identity, or its user name when it gives none."""
    places = {column.name: at for at, column in bound.places}
    identity, username = settings.section.identity, places["username"]
    at = places.get(identity, username)

    def key(values: Sequence[str]) -> str:
        if at != username and (value := values[at]):
            return f"{identity}={folded(identity, value)}"
        return f"username={values[username].lower()}"

    return key


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
