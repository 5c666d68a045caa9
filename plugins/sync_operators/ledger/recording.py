"""Which rows of a run `applied_rows` is to be told of: those that are over, with all that share their key."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from sync_operators.codes import Kind
from sync_operators.ledger import bulk
from sync_operators.ledger.tables import rows
from sync_operators.ledger.values import ENTRY_COLUMNS, RowEntry, row_entry


@dataclass(frozen=True, slots=True)
class Recordable:
    """Rows that `applied_rows` is to be told of: the well ones are recorded, the ill ones dropped."""

    well: tuple[RowEntry, ...]
    ill: tuple[RowEntry, ...]


def recordable(tx: Connection, run_id: str, closed: Sequence[RowEntry]) -> Recordable:
    """Of rows that are over, say which to record as applied and which to drop.

    Rows that share a key share their fate: one in error makes all ill, one still open lets all wait. Of well ones
    that is given which has the fingerprint.
    """
    well: list[RowEntry] = []
    ill: list[RowEntry] = []
    for entries in _by_key(tx, run_id, closed).values():
        if any(entry.kind == Kind.ERROR for entry in entries):
            ill += entries
        elif not any(entry.open_operations for entry in entries):
            well += [entry for entry in entries if entry.fingerprint is not None]
    return Recordable(tuple(well), tuple(ill))


def take_unrecorded(tx: Connection, run_id: str, *, after: int = -1, limit: int = bulk.ROWS) -> list[RowEntry]:
    """Take rows that plan itself found the outcome of (unchanged, in error), each once over all calls.

    `after` is the last row of the call before: it only spares looking at the same rows again.
    """
    of_run = {"run_id": run_id, "open_operations": 0, "recorded": False}
    found = next(bulk.by_number(tx, rows, ENTRY_COLUMNS, of_run, "row", after=after, size=limit), [])
    taken = [row_entry(row) for row in found]
    for chunk in bulk.chunks(entry.row for entry in taken):
        bulk.change(tx, "UPDATE rows SET recorded = ? WHERE run_id = ?", (True, run_id), "row", chunk)
    return taken


def _by_key(tx: Connection, run_id: str, closed: Sequence[RowEntry]) -> dict[str, list[RowEntry]]:
    """Rows that are over and all others with their keys, by key and in file order."""
    entries = {entry.row: entry for entry in closed if entry.key is not None}
    for chunk in bulk.chunks(sorted({str(entry.key) for entry in entries.values()})):
        numbers = bulk.among(tx, rows, ("row",), "key", chunk, run_id=run_id)
        # Nearly always there is none: then the rows are not asked for a second time.
        if others := [number for (number,) in numbers if number not in entries]:
            asked = bulk.among(tx, rows, ENTRY_COLUMNS, "row", others, run_id=run_id)
            entries |= {entry.row: entry for entry in map(row_entry, asked)}
    found: dict[str, list[RowEntry]] = defaultdict(list)
    for _, entry in sorted(entries.items()):
        found[str(entry.key)].append(entry)
    return found
