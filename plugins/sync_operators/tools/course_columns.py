"""The columns of `courses_create`, what kind of thing each holds, and how a web service takes it."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, tzinfo
from functools import partial
from typing import Any, Final

from sync_operators.command_files.columns import BoundSchema, Column, Pattern, Schema
from sync_operators.command_files.values import integer, times, yes_or_no
from sync_operators.moodle import rules
from sync_operators.tools.tool import ToolSettings

CUSTOM: Final = "customfield_"
OPTIONS: Final = frozenset({"coursedisplay"})
"""Columns that Moodle keeps as options of the course format."""

IGNORED: Final = frozenset({"sortorder", "marker", "legacyfiles", "timecreated", "timemodified", "visibleold", "tags"})
"""Columns of the old plugin (and `tags`) that no web service of Moodle 4.5 takes (moodle/ws-functions.md)."""

METHODS: Final = ("self", "guest")
"""Methods of enrolment: no web service adds or changes one."""

_PLUGIN: Final = partial(rules.fault, "theme")
_CLEARED: Final[Mapping[str, Any]] = {"summary": "", "enddate": 0}
"""What an empty cell sends where it clears; nothing else can be cleared by a web service."""

_TOPIC: Final = re.compile("topic([0-9]+)")
_TEACHER: Final = re.compile("teacher([1-9][0-9]*)_account")


def _identifiers(identity: str) -> tuple[Column, ...]:
    given = (Column("id", required=True, rule=rules.entity_id),) if identity == "id" else ()
    return (
        *given,
        Column("shortname", required=True, limit=255, rule=rules.text),
        Column("fullname", required=True, limit=254, rule=rules.text),
        Column("idnumber", required=identity == "idnumber", limit=100),
    )


def _fields(timezone: tzinfo) -> tuple[Column, ...]:
    """Fields that are compared and sent as they stand, under the name of the column but for `theme`."""
    moment = times(timezone)
    return (
        Column("summary"),
        Column("format", parse=str.lower, rule=_PLUGIN),
        Column("showgrades", parse=yes_or_no),
        Column("showreports", parse=yes_or_no),
        Column("newsitems", parse=integer(0, 10)),
        Column("startdate", parse=moment),
        Column("enddate", parse=moment),
        Column("maxbytes", parse=integer()),
        Column("visible", parse=yes_or_no),
        Column("groupmode", parse=integer(0, 2)),
        Column("groupmodeforce", parse=yes_or_no),
        Column("lang", parse=lambda cell: cell.lower().removesuffix("_utf8"), limit=30, rule=rules.lang),
        Column("theme", limit=50, rule=_PLUGIN),
        Column("coursedisplay", parse=integer(0, 1)),
        Column("enablecompletion", parse=yes_or_no),
        Column("defaultgroupingid", parse=integer()),
    )


_FIELD_NAMES: Final = frozenset(column.name for column in _fields(UTC))

_OTHERS: Final = (
    Column("category"),
    Column("category_idnumber", limit=100),
    Column("template", limit=255),
    *(Column(name, parse=yes_or_no) for name in METHODS),
    Column("topic0"),
    *map(Column, sorted(IGNORED)),
)

PATTERNS: Final = (
    Pattern(f"{CUSTOM}<short>"),
    Pattern("topic<n>"),
    Pattern("teacher<n>_account"),
    Pattern("teacher<n>_role", limit=100),
)


def courses_schema(settings: ToolSettings) -> Schema:
    """The columns of `courses_create`."""
    return Schema((*_identifiers(settings.section.identity), *_fields(settings.timezone), *_OTHERS), PATTERNS)


def key_of(bound: BoundSchema, settings: ToolSettings) -> Callable[[Sequence[str]], str]:
    """The key of a row: its identity, byte by byte."""
    identity = settings.section.identity
    place = next(at for at, column in bound.places if column.name == identity)
    return lambda values: f"{identity}={values[place]}"


def wanted_fields(values: Mapping[str, Any], *, clear: bool = False) -> dict[str, Any]:
    """What a row says of the course's fields, by the names the functions have for them; no names, no category."""
    wanted: dict[str, Any] = {}
    for name, value in values.items():
        if name not in _FIELD_NAMES and not name.startswith(CUSTOM):
            continue
        if value != "":
            wanted["forcetheme" if name == "theme" else name] = value
        elif clear and (name in _CLEARED or name.startswith(CUSTOM)):
            wanted[name] = _CLEARED.get(name, "")
    return wanted


def course_fields(values: Mapping[str, Any]) -> dict[str, Any]:
    """The form fields of a course: custom fields and options of the format in their lists."""
    custom = [
        {"shortname": name.removeprefix(CUSTOM), "value": value}
        for name, value in values.items()
        if name.startswith(CUSTOM)
    ]
    options = [{"name": name, "value": value} for name, value in values.items() if name in OPTIONS]
    plain = {name: value for name, value in values.items() if name not in OPTIONS and not name.startswith(CUSTOM)}
    lists = {"customfields": custom, "courseformatoptions": options}
    return plain | {name: entries for name, entries in lists.items() if entries}


def topics(values: Mapping[str, Any]) -> dict[int, str]:
    """The columns of section titles that are filled, by the section's number."""
    found = ((_TOPIC.fullmatch(name), value) for name, value in values.items() if value)
    return {int(match[1]): value for match, value in found if match}


def teachers(values: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Who is to be enrolled, each with a role's short name (empty: none given)."""
    found = ((_TEACHER.fullmatch(name), value) for name, value in values.items() if value)
    return [(value, values.get(f"teacher{match[1]}_role") or "") for match, value in found if match]
