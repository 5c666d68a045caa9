"""What follows when operations are done: those that needed them, and the rows that are over with them."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection

from sync_operators.codes import Kind, rank, worst
from sync_operators.ledger import bulk
from sync_operators.ledger.tables import operations, rows
from sync_operators.ledger.values import ENTRY_COLUMNS, Ref, RowEntry, Settled, json_text, loaded, row_entry

NOT_REACHED = "skipped_not_reached"
REF_KINDS = ("user", "course", "category", "cohort", "group")


def settle(tx: Connection, run_id: str, settled: Sequence[Settled], at: datetime) -> list[RowEntry]:
    """Set operations to done with their outcomes; give the rows that are over now, in file order.

    What needed an operation that ended in error is over in the same breath: in the row of that operation as
    `skipped_not_reached`; in another row, which would have no error of its own, with the same error. A row that is
    over has the code of its worst part, the first of equals: its operations by seq, then the parts plan had found. An
    operation that is done already is left as it is.
    """
    closing: Counter[int] = Counter()
    pending = list(settled)
    failed = {one.seq: one for one in pending if one.kind == Kind.ERROR or one.code == NOT_REACHED}
    while pending:
        closing.update(_finish(tx, run_id, pending, at))
        needing = [each for chunk in bulk.chunks(failed) for each in _undone(tx, run_id, "needs", chunk)]
        failed = {seq: failed[needs] for seq, _, needs in needing}
        owners = _rows_of(tx, run_id, {cause.seq for cause in failed.values()})
        pending = [_unreached(seq, failed[seq], own=row == owners[failed[seq].seq]) for seq, row, _ in needing]
    return _close(tx, run_id, closing)


def settle_unreached(tx: Connection, run_id: str, lacking: Mapping[int, int], at: datetime) -> list[RowEntry]:
    """Set operations to done that cannot be sent, each with the one that was to make what it lacks; as `settle` does.

    An operation may take ids from several others; `needs` names the one it falls with at once, for the others it is
    here.
    """
    causes: dict[int, _Done] = {}
    for chunk in bulk.chunks(sorted(set(lacking.values()))):
        asked = bulk.among(tx, operations, _Done._fields, "seq", chunk, run_id=run_id)
        causes |= {done.seq: done for done in map(_Done._make, asked)}
    owners = _rows_of(tx, run_id, lacking)
    failed = {seq: causes[needs] for seq, needs in lacking.items()}
    return settle(
        tx, run_id, [_unreached(seq, _ended(done), own=owners[seq] == done.row) for seq, done in failed.items()], at
    )


def _ended(done: "_Done") -> Settled:
    return Settled(done.seq, done.code, done.kind, done.moodle_code, None, loaded(done.args) or {})


def _unreached(seq: int, cause: Settled, *, own: bool) -> Settled:
    """How an operation ends that needed one that failed; `own`: the row says so already."""
    if own or cause.code == NOT_REACHED:
        return Settled(seq, NOT_REACHED, Kind.SKIP)
    return Settled(seq, cause.code, cause.kind, cause.moodle_code, None, cause.args)


def _finish(tx: Connection, run_id: str, settled: Sequence[Settled], at: datetime) -> list[int]:
    """Set those of the operations to done that are not yet; give the row of each."""
    outcomes = {one.seq: one for one in settled}
    done_at, finished = bulk.moment(tx, at), []
    for chunk in bulk.chunks(outcomes):
        undone = _undone(tx, run_id, "seq", chunk)
        bulk.ask_many(tx, _DONE, [(*_outcome(outcomes[seq]), done_at, run_id, seq) for seq, _, _ in undone])
        finished += [row for _, row, _ in undone]
    return finished


def _undone(tx: Connection, run_id: str, column: str, numbers: Sequence[int]) -> list[tuple[int, int, int]]:
    """Operations that are not done, by `seq` or `needs`: each with its row and with what it needs."""
    found = bulk.among(tx, operations, ("seq", "row", "needs", "state"), column, numbers, run_id=run_id)
    return [(seq, row, needs) for seq, row, needs, state in found if state != "done"]


# On the driver itself: SQLAlchemy's cost per row is more than that of all else that is done for it.
_DONE = (
    "UPDATE operations SET state = 'done', code = ?, kind = ?, moodle_code = ?, made_id = ?, args = ?, warnings = ?, "
    "done_at = ? WHERE run_id = ? AND seq = ?"
)


def _outcome(one: Settled) -> tuple[Any, ...]:
    return (one.code, str(one.kind), one.moodle_code, one.moodle_id, json_text(one.args), json_text(one.warnings))


def _rows_of(tx: Connection, run_id: str, seqs: Iterable[int]) -> dict[int, int]:
    """The row of each of some operations."""
    found: dict[int, int] = {}
    for chunk in bulk.chunks(sorted(seqs)):
        found.update(bulk.among(tx, operations, ("seq", "row"), "seq", chunk, run_id=run_id))
    return found


def _close(tx: Connection, run_id: str, finished: Counter[int]) -> list[RowEntry]:
    """Count finished operations off their rows; give those that have none open any more, with their outcome."""
    closed: list[RowEntry] = []
    for chunk in bulk.chunks(sorted(finished)):
        found = bulk.among(tx, rows, ENTRY_COLUMNS, "row", chunk, run_id=run_id)
        entries = sorted(map(row_entry, found), key=lambda entry: entry.row)
        over, left = _parted(entries, finished)
        closed += _outcomes(tx, run_id, over)
        if left:
            bulk.ask_many(tx, _COUNTED_OFF, [(finished[entry.row], run_id, entry.row) for entry in left])
    if closed:
        bulk.ask_many(tx, _CLOSED, [(*_closing(entry), True, run_id, entry.row) for entry in closed])
    return closed


_COUNTED_OFF = 'UPDATE rows SET open_operations = open_operations - ? WHERE run_id = ? AND "row" = ?'
_CLOSED = (
    "UPDATE rows SET open_operations = 0, code = ?, kind = ?, parts = ?, warnings = ?, args = ?, refs = ?, "
    'moodle_code = ?, recorded = ? WHERE run_id = ? AND "row" = ?'
)


def _closing(entry: RowEntry) -> tuple[Any, ...]:
    told: tuple[Any, ...] = (entry.parts, entry.warnings, entry.args, entry.refs)
    return (entry.code, entry.kind, *map(json_text, told), entry.moodle_code)


def _parted(entries: Iterable[RowEntry], finished: Counter[int]) -> tuple[list[RowEntry], list[RowEntry]]:
    """Part rows into those that are over and those that still wait for an operation."""
    over: list[RowEntry] = []
    left: list[RowEntry] = []
    for entry in entries:
        (over if entry.open_operations <= finished[entry.row] else left).append(entry)
    return over, left


class _Done(NamedTuple):
    """An operation that is done: not what it was to change, which is the most of it."""

    seq: int
    row: int
    needs: int | None
    verb: str
    entity: str
    key: str
    moodle_id: int | None
    made_id: int | None
    code: str
    kind: str
    moodle_code: str | None
    args: Any
    warnings: Any

    @property
    def ref(self) -> Ref | None:
        """What it touched, if a row can stand on that."""
        moodle_id = self.moodle_id or self.made_id
        return (self.entity, moodle_id) if moodle_id and self.entity in REF_KINDS else None


def _outcomes(tx: Connection, run_id: str, over: Sequence[RowEntry]) -> list[RowEntry]:
    parts: dict[int, list[_Done]] = defaultdict(list)
    found = bulk.among(tx, operations, _Done._fields, "row", [entry.row for entry in over], run_id=run_id)
    for done in map(_Done._make, sorted(found)):
        parts[done.row].append(done)
    made = _made(tx, run_id, {done.needs for each in parts.values() for done in each if done.needs})
    return [_outcome_of_row(entry, parts[entry.row], made) for entry in over]


def _made(tx: Connection, run_id: str, seqs: Iterable[int]) -> dict[int, Ref]:
    """Give what operations that others needed have made: a row stands on that too, whichever row made it."""
    found: dict[int, Ref] = {}
    for chunk in bulk.chunks(sorted(seqs)):
        asked = bulk.among(tx, operations, _Done._fields, "seq", chunk, run_id=run_id)
        found |= {done.seq: done.ref for done in map(_Done._make, asked) if done.ref}
    return found


def _outcome_of_row(entry: RowEntry, done: Sequence[_Done], made: Mapping[int, Ref]) -> RowEntry:
    parts = [*map(_part, done), *entry.parts]
    principal = max(parts, key=_gravity) if len(parts) > 1 else parts[0]  # the first of equals
    told = [warning for operation in done if operation.warnings for warning in loaded(operation.warnings)]
    warnings = (*entry.warnings, *told)
    return entry._replace(
        open_operations=0,
        code=principal["code"],
        kind=str(worst([Kind(principal["kind"]), Kind.WARN])) if warnings else principal["kind"],
        parts=tuple(parts) if len(parts) > 1 else (),
        warnings=warnings,
        args={**entry.args, **principal["args"]} if "args" in principal else entry.args,
        refs=_refs(entry, done, made),
        moodle_code=principal.get("moodle_code"),
    )


def _part(done: _Done) -> dict[str, Any]:
    part = {"code": done.code, "kind": done.kind, "verb": done.verb, "entity": done.entity, "key": done.key}
    if done.args is not None:
        part["args"] = loaded(done.args)
    return part if done.moodle_code is None else part | {"moodle_code": done.moodle_code}


def _gravity(part: Mapping[str, Any]) -> int:
    return rank(part["kind"])


def _refs(entry: RowEntry, done: Sequence[_Done], made: Mapping[int, Ref]) -> tuple[Ref, ...]:
    """Give what the row stands on now: with what it or another row made for it, without what it deleted."""
    touched = {operation.ref: operation.verb for operation in done}
    needed = [made.get(operation.needs or 0) for operation in done]
    refs = dict.fromkeys([*entry.refs, *touched, *needed])
    return tuple(ref for ref in refs if ref and touched.get(ref) != "delete")
