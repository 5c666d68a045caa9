"""The columns of `group_members`, and the key of a row."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

from sync_operators.codes import Fault
from sync_operators.command_files.columns import BoundSchema, Column, Schema
from sync_operators.errors import FileRefused
from sync_operators.moodle import rules
from sync_operators.moodle.groups import NAME_LENGTH
from sync_operators.tools.accounts import folded
from sync_operators.tools.group_columns import COURSE_LENGTH
from sync_operators.tools.tool import ToolSettings

_NO_PURGE: Final = "empty groups are deleted by no run"


def schema(settings: ToolSettings) -> Schema:
    """The columns of `group_members`; FileRefused when the settings ask for what no run does."""
    section = settings.section
    if section.purge_empty != "none":
        what, setting = f"purge_empty: {section.purge_empty}", "group_members.purge_empty: none"
        raise FileRefused(Fault("error_unsupported", {"what": what, "reason": _NO_PURGE, "setting": setting}))
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
