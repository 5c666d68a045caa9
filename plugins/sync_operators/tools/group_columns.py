"""The columns of `groups`, and the key of a row."""

from collections.abc import Callable, Sequence
from typing import Final

from sync_operators.command_files.columns import BoundSchema, Column, Schema
from sync_operators.command_files.values import yes_or_no
from sync_operators.moodle import rules
from sync_operators.moodle.groups import IDNUMBER_LENGTH, NAME_LENGTH
from sync_operators.tools.tool import ToolSettings

GROUP: Final = "group"
GROUPING: Final = "grouping"

COURSE_LENGTH: Final = 255
_NAMES: Final = ("updateid", "idnumber", "name")
"""What names a group or grouping in its course: the first that a row gives."""


def schema(settings: ToolSettings) -> Schema:
    """The columns of `groups`."""
    course_rule = rules.entity_id if settings.section.course_identity == "id" else None
    return Schema((
        Column("courseid", required=True, limit=COURSE_LENGTH, rule=course_rule),
        Column("name", required=True, limit=NAME_LENGTH, rule=rules.text),
        Column("type", parse=str.lower, choices=(GROUP, GROUPING)),
        Column("idnumber", limit=IDNUMBER_LENGTH),
        Column("description"),
        Column("updateid", limit=NAME_LENGTH),
        Column("selfgrouping", parse=yes_or_no),
        Column("grouping", limit=IDNUMBER_LENGTH),
    ))  # fmt: skip


def key_of(bound: BoundSchema, settings: ToolSettings) -> Callable[[Sequence[str]], str]:  # noqa: ARG001
    """The key of a row: its course, whether it is about a grouping, and the first identifier that it gives."""
    places = {column.name: at for at, column in bound.places}
    course, names = places["courseid"], [(name, places[name]) for name in _NAMES if name in places]

    def key(values: Sequence[str]) -> str:
        kind = values[places["type"]].strip().lower() if "type" in places else ""
        name, at = next(((name, at) for name, at in names if values[at]), names[-1])
        return f"courseid={values[course]}\x1ftype={kind or GROUP}\x1f{name}={values[at]}"

    return key
