"""Rows that stand → in what Moodle differs from them: each is planned again, and what that would change is told."""

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from sync_operators.codes import Fault, code
from sync_operators.command_files.source import Row
from sync_operators.drift import rules
from sync_operators.drift.differing import differing
from sync_operators.drift.notes import Notes
from sync_operators.drift.repair import Repair
from sync_operators.drift.source import Source
from sync_operators.drift.sources import Sources
from sync_operators.ledger import done, operations
from sync_operators.ledger.operations import RowEntry
from sync_operators.ledger.runs import Run
from sync_operators.ledger.standing import Standing
from sync_operators.plans.planning import CHUNK, identifiers, principal
from sync_operators.plans.progress import Keeper, Progress, of
from sync_operators.plans.workplace import Workplace
from sync_operators.reports.drift import MISSING, REFUSED, Difference
from sync_operators.tools.tool import UNCHANGED, ParsedRow, RowPlan, RowPlanner, Tool

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Judged:
    """A row, and what planning it again came to."""

    record: Row
    key: str
    plan: RowPlan
    overrides: rules.Overrides


@dataclass(slots=True)
class Comparison:
    """Compares what stands of one command; `notes` and `repair` take what differs, the ledger a row for each."""

    work: Workplace
    run: Run
    tool: Tool
    sources: Sources
    notes: Notes
    repair: Repair
    compared: int = 0
    drifted: int = 0
    changed: int = 0
    """How many were applied anew while the comparison went on."""
    told: int = 0
    """Rows in the ledger: several of a key that came more than once in its file."""

    def all(self) -> None:
        """Compare every row that stands."""
        keep = Keeper(self.work.ledger, self.run)
        progress = Progress(log, "drift", amount=of(self.sources.total), keep=keep)
        for source in self.sources:
            self.repair.begin(source)
            reading = _Reading(self, source)
            for records in source.records(CHUNK):
                reading.chunk(records)
                progress.at(self.compared)


class _Reading:
    """Compares the rows of one file."""

    def __init__(self, to: Comparison, source: Source) -> None:
        opened = source.opened
        self._to, self._source, self._tool = to, source, opened.tool
        self._planner: RowPlanner = opened.tool.planner(opened.settings, to.work.reader, to.work.site)
        self._roles = {number: name for name, number in to.work.settings.roles.items()}
        # Rows of a key that comes more than once wait until all of them are there.
        self._waiting: dict[str, list[_Judged]] = {}

    def chunk(self, records: Sequence[Row]) -> None:
        """Compare some rows, in file order."""
        keys = [self._source.opened.keys.key_of(record.values) for record in records]
        stand = self._to.sources.stand(set(keys))
        self._to.sources.met({key: stand[key][1] if key in stand else self._source.run_id for key in keys})
        groups = list(self._complete(self._judged(records, keys)))
        made = self._made_here(stand)
        drifted = [(group, found) for group in groups if (found := self._differences(group, made))]
        self._to.compared += len(groups)
        self._note(drifted, stand)

    def _judged(self, records: Sequence[Row], keys: Sequence[str]) -> Iterator[_Judged]:
        checked = [(*self._source.opened.check(record), record, key) for record, key in zip(records, keys, strict=True)]
        rows = {
            record.row: self._standing(ParsedRow(record.row, record.line, key, values, fresh=False))
            for values, faults, record, key in checked
            if not faults
        }
        self._planner.look_up([row for row, _ in rows.values()])
        for _, faults, record, key in checked:
            yield _Judged(record, key, *self._planned(rows.get(record.row), faults))

    def _standing(self, row: ParsedRow) -> tuple[ParsedRow, rules.Overrides]:
        return rules.as_it_stands(row, self._tool.command, self._to.work.settings)

    def _planned(
        self, row: tuple[ParsedRow, rules.Overrides] | None, faults: Sequence[Fault]
    ) -> tuple[RowPlan, rules.Overrides]:
        if row is None:
            return RowPlan.of(faults[0]), {}
        plan, overrides = rules.plan(self._planner, row[0], self._tool.command)
        return plan, {**row[1], **overrides}

    def _complete(self, judged: Iterable[_Judged]) -> Iterator[list[_Judged]]:
        """The rows of each key, when all are there."""
        for one in judged:
            rows = self._waiting.setdefault(one.key, [])
            rows.append(one)
            if len(rows) == len(self._source.repeated.get(one.key, (one,))):
                yield self._waiting.pop(one.key)

    def _made_here(self, stand: Mapping[str, Standing]) -> set[str] | None:
        """The keys of rows whose values the command has set, where others hold, too; None: values always count."""
        if not rules.compares_only_what_it_made(self._tool.command, self._to.work.settings):
            return None
        made: set[str] = set()
        by_run = sorted(((run_id, key) for key, (_, run_id) in stand.items()))
        with self._to.work.ledger.read() as tx:
            for run_id, pairs in groupby(by_run, key=lambda pair: pair[0]):
                codes = done.row_codes(tx, run_id, [key for _, key in pairs])
                made |= {key for key, name in codes if name != UNCHANGED}
        return made

    def _differences(self, group: Sequence[_Judged], made: set[str] | None) -> list[Difference]:
        plans, untold = [one.plan for one in group], rules.untold_of(self._tool.command)
        found = differing(plans, self._tool.lasting, self._tool.entity, self._roles, untold)
        if made is not None and group[0].key not in made:
            found = [each for each in found if each.what in {MISSING, REFUSED}]
        return found

    def _note(self, drifted: Sequence[tuple[list[_Judged], list[Difference]]], stand: Mapping[str, Standing]) -> None:
        """Tell of what differs, unless it was applied anew meanwhile: the other value may be that of a newer file."""
        now = self._to.sources.stand(group[0].key for group, _ in drifted) if drifted else {}
        entries: list[RowEntry] = []
        for group, found in drifted:
            if (key := group[0].key) not in now or now[key] != stand.get(key, now[key]):
                self._to.changed += 1
                continue
            self._to.notes.add(self._told(each, group[-1]) for each in found)
            self._to.drifted += 1
            for one in group:
                self._to.told += 1
                entries.append(self._entry(one, self._to.told))
                self._to.repair.add(self._source, one.record.row, one.record.values, one.overrides)
        with self._to.work.ledger.write() as tx:
            operations.add_rows(tx, self._to.run.id, entries)

    def _told(self, each: Difference, one: _Judged) -> Difference:
        settings = self._to.work.settings
        return replace(
            each,
            key=identifiers(one.key),
            file=self._source.name,
            line=one.record.line,
            run_id=self._source.run_id,
            needs=rules.needs_of(each, self._tool.command, settings),
        )

    def _entry(self, one: _Judged, number: int) -> RowEntry:
        names = [one.plan.code] if one.plan.code else []
        names += [part.code for part in one.plan.parts]
        names += [self._tool.verbs[draft.verb].code for draft in one.plan.drafts]
        name = principal(names)
        return RowEntry(
            row=number,
            line=one.record.line,
            last_line=one.record.last_line,
            entry=one.record.entry,
            key=one.key,
            fingerprint=None,
            code=name,
            kind=code(name).kind,
            args=one.plan.args,
            identifiers=identifiers(one.key),
        )
