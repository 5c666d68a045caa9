"""What travels between ledger and callers about a plan: rows, operations, and how operations ended."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from sync_operators.ledger.bulk import read_moment, storable
from sync_operators.ledger.column_types import from_json, to_json

Ref = tuple[str, int]
"""What an applied row stands on: (user, course, category, cohort or group; Moodle's id)."""

MADE = "$made"
"""In the fields of an operation {MADE: seq} stands for the id that another operation makes."""

_NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})


# Named tuples: a run makes several for each row while Moodle waits, and a frozen dataclass takes twice as long.
class RowEntry(NamedTuple):
    """A row of a command file in a run, and its outcome so far.

    `key` is the command's identity of the row (None when the row is too faulty to have one), `identifiers` what a
    report calls it by. `parts` are those that plan found (an error in a block, say); the operations add theirs.
    """

    row: int
    line: int | None
    last_line: int | None
    entry: str | None
    key: str | None
    fingerprint: int | None
    open_operations: int = 0
    code: str | None = None
    kind: str | None = None
    parts: tuple[Mapping[str, Any], ...] = ()
    warnings: tuple[str, ...] = ()
    args: Mapping[str, str] = _NOTHING
    refs: tuple[Ref, ...] = ()
    identifiers: Mapping[str, str] = _NOTHING
    moodle_code: str | None = None


class Operation(NamedTuple):
    """One intended act on one entity of Moodle.

    `moodle_id` is the entity's id; for a create it is known when the operation is done. `needs` is the operation
    whose new id this one takes. `before_unknown` names fields whose former value Moodle does not tell.
    """

    seq: int
    row: int
    wave: int
    needs: int | None
    verb: str
    entity: str
    key: str
    moodle_id: int | None = None
    before: Mapping[str, Any] = _NOTHING
    after: Mapping[str, Any] = _NOTHING
    before_unknown: tuple[str, ...] = ()
    state: str = "planned"
    code: str | None = None
    moodle_code: str | None = None
    sent_at: datetime | None = None
    done_at: datetime | None = None

    @property
    def takes_from(self) -> list[int]:
        """The operations whose new ids stand in its fields."""
        values = (*self.before.values(), *self.after.values())
        return [value[MADE] for value in values if isinstance(value, dict) and MADE in value]


def is_made_id(value: Any) -> bool:
    """Whether a field stands for an id that another operation makes."""
    return isinstance(value, dict) and MADE in value


class Settled(NamedTuple):
    """How one operation ended."""

    seq: int
    code: str
    kind: str
    moodle_code: str | None = None
    moodle_id: int | None = None
    args: Mapping[str, str] = _NOTHING
    warnings: tuple[str, ...] = ()


ENTRY_COLUMNS = RowEntry._fields
ROW_COLUMNS = ("run_id", *ENTRY_COLUMNS)
READ_COLUMNS = (*Operation._fields, "made_id")
OPERATION_COLUMNS = (
    "run_id",
    "seq",
    "row",
    "wave",
    "needs",
    "verb",
    "entity",
    "key",
    "moodle_id",
    "before",
    "after",
    "before_unknown",
    "state",
)


def row_values(run_id: str, entry: RowEntry) -> tuple[Any, ...]:
    """Give a row as the database takes it, in the order of ROW_COLUMNS."""
    return (
        run_id,
        entry.row,
        entry.line,
        entry.last_line,
        _text(entry.entry),
        _text(entry.key),
        entry.fingerprint,
        entry.open_operations,
        entry.code,
        None if entry.kind is None else str(entry.kind),
        json_text(entry.parts),
        json_text(entry.warnings),
        json_text(entry.args),
        json_text(entry.refs),
        json_text(entry.identifiers),
        entry.moodle_code,
    )


def operation_values(run_id: str, operation: Operation) -> tuple[Any, ...]:
    """Give a new operation as the database takes it, in the order of OPERATION_COLUMNS."""
    return (
        run_id,
        operation.seq,
        operation.row,
        operation.wave,
        operation.needs,
        operation.verb,
        operation.entity,
        storable(operation.key),
        operation.moodle_id,
        json_text(operation.before),
        json_text(operation.after),
        json_text(operation.before_unknown),
        operation.state,
    )


def row_entry(row: Sequence[Any]) -> RowEntry:
    """Read a row of the table `rows`, by its ENTRY_COLUMNS."""
    number, line, last_line, entry, key, fingerprint, open_operations, code, kind, *rest = row
    parts, warnings, args, refs, identifiers, moodle_code = rest
    return RowEntry(
        number,
        line,
        last_line,
        entry,
        key,
        fingerprint,
        open_operations,
        code,
        kind,
        tuple(loaded(parts)) if parts else (),
        tuple(loaded(warnings)) if warnings else (),
        loaded(args) if args else {},
        _refs(loaded(refs)) if refs else (),
        loaded(identifiers) if identifiers else {},
        moodle_code,
    )


def loaded(value: Any) -> Any:
    """Give a list or a mapping that was stored, whether the driver has read it already (psycopg) or not (SQLite)."""
    return from_json(value) if isinstance(value, str) else value


def operation(row: Sequence[Any]) -> Operation:
    """Read a row of the table `operations`, by its READ_COLUMNS, as SQLAlchemy or the driver has it."""
    seq, number, wave, needs, verb, entity, key, moodle_id, before, after, before_unknown, *rest = row
    state, code, moodle_code, sent_at, done_at, made_id = rest
    return Operation(
        seq,
        number,
        wave,
        needs,
        verb,
        entity,
        key,
        made_id if moodle_id is None else moodle_id,
        loaded(before) if before else {},
        loaded(after) if after else {},
        tuple(loaded(before_unknown)) if before_unknown else (),
        state,
        code,
        moodle_code,
        read_moment(sent_at),
        read_moment(done_at),
    )


def _refs(stored: Sequence[Sequence[Any]]) -> tuple[Ref, ...]:
    return tuple((str(kind), int(moodle_id)) for kind, moodle_id in stored)


def _text(value: str | None) -> str | None:
    return None if value is None else storable(value)


def json_text(value: Mapping[str, Any] | Sequence[Any]) -> str | None:
    """Write what is worth writing: most rows have no parts, warnings, arguments or references."""
    return to_json(_plain(value)) if value else None


def _plain(value: Mapping[str, Any] | Sequence[Any]) -> Any:
    return dict(value) if isinstance(value, Mapping) else [_plain_item(item) for item in value]


def _plain_item(item: Any) -> Any:
    return dict(item) if isinstance(item, Mapping) else item
