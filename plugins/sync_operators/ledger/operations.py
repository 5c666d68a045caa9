"""A run's plan and journal: its rows, its operations, and what became of them."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, case, delete, exists, func, select

from sync_operators.errors import LeaseLost
from sync_operators.ledger import bulk
from sync_operators.ledger.recording import Recordable, recordable, take_unrecorded
from sync_operators.ledger.settling import settle, settle_unreached
from sync_operators.ledger.tables import events, runs
from sync_operators.ledger.tables import operations as table
from sync_operators.ledger.tables import rows as rows_table
from sync_operators.ledger.values import (
    ENTRY_COLUMNS,
    MADE,
    OPERATION_COLUMNS,
    READ_COLUMNS,
    ROW_COLUMNS,
    Operation,
    Ref,
    RowEntry,
    Settled,
    is_made_id,
    operation,
    operation_values,
    row_entry,
    row_values,
)

__all__ = [
    "MADE",
    "Operation",
    "Recordable",
    "Ref",
    "RowEntry",
    "Settled",
    "add_operations",
    "add_rows",
    "by_risk",
    "count_open",
    "count_rows",
    "count_verbs",
    "count_warnings",
    "digest",
    "forget_plan",
    "is_made_id",
    "last_seq",
    "mark_planned",
    "mark_sent",
    "needed_ids",
    "others_wrote_since",
    "planned",
    "recordable",
    "riskiest",
    "rows",
    "sent",
    "settle",
    "settle_unreached",
    "take_unrecorded",
    "told",
    "waves",
]

_RISK = (
    *("delete", "purge_group", "purge_grouping", "replace_content"),
    *("reset_roles", "reset_members", "reset_groups", "reset_groupings", "reset_bonds"),
    *("suspend", "unenrol", "unlink", "remove", "clear", "unassign", "move", "rename", "update"),
)
"""Verbs by how hard they are to take back, the hardest first; every other comes last."""

_OPERATIONS = select(*(table.c[name] for name in READ_COLUMNS))
_DIGESTED = ("seq", "row", "wave", "needs", "verb", "entity", "key", "moodle_id", "before", "after")
# JSON of texts, by its own part: an encoder for each row costs more than all else about it.
_text = json.encoder.encode_basestring_ascii


def _number(value: int | None) -> int | str:
    return "null" if value is None else value


def add_rows(tx: Connection, run_id: str, entries: Iterable[RowEntry]) -> None:
    """Write rows of a plan; at most a thousand in one transaction."""
    bulk.insert(tx, rows_table, ROW_COLUMNS, (row_values(run_id, entry) for entry in entries))


def add_operations(tx: Connection, run_id: str, ops: Iterable[Operation]) -> None:
    """Write operations of a plan; at most a thousand in one transaction."""
    bulk.insert(tx, table, OPERATION_COLUMNS, (operation_values(run_id, op) for op in ops))


def last_seq(tx: Connection, run_id: str) -> int:
    """Give the highest number in use, 0 without any: a second plan of the same run counts on from there."""
    return int(tx.execute(select(func.coalesce(func.max(table.c.seq), 0)).where(table.c.run_id == run_id)).scalar_one())


def forget_plan(tx: Connection, run_id: str) -> None:
    """Remove what is not done, so that it can be planned afresh.

    Operations that are done stay, and so do the rows that are over because of them. `sent` ones must have been
    settled: forgetting one would forget a write that may have happened.
    """
    if sent(tx, run_id):
        raise ValueError(f"run {run_id} has operations that were sent: settle them before forgetting its plan")
    tx.execute(delete(table).where(table.c.run_id == run_id, table.c.state == "planned"))
    done = exists().where(table.c.run_id == rows_table.c.run_id, table.c.row == rows_table.c.row)
    over = (rows_table.c.open_operations == 0) & done
    tx.execute(delete(rows_table).where(rows_table.c.run_id == run_id, ~over))


def digest(tx: Connection, run_id: str) -> str:
    """Give the sha-256 of a plan; what is learnt while it is carried out does not change it."""
    sha = hashlib.sha256()
    # JSON is stored in the one form that `to_json` gives it, so its text is digested as it is.
    for found in bulk.by_number(tx, table, _DIGESTED, {"run_id": run_id}, "seq", texts=("before", "after")):
        sha.update("".join(map(_line, found)).encode())
    return sha.hexdigest()


def _line(row: tuple[Any, ...]) -> str:
    seq, number, wave, needs, verb, entity, key, moodle_id, before, after = row
    head = f"{seq},{number},{wave},{_number(needs)},{_text(verb)},{_text(entity)},{_text(key)},{_number(moodle_id)}"
    return f"[{head},{before or '{}'},{after or '{}'}]\n"


def count_verbs(tx: Connection, run_id: str) -> dict[str, int]:
    """Operations of a run by verb, done or not."""
    return _counts(tx, select(table.c.verb, func.count()).where(table.c.run_id == run_id).group_by(table.c.verb))


def count_rows(tx: Connection, run_id: str) -> tuple[dict[str, int], int]:
    """Rows of a run by code, those that have one, and how many still wait for an operation, in one look at them.

    Rows that `delta` found unchanged are not in the ledger.
    """
    found = list(bulk.ask(tx, _COUNTED, (run_id,)))
    return {code: count for code, count, _ in found if code is not None}, sum(waiting for *_, waiting in found)


_COUNTED = (
    "SELECT code, count(*), sum(CASE WHEN open_operations > 0 THEN 1 ELSE 0 END) "
    "FROM rows WHERE run_id = ? GROUP BY code"
)


def count_warnings(tx: Connection, run_id: str) -> dict[str, int]:
    """Warnings that stand beside the codes of a run's rows."""
    of_run = (rows_table.c.run_id == run_id) & rows_table.c.warnings.is_not(None)
    found: Counter[str] = Counter()
    for warnings in tx.execute(select(rows_table.c.warnings).where(of_run)).scalars():
        found.update(warnings)
    return dict(found)


def count_open(tx: Connection, run_id: str) -> int:
    """Operations of a run that are not done."""
    of_run = (table.c.run_id == run_id) & table.c.state.in_(("planned", "sent"))
    return int(tx.execute(select(func.count()).where(of_run)).scalar_one())


def waves(tx: Connection, run_id: str) -> dict[int, list[str]]:
    """Waves that have operations that are not done, in order, with the verbs of these."""
    asked = bulk.ask(tx, _NOT_DONE, (run_id,))
    found: dict[int, list[str]] = {}
    for wave, verb in sorted(asked):
        found.setdefault(wave, []).append(verb)
    return found


_NOT_DONE = "SELECT DISTINCT wave, verb FROM operations WHERE run_id = ? AND state IN ('planned', 'sent')"


def planned(
    tx: Connection, run_id: str, wave: int, verb: str | None = None, *, after: int = -1, chunk: int = bulk.ROWS
) -> Iterator[Operation]:
    """Planned operations of a wave, of one verb or all, by seq; asked for in chunks within the open transaction.

    Take some and let the transaction go before Moodle is called; go on `after` the last one.
    """
    of: dict[str, Any] = {"run_id": run_id, "state": "planned", "wave": wave} | ({"verb": verb} if verb else {})
    for found in bulk.by_number(tx, table, READ_COLUMNS, of, "seq", after=after, size=chunk):
        yield from map(operation, found)


def sent(tx: Connection, run_id: str) -> list[Operation]:
    """Operations that were sent and have no answer: to be settled by looking at Moodle."""
    chunks = bulk.by_number(tx, table, READ_COLUMNS, {"run_id": run_id, "state": "sent"}, "seq")
    return [operation(row) for found in chunks for row in found]


def others_wrote_since(tx: Connection, site_id: int, run_id: str, since: datetime) -> bool:
    """Whether any other run has sent anything to the site since then, which is when the run was planned."""
    others = (runs.c.site_id == site_id) & (runs.c.id != run_id)
    unended = runs.c.ended.is_(None) | (runs.c.ended >= since)
    wrote = exists().where(table.c.run_id == runs.c.id, table.c.sent_at >= since)
    found = tx.execute(select(runs.c.id).where(others, unended, wrote).limit(1)).first()
    return found is not None or _others_stopped_since(tx, others, run_id)


def _others_stopped_since(tx: Connection, others: Any, run_id: str) -> bool:
    """The same by the order of events: it tells of those that a clock set back has put before the plan.

    Cautious: what stopped since may have sent everything before.
    """
    planned = select(func.max(events.c.id)).where(events.c.run_id == run_id, events.c.what.in_(_PLANNED))
    stopped = (events.c.id > planned.scalar_subquery()) & events.c.what.in_(_STOPPED)
    sent = exists().where(table.c.run_id == runs.c.id, table.c.sent_at.is_not(None))
    found = select(runs.c.id).join(events, events.c.run_id == runs.c.id).where(others, stopped, sent)
    return tx.execute(found.limit(1)).first() is not None


_PLANNED = ("planned", "answer_void")
_STOPPED = ("done", "done_with_errors", "failed")


def riskiest(tx: Connection, run_id: str, limit: int) -> list[Operation]:
    """Operations a person should look at first: by how hard they are to take back, then in file order."""
    risk = case({verb: rank for rank, verb in enumerate(_RISK)}, value=table.c.verb, else_=len(_RISK))
    wanted = _OPERATIONS.where(table.c.run_id == run_id).order_by(risk, table.c.seq).limit(limit)
    return [operation(row) for row in tx.execute(wanted)]


def by_risk(verbs: Iterable[str]) -> list[str]:
    """Verbs by how hard they are to take back, the hardest first."""
    return sorted(verbs, key=lambda verb: (_RISK.index(verb) if verb in _RISK else len(_RISK), verb))


def mark_sent(tx: Connection, run_id: str, seqs: Sequence[int], at: datetime) -> None:
    """Say that a batch is about to be sent; LeaseLost when another has been at any of it."""
    _move(tx, run_id, seqs, "planned", "state = 'sent', sent_at = ?", (bulk.moment(tx, at),))


def mark_planned(tx: Connection, run_id: str, seqs: Sequence[int]) -> None:
    """Say that Moodle shows nothing of operations that were sent: they may be sent again.

    When they were sent stays known: a request that PHP was still at may come through after all.
    """
    _move(tx, run_id, seqs, "sent", "state = 'planned'")


def needed_ids(tx: Connection, run_id: str, seqs: Sequence[int]) -> dict[int, int]:
    """Give the Moodle ids of operations, those that are known."""
    found: dict[int, int | None] = {}
    for chunk in bulk.chunks(seqs):
        asked = bulk.among(tx, table, ("seq", "moodle_id", "made_id"), "seq", chunk, run_id=run_id)
        found |= {seq: made_id if moodle_id is None else moodle_id for seq, moodle_id, made_id in asked}
    return {seq: moodle_id for seq, moodle_id in found.items() if moodle_id is not None}


def rows(tx: Connection, run_id: str, kind: str | None = None) -> Iterator[RowEntry]:
    """Rows of a run in file order, all or those of one kind; asked for in chunks."""
    of: dict[str, Any] = {"run_id": run_id} | ({} if kind is None else {"kind": str(kind)})
    for found in bulk.by_number(tx, rows_table, ENTRY_COLUMNS, of, "row"):
        yield from map(row_entry, found)


def told(tx: Connection, run_id: str) -> Iterator[RowEntry]:
    """Rows of a run in file order as reports tell of them: without key and fingerprint, and what they stand on."""
    for found in bulk.by_number(tx, rows_table, _TOLD, {"run_id": run_id}, "row"):
        for row, line, last_line, entry, code, parts, warnings, args, identifiers, moodle_code in found:
            place = (row, line, last_line, entry, None, None, 0)
            yield row_entry((*place, code, None, parts, warnings, args, None, identifiers, moodle_code))


_TOLD = ("row", "line", "last_line", "entry", "code", "parts", "warnings", "args", "identifiers", "moodle_code")


def _counts(tx: Connection, wanted: Any) -> dict[str, int]:
    return {name: count for name, count in tx.execute(wanted)}  # noqa: C416  a Row is no tuple of two to mypy


def _move(  # noqa: PLR0917  the parts of a statement in their order
    tx: Connection, run_id: str, seqs: Sequence[int], before: str, change: str, values: tuple[Any, ...] = ()
) -> None:
    # The empty string keeps PostgreSQL from reading the run by state for each operation, see `bulk.among`.
    statement = f"UPDATE operations SET {change} WHERE run_id = ? AND state || '' = ?"  # noqa: S608
    moved = sum(bulk.change(tx, statement, (*values, run_id, before), "seq", chunk) for chunk in bulk.chunks(seqs))
    if moved != len(seqs):
        raise LeaseLost(
            f"Of {len(seqs)} operations of run {run_id} only {moved} are still {before}: another process works on it.",
            remedy="Nothing was sent; whoever holds the run goes on with it.",
        )
