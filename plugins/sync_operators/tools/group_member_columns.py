"""The columns of `group_members`, and the key of a row."""

from collections.abc import Callable, Sequence
from functools import partial

from sync_operators.command_files.columns import BoundSchema, Column, Schema
from sync_operators.moodle import rules
from sync_operators.moodle.groups import NAME_LENGTH
from sync_operators.tools.accounts import folded
from sync_operators.tools.group_columns import COURSE_LENGTH
from sync_operators.tools.tool import ToolSettings


def schema(settings: ToolSettings) -> Schema:
    """The columns of `group_members`."""
    section = settings.section
    is_id = rules.entity_id
    return Schema((
        # Every row needs a course; a file without the column is told so row by row.
        Column("courseid", limit=COURSE_LENGTH, rule=is_id if section.course_identity == "id" else None),
        Column("groupid", required=True, limit=NAME_LENGTH, rule=is_id if section.group_identity == "id" else None),
        Column(
            "userid",
            required=True,
            limit=rules.MAX_LENGTHS["idnumber"],
            rule=is_id if section.user_identity == "id" else None,
        ),
        Column("cmd", parse=str.lower),
    ))  # fmt: skip


def key_of(bound: BoundSchema, settings: ToolSettings) -> Callable[[Sequence[str]], str]:
    """The key of a row: its course, its group and its account."""
    places = {column.name: at for at, column in bound.places}
    group, user = places["groupid"], places["userid"]
    same = partial(folded, settings.section.user_identity)

    def key(values: Sequence[str]) -> str:
        course = values[places["courseid"]] if "courseid" in places else ""
        return f"courseid={course}\x1fgroupid={values[group]}\x1fuserid={same(values[user])}"

    return key
