"""What follows when operations are done: those that needed them, and the rows that are over with them."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from sync_operators.codes import Kind, worst
from sync_operators.ledger import bulk
from sync_operators.ledger.tables import operations, rows
from sync_operators.ledger.values import Ref, RowEntry, Settled, json_text, row_entry

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
        needing = _needing(tx, run_id, failed)
        failed = {seq: failed[needs] for seq, _, needs in needing}
        owners = _rows_of(tx, run_id, {cause.seq for cause in failed.values()})
        pending = [_unreached(seq, failed[seq], own=row == owners[failed[seq].seq]) for seq, row, _ in needing]
    return _close(tx, run_id, closing)


def _unreached(seq: int, cause: Settled, *, own: bool) -> Settled:
    """How an operation ends that needed one that failed; `own`: the row says so already."""
    if own or cause.code == NOT_REACHED:
        return Settled(seq, NOT_REACHED, Kind.SKIP)
    return Settled(seq, cause.code, cause.kind, cause.moodle_code, None, cause.args)


def _finish(tx: Connection, run_id: str, settled: Sequence[Settled], at: datetime) -> list[int]:
    """Set those of the operations to done that are not yet; give the row of each."""
    outcomes = {one.seq: one for one in settled}
    finished: list[int] = []
    for chunk in bulk.chunks(outcomes):
        undone = (operations.c.run_id == run_id, operations.c.state != "done")
        only = (operations.c.seq, operations.c.row)
        found = tx.execute(bulk.among(tx, operations, operations.c.seq, chunk, *undone, only=only)).all()
        if found:
            done_at = bulk.moment(tx, at)
            bulk.ask_many(tx, _DONE, [(*_outcome(outcomes[done.seq]), done_at, run_id, done.seq) for done in found])
        finished += [operation.row for operation in found]
    return finished


# On the driver itself: SQLAlchemy's cost per row is more than that of all else that is done for it.
_DONE = (
    "UPDATE operations SET state = 'done', code = ?, kind = ?, moodle_code = ?, made_id = ?, args = ?, warnings = ?, "
    "done_at = ? WHERE run_id = ? AND seq = ?"
)


def _outcome(one: Settled) -> tuple[Any, ...]:
    return (one.code, str(one.kind), one.moodle_code, one.moodle_id, json_text(one.args), json_text(one.warnings))


def _needing(tx: Connection, run_id: str, failed: Iterable[int]) -> list[tuple[int, int, int]]:
    """Operations that are not done and need one that failed, each with its row and with what it needs."""
    found: list[tuple[int, int, int]] = []
    only = (operations.c.seq, operations.c.row, operations.c.needs)
    for chunk in bulk.chunks(failed):
        undone = (operations.c.run_id == run_id, operations.c.state != "done")
        found += [
            tuple(each)
            for each in tx.execute(bulk.among(tx, operations, operations.c.needs, chunk, *undone, only=only))
        ]
    return found


def _rows_of(tx: Connection, run_id: str, seqs: Iterable[int]) -> dict[int, int]:
    """The row of each of some operations."""
    found: dict[int, int] = {}
    only = (operations.c.seq, operations.c.row)
    for chunk in bulk.chunks(sorted(seqs)):
        asked = bulk.among(tx, operations, operations.c.seq, chunk, operations.c.run_id == run_id, only=only)
        found |= {each.seq: each.row for each in tx.execute(asked)}
    return found


def _close(tx: Connection, run_id: str, finished: Counter[int]) -> list[RowEntry]:
    """Count finished operations off their rows; give those that have none open any more, with their outcome."""
    closed: list[RowEntry] = []
    for chunk in bulk.chunks(sorted(finished)):
        found = tx.execute(bulk.among(tx, rows, rows.c.row, chunk, rows.c.run_id == run_id))
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


_OF_OUTCOME = tuple(
    operations.c[name]
    for name in (
        *("seq", "row", "needs", "verb", "entity", "key", "moodle_id", "made_id"),
        *("code", "kind", "moodle_code", "args", "warnings"),
    )
)
"""Not what the operation was to change, which is the most of it."""


def _outcomes(tx: Connection, run_id: str, over: Sequence[RowEntry]) -> list[RowEntry]:
    parts: dict[int, list[Any]] = defaultdict(list)
    numbers, of_run = [entry.row for entry in over], operations.c.run_id == run_id
    wanted = bulk.among(tx, operations, operations.c.row, numbers, of_run, only=_OF_OUTCOME)
    for done in sorted(tx.execute(wanted), key=lambda operation: operation.seq):
        parts[done.row].append(done)
    made = _made(tx, run_id, {done.needs for each in parts.values() for done in each if done.needs})
    return [_outcome_of_row(entry, parts[entry.row], made) for entry in over]


def _made(tx: Connection, run_id: str, seqs: Iterable[int]) -> dict[int, Ref]:
    """Give what operations that others needed have made: a row stands on that too, whichever row made it."""
    found: dict[int, Ref] = {}
    only = tuple(operations.c[name] for name in ("seq", "entity", "moodle_id", "made_id"))
    for chunk in bulk.chunks(sorted(seqs)):
        asked = bulk.among(tx, operations, operations.c.seq, chunk, operations.c.run_id == run_id, only=only)
        for each in tx.execute(asked):
            if each.entity in REF_KINDS and (moodle_id := each.moodle_id or each.made_id):
                found[each.seq] = (each.entity, moodle_id)
    return found


def _outcome_of_row(entry: RowEntry, done: Sequence[Any], made: Mapping[int, Ref]) -> RowEntry:
    parts = [_part(operation) for operation in done] + [dict(part) for part in entry.parts]
    principal = _principal(parts)
    warnings = (*entry.warnings, *(warning for operation in done for warning in operation.warnings or ()))
    return replace(
        entry,
        open_operations=0,
        code=principal["code"],
        kind=str(worst([Kind(principal["kind"]), *([Kind.WARN] if warnings else [])])),
        parts=tuple(parts) if len(parts) > 1 else (),
        warnings=warnings,
        args={**entry.args, **principal.get("args", {})},
        refs=_refs(entry, done, made),
        moodle_code=principal.get("moodle_code"),
    )


def _part(operation: Any) -> dict[str, Any]:
    part = {
        "code": operation.code,
        "kind": operation.kind,
        "verb": operation.verb,
        "entity": operation.entity,
        "key": operation.key,
        "args": operation.args,
        "moodle_code": operation.moodle_code,
    }
    return {name: value for name, value in part.items() if value is not None}


def _principal(parts: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Give the worst of a row's parts, the first of equals."""
    gravest = worst(Kind(part["kind"]) for part in parts)
    return next(part for part in parts if part["kind"] == gravest)


def _refs(entry: RowEntry, done: Sequence[Any], made: Mapping[int, Ref]) -> tuple[Ref, ...]:
    """Give what the row stands on now: with what it or another row made for it, without what it deleted."""
    touched = {
        (operation.entity, operation.moodle_id or operation.made_id): operation.verb
        for operation in done
        if operation.entity in REF_KINDS and (operation.moodle_id or operation.made_id)
    }
    gone = {ref for ref, verb in touched.items() if verb == "delete"}
    needed = [made[operation.needs] for operation in done if operation.needs in made]
    return tuple(ref for ref in dict.fromkeys([*entry.refs, *touched, *needed]) if ref not in gone)
