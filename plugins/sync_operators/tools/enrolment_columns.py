"""The columns of `enrolments`, and the key of a row."""

import re
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

from sync_operators.command_files.columns import BoundSchema, Column, Schema
from sync_operators.command_files.values import times
from sync_operators.moodle import rules
from sync_operators.moodle.groups import NAME_LENGTH
from sync_operators.tools.accounts import folded
from sync_operators.tools.tool import ToolSettings

GROUPS: Final = tuple(f"g{number}" for number in range(1, 10))

_METHOD: Final = re.compile(r"[a-z][a-z0-9_]*")
COURSE_LENGTH: Final = 255
ROLE_LENGTH: Final = 100


def method_fault(value: str) -> str | None:
    """Why a text cannot be the name of an enrolment method."""
    return None if _METHOD.fullmatch(value) else "shortname_characters"


def _is_id(value: str) -> str | None:
    return rules.entity_id(value)


def schema(settings: ToolSettings) -> Schema:
    """The columns of `enrolments`."""
    section, moment = settings.section, times(settings.timezone)
    course_rule = _is_id if section.course_identity == "id" else None
    user_rule = _is_id if section.user_identity == "id" else None
    return Schema((
        # It may be empty where a row ends an enrolment.
        Column("rolename", in_header=True, limit=ROLE_LENGTH),
        Column("cid", required=True, limit=COURSE_LENGTH, rule=course_rule),
        Column("uid", required=True, limit=rules.MAX_LENGTHS["idnumber"], rule=user_rule),
        Column("cmd", parse=str.lower),
        Column("enrol", parse=str.lower, rule=method_fault),
        Column("starttime", parse=moment),
        Column("endtime", parse=moment),
        Column("gcmd", parse=str.lower),
        *(Column(name, limit=NAME_LENGTH) for name in GROUPS),
    ))  # fmt: skip


def key_of(bound: BoundSchema, settings: ToolSettings) -> Callable[[Sequence[str]], str]:
    """The key of a row: its course and its account."""
    places = {column.name: at for at, column in bound.places}
    course, user = places["cid"], places["uid"]
    same = partial(folded, settings.section.user_identity)

    def key(values: Sequence[str]) -> str:
        return f"cid={values[course]}\x1fuid={same(values[user])}"

    return key
