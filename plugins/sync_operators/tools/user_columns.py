"""The columns of the commands about accounts, and what kind of thing each holds."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Final

from sync_operators.codes import Fault
from sync_operators.command_files.columns import BoundSchema, Column, Pattern, Schema
from sync_operators.command_files.values import times, yes_or_no
from sync_operators.moodle import cohorts, rules
from sync_operators.moodle.groups import NAME_LENGTH
from sync_operators.tools.accounts import folded
from sync_operators.tools.enrolment_columns import COURSE_LENGTH, ROLE_LENGTH, method_fault
from sync_operators.tools.tool import ToolSettings

PROFILE: Final = "profile_field_"

IGNORED: Final = frozenset({"mnethostid", "maildigest", "htmleditor", "autosubscribe", "trackforums", "url", "icq"})
"""Columns of the old plugin that no web service of Moodle 4.5 takes for another user (moodle/ws-functions.md)."""

NEVER_CLEARED: Final = frozenset({"firstname", "lastname", "idnumber", "auth", "maildisplay", "mailformat"})
"""Plain fields that an empty cell never clears: names, identifiers, and choices that have no empty value."""


def _field(name: str, *, required: bool = False, parse: Callable[[str], str] = str) -> Column:
    """A field of an account, held to what a real Moodle takes."""
    return Column(
        name, required=required, parse=parse, limit=rules.MAX_LENGTHS.get(name), rule=partial(rules.fault, name)
    )


def _language(cell: str) -> str:
    return cell.lower().removesuffix("_utf8")


_USERNAME: Final = _field("username", required=True, parse=str.lower)

PLAIN: Final = (
    _field("firstname", required=True),
    _field("lastname", required=True),
    _field("idnumber"),
    _field("auth"),
    _field("institution"),
    _field("department"),
    _field("city"),
    _field("country", parse=str.upper),
    _field("lang", parse=_language),
    _field("timezone"),
    _field("maildisplay"),
    _field("mailformat"),
    _field("phone1"),
    _field("phone2"),
    _field("address"),
    _field("description"),
)
"""Fields that are compared and sent as they stand; every other column has a rule of its own."""

COLUMNS: Final = (
    _USERNAME,
    *PLAIN[:3],
    _field("email"),
    Column("password", secret=True),
    *PLAIN[3:],
    Column("suspended", parse=yes_or_no),
    Column("deleted", parse=yes_or_no),
    Column("oldusername", parse=str.lower, limit=rules.MAX_LENGTHS["username"], rule=partial(rules.fault, "username")),
    Column("cohort", limit=cohorts.NAME_LENGTH, rule=rules.text),
    Column("cohortid", limit=cohorts.IDNUMBER_LENGTH),
    *map(Column, sorted(IGNORED)),
)

_PLAIN_NAMES: Final = frozenset(column.name for column in PLAIN)
_REMOTE: Final = re.compile("wwwroot[1-9][0-9]*")


def users_schema(settings: ToolSettings) -> Schema:
    """The columns of `users`."""
    return Schema((*COLUMNS, *_identity(settings, COLUMNS)), (Pattern(f"{PROFILE}<short>"), *_block(settings)))


def _block(settings: ToolSettings) -> tuple[Pattern, ...]:
    """What an enrolment block is made of, each with the number of the block behind it."""
    moment = times(settings.timezone)
    course_rule = rules.entity_id if settings.section.course_identity == "id" else None
    return (
        Pattern("course<n>", limit=COURSE_LENGTH, rule=course_rule),
        Pattern("role<n>", limit=ROLE_LENGTH),
        Pattern("enrol<n>", parse=str.lower, rule=method_fault),
        Pattern("start<n>", parse=moment),
        Pattern("end<n>", parse=moment),
        Pattern("group<n>", limit=NAME_LENGTH),
        Pattern("wwwroot<n>"),
    )


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


def plain_fields(values: Mapping[str, Any], *, clear: bool = False) -> dict[str, str]:
    """The plain and profile fields that a row gives; empty cells only where they clear."""
    return {
        name: value
        for name, value in values.items()
        if (name in _PLAIN_NAMES or name.startswith(PROFILE)) and (value or (clear and name not in NEVER_CLEARED))
    }


def remote_blocks(values: Mapping[str, Any]) -> Iterator[Fault]:
    """A fault for each block in another Moodle: none of core's web services reaches it."""
    for name, value in values.items():
        if name.startswith("wwwroot") and value and _REMOTE.fullmatch(name):
            yield Fault("error_unsupported", {"what": name, "reason": "no web service reaches another Moodle"})
