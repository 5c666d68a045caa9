"""The columns of `courses_reset`, and which of them a web service can do."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from sync_operators.command_files.columns import BoundSchema, Column, Schema
from sync_operators.command_files.values import choice, yes_or_no
from sync_operators.tools.tool import ToolSettings

_NOTHING: Final = ("none", "no", "0", "non")
REQUIRED: Final = (
    "events", "logs", "notes", "grades", "roles", "local_roles", "groups", "groupings", "modules",
)  # fmt: skip
"""Columns that a header must have: whoever leaves one out by mistake learns it before anything is emptied."""

_YES_NO: Final = ("events", "logs", "notes", "completion", "blog_associations", "comments")
MODULE_OPTIONS: Final = (
    "forum_all", "forum_subscriptions", "glossary_all", "chat", "data", "slots", "apointments",
    "assignment_submissions", "assign_submissions", "survey_answers", "lesson", "choice", "scorm", "quiz_attempts",
)  # fmt: skip
DONE: Final = ("groupings", "groups", "roles")
"""What can be put together from web services; every other part is told by name."""


def _choice(name: str, *words: str) -> Column:
    return Column(name, parse=choice(*words, *_NOTHING), in_header=name in REQUIRED)


_COLUMNS: Final = (
    *(Column(name, parse=yes_or_no, in_header=name in REQUIRED) for name in _YES_NO),
    _choice("grades", "all", "items", "grades"),
    Column("roles", in_header=True),
    _choice("local_roles", "all", "roles", "overrides"),
    _choice("groups", "all", "groups", "members"),
    _choice("groupings", "all", "groups", "groupings", "members"),
    Column("modules", in_header=True),
    *(Column(name, parse=yes_or_no) for name in MODULE_OPTIONS),
)


def reset_schema(settings: ToolSettings) -> Schema:
    """The columns of `courses_reset`."""
    return Schema((Column(settings.section.identity, required=True), *_COLUMNS))


def key_of(bound: BoundSchema, settings: ToolSettings) -> Callable[[Sequence[str]], str]:
    """The key of a row: its course."""
    identity = settings.section.identity
    place = next(at for at, column in bound.places if column.name == identity)
    return lambda values: f"{identity}={values[place]}"


def asked(values: Mapping[str, Any]) -> dict[str, str]:
    """The parts that a row asks for, each with its value; a column that is not there asks for nothing."""
    names = [column.name for column in _COLUMNS if column.name in values]
    wanted = {name: values[name] for name in names if values[name] and str(values[name]).lower() not in _NOTHING}
    return {name: "yes" if value is True else str(value) for name, value in wanted.items()}
