"""Which rows of a command file differ from what was last applied: one pass, memory by changed rows only."""

import logging
from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice

from sync_operators.command_files.source import InputFile, Row
from sync_operators.ledger.fingerprints import Fingerprinter
from sync_operators.plans.progress import Progress
from sync_operators.plans.repeats import Repeats

log = logging.getLogger(__name__)

Unchanged = Callable[[dict[str, int]], set[str]]
"""Of some keys with their fingerprints, those that were applied with just these."""

BATCH = 16_000
"""Rows compared in one question to the ledger: of a shuffled file, fewer make it read its pages more often."""

PIECE = 50
"""Records held at a time: their values must still be in the processor's cache when keys are made of them."""


@dataclass(frozen=True, slots=True)
class RowKeys:
    """How a row's key and fingerprint are made."""

    key_of: Callable[[Sequence[str]], str]
    fingerprints: Fingerprinter

    def of(self, records: Sequence[Row]) -> tuple[list[str], list[int]]:
        """The keys and fingerprints of some rows."""
        values = [each.values for each in records]
        return [*map(self.key_of, values)], self.fingerprints.of_all(values)


@dataclass(slots=True)
class Changes:
    """The rows to plan, by ordinal, and the keys that come more than once with the rows that have them."""

    read: int = 0
    changed: "array[int]" = field(default_factory=lambda: array("q"))
    repeated: dict[str, list[tuple[int, int]]] = field(default_factory=dict)


def find_changes(
    file: InputFile, keys: RowKeys, unchanged: Unchanged | None, progress: Progress | None = None
) -> Changes:
    """Read the file once and compare it with what was applied; a second time only for keys that come twice.

    Without `unchanged` (mode `reconcile`) every row is to be planned.
    """
    changes, repeats = Changes(), Repeats()
    progress = progress or Progress(log, "compare")
    for batch in _batches(file.records(), keys):
        changes.read += len(batch.rows) + len(batch.faulty)
        changes.changed.extend(_changed(batch, unchanged))
        repeats.add(batch.names)
        progress.at(changes.read)
    if candidates := repeats.candidates():
        changes.repeated = _repeated(file, keys, candidates)
        _compare_repeated(changes, keys, unchanged)
    return changes


@dataclass(slots=True)
class _Batch:
    """Rows that are compared together: what is left of each is its ordinal, key and fingerprint."""

    rows: list[int] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    prints: list[int] = field(default_factory=list)
    faulty: list[int] = field(default_factory=list)

    def add(self, records: Sequence[Row], keys: RowKeys) -> None:
        well = [record for record in records if record.fault is None]
        if len(well) < len(records):
            self.faulty += [record.row for record in records if record.fault is not None]
        names, prints = keys.of(well)
        self.rows += [record.row for record in well]
        self.names += names
        self.prints += prints


def _batches(records: Iterator[Row], keys: RowKeys) -> Iterator[_Batch]:
    pieces = iter(lambda: list(islice(records, PIECE)), [])
    while some := list(islice(pieces, 1)):
        batch = _Batch()
        for piece in chain(some, islice(pieces, BATCH // PIECE - 1)):
            batch.add(piece, keys)
        yield batch


def _changed(batch: _Batch, unchanged: Unchanged | None) -> list[int]:
    """The ordinals of rows to plan, in order."""
    known = unchanged(dict(zip(batch.names, batch.prints, strict=True))) if unchanged else ()
    if len(known) == len(batch.names):
        return batch.faulty
    fresh = [row for row, name in zip(batch.rows, batch.names, strict=True) if name not in known]
    return sorted(fresh + batch.faulty)


def _repeated(file: InputFile, keys: RowKeys, candidates: frozenset[int]) -> dict[str, list[tuple[int, int]]]:
    """The rows of each key that really comes more than once, in file order, with their fingerprints."""
    found: dict[str, list[tuple[int, int]]] = {}
    for record in file.records():
        if record.fault is None and hash(key := keys.key_of(record.values)) in candidates:
            found.setdefault(key, []).append((record.row, keys.fingerprints.of(record.values)))
    return {key: rows for key, rows in found.items() if len(rows) > 1}


def _compare_repeated(changes: Changes, keys: RowKeys, unchanged: Unchanged | None) -> None:
    """All rows of a key stand or fall together: their fingerprint is one over all of them."""
    prints = {key: combined(keys, rows) for key, rows in changes.repeated.items()}
    known = unchanged(prints) if unchanged else set()
    same = {row for key in known for row, _ in changes.repeated[key]}
    other = {row for key, rows in changes.repeated.items() if key not in known for row, _ in rows}
    changes.changed = array("q", sorted((set(changes.changed) - same) | other))


def combined(keys: RowKeys, rows: Sequence[tuple[int, int]]) -> int:
    """One fingerprint over all rows of a key, in file order."""
    return keys.fingerprints.combined([value for _, value in rows])
