"""What is particular to some commands when their rows are compared with Moodle."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from sync_operators.reports.drift import OTHER, Difference
from sync_operators.settings import Settings
from sync_operators.tools.tool import ParsedRow, RowPlan, RowPlanner

LEAVES_NOTHING: Final = frozenset(
    {"users_delete", "courses_delete", "courses_check", "courses_reset", "categories_clean", "cohort_links"}
)
"""Commands whose rows do something, or ask something, and then hold no longer."""

BY_NUMBER: Final = frozenset({"enrolments", "cohorts", "group_members"})
"""Commands that want of an account only its number: the list of the site home answers that."""

_ASKED: Final[Mapping[str, Mapping[str, Any]]] = {
    "users": {"protect_emails": False, "allow_rename": True},
    "courses_create": {"update": True, "protect_category": False},
}
_UNTOLD: Final = {"courses_meta": frozenset({"link"})}
_OLD, _UPDATES = "oldusername", "updateid"

Overrides = Mapping[str, str]
"""Cells of a repair file that are not as in the row that was applied."""


def asked_of(command: str) -> Mapping[str, Any]:
    """Settings by which rows are compared: what the command would leave alone counts, too."""
    return _ASKED.get(command, {})


def untold_of(command: str) -> frozenset[str]:
    """Entities of which no web service tells whether they are there."""
    return _UNTOLD.get(command, frozenset())


def compares_only_what_it_made(command: str, settings: Settings) -> bool:
    """Whether values count only of what the command has made: all else it left as it was."""
    return command == "groups" or (command == "courses_create" and not settings.courses_create.update)


def needs_of(difference: Difference, command: str, settings: Settings) -> str | None:
    """The setting without which the command does not bring it back."""
    if difference.what != OTHER:
        return None
    if command == "users":
        return _of_users(difference.field, settings)
    if command == "courses_create" and difference.entity == "course":
        if not settings.courses_create.update:
            return "courses_create.update: true"
        if difference.field == "categoryid" and settings.courses_create.protect_category:
            return "courses_create.protect_category: false"
    return None


def _of_users(field: str | None, settings: Settings) -> str | None:
    if field == "email" and settings.users.protect_emails:
        return "users.protect_emails: false"
    return "users.allow_rename: true" if field == "username" and not settings.users.allow_rename else None


def as_it_stands(row: ParsedRow, command: str, settings: Settings) -> tuple[ParsedRow, Overrides]:
    """The row as it holds now, with what its repair must say otherwise.

    Whom a row has renamed is called by the new name; a group that a row has made is one to be changed.
    """
    told: dict[str, str] = {}
    if command == "users":
        told = {_OLD: ""}
    elif command == "groups" and not row.values.get(_UPDATES):
        told = {_UPDATES: _identifier(row.values, settings)}
    return (replace(row, values={**row.values, **told}) if told else row), told


def _identifier(values: Mapping[str, Any], settings: Settings) -> str:
    """What the command finds a group or grouping by to change it; empty where the row does not say."""
    is_grouping = values.get("type") == "grouping"
    identity = settings.groups.grouping_identity if is_grouping else settings.groups.group_identity
    return str(values.get(identity) or "") if identity != "id" else ""


def plan(planner: RowPlanner, row: ParsedRow, command: str) -> tuple[RowPlan, Overrides]:
    """What a row comes to; somebody may have given another name to its account, which its repair must say then."""
    found = planner.plan(row)
    stored = found.args.get("stored") if command == "users" and found.code == "error_username_collision" else None
    if stored:
        return planner.plan(replace(row, values={**row.values, _OLD: stored})), {_OLD: stored}
    return found, {}
