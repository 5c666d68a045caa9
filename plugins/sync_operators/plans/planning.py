"""One command file and what Moodle says now → operations in the ledger. Writes nothing to Moodle."""

import logging
from array import array
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count, islice
from typing import Any

from sync_operators.codes import Fault, code, worst
from sync_operators.command_files.listing import Item
from sync_operators.command_files.source import Row
from sync_operators.ledger import operations, placing
from sync_operators.ledger.bulk import chunks
from sync_operators.ledger.comparing import Comparer
from sync_operators.ledger.operations import Operation, RowEntry
from sync_operators.ledger.placing import Place
from sync_operators.ledger.runs import Run
from sync_operators.plans.changes import Changes, combined, find_changes
from sync_operators.plans.opening import Opened
from sync_operators.plans.progress import Keeper, Progress, of
from sync_operators.plans.request import RECONCILE
from sync_operators.plans.superseding import SUPERSEDED, Newer
from sync_operators.plans.undoing import planner_of
from sync_operators.plans.waves import Waves
from sync_operators.plans.workplace import Workplace
from sync_operators.tools.tool import ParsedRow, RowPlan, SumsUp, Tool, ToolSettings

log = logging.getLogger(__name__)

CHUNK = 500
"""Rows looked up together and written in one transaction."""


@dataclass(frozen=True, slots=True)
class Planned:
    """What planning found: rows that the pass counted as unchanged, run warnings, the digest over the operations."""

    unchanged: int
    warnings: dict[str, int]
    digest: str
    dialect: dict[str, Any] = field(default_factory=dict)
    header: tuple[str, ...] = ()
    """The names of its columns, in alphabetical order."""


def compares_all(run: Run, its_tool: Tool, settings: ToolSettings) -> bool:
    """Whether rows are compared with Moodle that were applied before just so."""
    return run.mode == RECONCILE or its_tool.looks_at_all(settings)


def make_plan(work: Workplace, run: Run, opened: Opened) -> Planned:
    """Write the rows and operations of a run that has none yet, and their digest."""
    reconcile = compares_all(run, opened.tool, opened.settings) or opened.repairs
    with work.ledger.read() as tx:
        kept, last = {entry.row for entry in operations.rows(tx, run.id)}, operations.last_seq(tx, run.id)
    unchanged = Comparer(work.ledger, work.site_id, run.command).unchanged
    progress = Progress(log, "compare", keep=Keeper(work.ledger, run))
    changes = find_changes(opened.file, opened.keys, None if reconcile else unchanged, progress)
    # Rows that an earlier part of this very run has brought to their end are not planned again.
    changes.changed = array("q", (row for row in changes.changed if row not in kept))
    # Of rows that are compared all the same, those the ledger knows are no news: `fresh` is false.
    planning = _Planning(work, run, opened, changes, unchanged=unchanged if reconcile else None, first=last + 1)
    with work.reader.places.wanted():
        planning.see(kept)
        planning.all()
        planning.sum_up(max(changes.read, *kept, 0))
    with work.ledger.read() as tx:
        digest = operations.digest(tx, run.id)
    unchanged_rows = changes.read - len(changes.changed) - sum(row <= changes.read for row in kept)
    header = tuple(sorted(opened.file.header))
    return Planned(unchanged_rows, planning.run_warnings(), digest, dict(opened.file.facts), header)


class _Planning:
    """Plans the changed rows of one file, chunk by chunk, in file order."""

    def __init__(
        self,
        work: Workplace,
        run: Run,
        opened: Opened,
        changes: Changes,
        *,
        unchanged: Callable[[dict[str, int]], set[str]] | None,
        first: int,
    ) -> None:
        self._work, self._run, self._opened, self._changes, self._unchanged = work, run, opened, changes, unchanged
        self._planner = planner_of(work, opened)
        self._newer = Newer.of(work, run)
        self._waves = Waves(first)
        self._warned: Counter[str] = Counter()
        # Of the rows of a repeated key, the later ones are warned of, and all carry one fingerprint.
        self._later = {row for rows in changes.repeated.values() for row, _ in rows[1:]}
        prints = ((rows, combined(opened.keys, rows)) for rows in changes.repeated.values())
        self._shared = {row: value for rows, value in prints for row, _ in rows}

    def see(self, kept: Collection[int]) -> None:
        """Show rows that are not planned again to a planner that sums up the file."""
        if not kept or not isinstance(self._planner, SumsUp):
            return
        records = (record for record in self._opened.file.records() if record.row in kept)
        while chunk := list(islice(records, CHUNK)):
            checked = [(record, *self._opened.check(record)) for record in chunk]
            well = self._parsed([(record, values) for record, values, faults in checked if not faults])
            self._planner.see(list(well.values()))

    def all(self) -> None:
        """Plan every changed row; each chunk is one transaction."""
        keep = Keeper(self._work.ledger, self._run)
        progress, done = Progress(log, "plan", amount=of(len(self._changes.changed)), keep=keep), 0
        rows = self._changed_records()
        while chunk := list(islice(rows, CHUNK)):
            self._chunk(chunk)
            done += len(chunk)
            progress.at(done)

    def sum_up(self, last: int) -> None:
        """Plan what the file as a whole comes to: rows of the run behind its `last` one, which stand in no line."""
        rest = iter(self._planner.sum_up() if isinstance(self._planner, SumsUp) else ())
        rows = count(last + 1)
        while chunk := list(islice(rest, CHUNK)):
            entries, acts = list[RowEntry](), list[Operation]()
            for key, plan in chunk:
                item = Item(next(rows), ())
                placed = [self._waves.place(item.row, key, draft) for draft in plan.drafts]
                acts += placed
                entries.append(self._entry(item, key, plan, placed, None))
            self._write(entries, acts)

    def run_warnings(self) -> dict[str, int]:
        """Warnings of the file as a whole, with how often."""
        named = {fault.code: 1 for fault in self._opened.bound.warnings}
        ignored = self._opened.tool.ignored_columns & set(self._opened.file.header)
        if ignored:
            named["warn_ignored_column"] = named.get("warn_ignored_column", 0) + len(ignored)
        if self._opened.tool.secret_columns & set(self._opened.file.header):
            named["warn_passwords_in_file"] = 1
        return named | dict(self._warned)

    def _changed_records(self) -> Iterator[Row]:
        records, at = self._opened.file.records() if self._changes.changed else iter(()), 0
        for row in self._changes.changed:
            # Ordinals leave none out: those between are passed over in C.
            record = next(islice(records, row - at - 1, None))
            if record.row != row:
                raise AssertionError(f"row {row} was to come after {at}, not {record.row}")
            yield record
            at = row

    def _chunk(self, records: Sequence[Row]) -> None:
        checked = [(record, *self._opened.check(record)) for record in records]
        set_since = self._set_since(records)
        well = self._parsed([each[:2] for each in checked if not each[2] and each[0].row not in set_since])
        self._planner.look_up(list(well.values()))
        entries = [*set_since.values()]
        acts: list[Operation] = []
        for record, _, faults in checked:
            if record.row in set_since:
                continue
            if faults:
                entries.append(_faulty(record, self._key(record), faults, self._warnings(record, ())))
                continue
            plan = self._planner.plan(well[record.row])
            placed = [self._waves.place(record.row, well[record.row].key, draft) for draft in plan.drafts]
            acts += placed
            entries.append(self._entry(record, well[record.row].key, plan, placed, self._fingerprint(record)))
            self._count(plan)
        self._write(entries, acts)

    def _set_since(self, records: Sequence[Row]) -> dict[int, RowEntry]:
        """Rows of a tryback that a newer file has set: left alone, whatever else is wrong with them."""
        if not self._newer.ids:
            return {}
        keys = {record.row: key for record in records if (key := self._key(record)) is not None}
        newer = self._newer.rows(set(keys.values()))
        plans = {row: RowPlan(code=SUPERSEDED, args={"run": newer[key]}) for row, key in keys.items() if key in newer}
        # Without a fingerprint: what is remembered of the newer row stays.
        of_row = {record.row: record for record in records}
        return {row: self._entry(of_row[row], keys[row], plan, (), None) for row, plan in plans.items()}

    def _write(self, entries: Sequence[RowEntry], acts: Sequence[Operation]) -> None:
        self._remember_places()
        with self._work.ledger.write() as tx:
            operations.add_rows(tx, self._run.id, entries)
            operations.add_operations(tx, self._run.id, acts)

    def _remember_places(self) -> None:
        """Write down what look-ups have told of where entities lie, on the way: limits are set for parts of a site."""
        told = self._work.reader.places.take()
        for chunk in chunks({} if self._run.simulate else told.items()):
            with self._work.ledger.write() as tx:
                placing.put(tx, self._run.site_id, {ref: Place(*place) for ref, place in chunk})

    def _parsed(self, rows: Sequence[tuple[Row, dict[str, Any]]]) -> dict[int, ParsedRow]:
        names = [self._opened.keys.key_of(record.values) for record, _ in rows]
        known = set[str]()
        if self._unchanged:
            prints = [self._fingerprint(record) for record, _ in rows]
            known = self._unchanged(dict(zip(names, prints, strict=True)))
        return {
            record.row: ParsedRow(record.row, record.line, name, values, fresh=name not in known)
            for (record, values), name in zip(rows, names, strict=True)
        }

    def _key(self, record: Row) -> str | None:
        return None if record.fault else self._opened.keys.key_of(record.values)

    def _entry(
        self, record: Row, key: str, plan: RowPlan, placed: Sequence[Operation], fingerprint: int | None
    ) -> RowEntry:
        parts = tuple(_part(fault) for fault in plan.parts)
        name = self._code(plan, placed)
        return RowEntry(
            row=record.row,
            line=record.line,
            last_line=record.last_line,
            entry=record.entry,
            key=key,
            fingerprint=fingerprint,
            open_operations=len(placed),
            code=name,
            kind=code(name).kind if name else None,
            parts=parts,
            warnings=self._warnings(record, plan.warnings),
            args={**plan.args, **(plan.parts[0].args if plan.parts and not placed else {})},
            refs=plan.refs,
            identifiers=identifiers(key),
        )

    def _code(self, plan: RowPlan, placed: Sequence[Operation]) -> str | None:
        """The row's code, if it is known already: nothing to send, or a simulation, which says what would be."""
        ends = [plan.code] if plan.code else []
        ends += [fault.code for fault in plan.parts]
        if placed and not self._run.simulate:
            return None
        ends += [self._opened.tool.verbs[each.verb].code for each in placed]
        return principal(ends)

    def _fingerprint(self, record: Row) -> int:
        shared = self._shared.get(record.row)
        return self._opened.keys.fingerprints.of(record.values) if shared is None else shared

    def _warnings(self, record: Row, of_plan: tuple[str, ...]) -> tuple[str, ...]:
        return ("warn_duplicate_row", *of_plan) if record.row in self._later else of_plan

    def _count(self, plan: RowPlan) -> None:
        """Accounts whose password nobody will know are told once, with their number."""
        if any("preferences" in draft.after for draft in plan.drafts):
            self._warned["warn_password_unknown"] += 1


def principal(names: Sequence[str]) -> str:
    """The code a row counts under: that of its worst part, the first of equals."""
    top = worst(code(name).kind for name in names)
    return next(name for name in names if code(name).kind == top)


def _part(fault: Fault) -> dict[str, Any]:
    return {"code": fault.code, "kind": str(code(fault.code).kind), "args": dict(fault.args)}


def _faulty(record: Row, key: str | None, faults: tuple[Fault, ...], warnings: tuple[str, ...]) -> RowEntry:
    parts = tuple(_part(fault) for fault in faults) if len(faults) > 1 else ()
    return RowEntry(
        row=record.row,
        line=record.line,
        last_line=record.last_line,
        entry=record.entry,
        key=key,
        fingerprint=None,
        open_operations=0,
        code=faults[0].code,
        kind=code(faults[0].code).kind,
        parts=parts,
        warnings=warnings,
        args=dict(faults[0].args),
        identifiers=identifiers(key),
    )


def identifiers(key: str | None) -> dict[str, str]:
    """What a report calls a row by: `idnumber=E1` → {"idnumber": "E1"}; several are joined by a unit separator."""
    return dict(part.partition("=")[::2] for part in (key or "").split("\x1f") if part)
