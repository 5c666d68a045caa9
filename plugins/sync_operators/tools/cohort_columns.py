"""The columns of `cohorts`, and the key of a row."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final, Literal

from sync_operators.command_files.columns import BoundSchema, Column, Schema
from sync_operators.moodle import rules
from sync_operators.moodle.cohorts import IDNUMBER_LENGTH, NAME_LENGTH
from sync_operators.tools.accounts import folded
from sync_operators.tools.tool import ToolSettings

KEYS: Final[Mapping[str, str]] = {"idnumber": "cidnumber", "name": "cname", "id": "cid"}
"""The column that names the cohort, by the identity of the settings."""

ALIAS: Final = "cid"
"""What an old help text calls the key column whatever the identity."""

_COMPONENT: Final = "component"

IGNORED: Final = frozenset({_COMPONENT})
"""No web service makes a plugin the owner of a cohort."""


@dataclass(frozen=True, slots=True)
class CohortSchema(Schema):
    """Takes `cid` where a file does not have the column of the identity."""

    key: str = "cidnumber"

    def bind(self, header: Sequence[str], *, unknown: Literal["refuse", "ignore"] = "refuse") -> BoundSchema:
        """The columns of one file."""
        if self.key in header or ALIAS not in header:
            return Schema(self.columns).bind(header, unknown=unknown)
        key = next(column for column in self.columns if column.name == self.key)
        others = (column for column in self.columns if column.name not in {self.key, ALIAS})
        return Schema((replace(key, name=ALIAS), *others)).bind(header, unknown=unknown)


def schema(settings: ToolSettings) -> Schema:
    """The columns of `cohorts`."""
    section = settings.section
    key, user_rule = KEYS[section.identity], rules.entity_id if section.user_identity == "id" else None
    columns = (
        Column("cidnumber", limit=IDNUMBER_LENGTH),
        Column("cname", limit=NAME_LENGTH),
        Column(ALIAS, rule=rules.entity_id if key == ALIAS else None),
        Column("cmd", parse=str.lower),
        Column("userid", limit=rules.MAX_LENGTHS["idnumber"], rule=user_rule),
        Column("cdescription"),
        Column("ccatcontext"),
        Column("ccatcontextidnumber"),
        Column(_COMPONENT),
    )
    return CohortSchema(
        tuple(replace(column, required=True) if column.name == key else column for column in columns), key=key
    )


def key_of(bound: BoundSchema, settings: ToolSettings) -> Callable[[Sequence[str]], str]:
    """The key of a row: its cohort, and the account where it names one."""
    places = {column.name: at for at, column in bound.places}
    name = key_column(places, settings.section.identity)
    cohort, user = places[name], places.get("userid")
    same = partial(folded, settings.section.user_identity)

    def key(values: Sequence[str]) -> str:
        member = "" if user is None or not values[user] else f"\x1fuserid={same(values[user])}"
        return f"{name}={values[cohort]}{member}"

    return key


def key_column(there: Mapping[str, Any], identity: str) -> str:
    """The column that names the cohort in a file that has these columns."""
    return KEYS[identity] if KEYS[identity] in there else ALIAS
