"""Carries out exactly the plan that was gated: wave by wave, batch by batch, each marked before and after its call."""

import logging
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from itertools import groupby, islice
from typing import Any

from sqlalchemy import Connection

from sync_operators.errors import WorldError
from sync_operators.ledger import operations
from sync_operators.ledger.operations import Operation
from sync_operators.ledger.runs import Run
from sync_operators.moodle.batching import batches
from sync_operators.moodle.client import FIXED_FIELDS
from sync_operators.moodle.errors import CalledBack, Refused, Unanswered
from sync_operators.moodle.failing import SPLIT, Fate, Result
from sync_operators.plans.batch import Batch
from sync_operators.plans.ends import End, end_refused, end_well, ends_read_back, ends_seen
from sync_operators.plans.progress import Progress
from sync_operators.plans.prompt import give_way, prompt_threads
from sync_operators.plans.remembering import Memory
from sync_operators.plans.secrets import ValuesOf, acts_of
from sync_operators.plans.settling import Look, look, look_until_calm
from sync_operators.plans.workplace import Workplace
from sync_operators.tools import tool
from sync_operators.tools.tool import Act

log = logging.getLogger(__name__)

TRIES = 3
"""How often one act is sent when its answer does not come."""

LAST = ("delete", "purge_group", "purge_grouping", "unenrol", "remove", "clear")
"""Within a wave these go after all other verbs: a slip shown by the others stops before anything is lost."""


@dataclass(slots=True)
class Applier:
    """Applies the operations of one run that are not done yet."""

    work: Workplace
    run: Run
    values_of: ValuesOf
    memory: Memory
    progress: Progress = field(default_factory=lambda: Progress(log, "apply"))
    done: int = 0
    left: dict[str, tuple[Batch, Look]] = field(default_factory=dict)
    """What a crash left open, by verb, with what was seen of it before anything else was sent."""

    def apply(self) -> None:
        """Send what is not done, wave by wave, and settle what a crash left open.

        Raises WorldError when Moodle cannot be used; what is done stays done and is known.
        """
        # Seen now, and again when the rest of its wave has been sent: Moodle works while we would wait.
        self.left = {name: (batch, look(batch, self.work.reader)) for name, batch in self._sent()}
        if self.memory.tool.rows_stand_on_each_other:
            # What planning found unchanged is known before acts that may undo it.
            self.memory.finish()
        # One more than there are connections: its request is made ready while they are under way.
        with prompt_threads(), ThreadPoolExecutor(self.work.settings.moodle.connections + 1) as pool:
            before = None
            while wave := self._next_wave():
                if wave == before:  # for ever, otherwise
                    raise AssertionError(f"run {self.run.id}: wave {wave[0]} was sent, and has acts without an end")
                self._wave(*wave, pool)
                before = wave
        self.memory.finish()

    # -- after a crash ------------------------------------------------------------------------------------------

    def settle_sent(self) -> None:
        """Find out by looking what became of acts that were sent when the run was cut off."""
        for _, batch in self._sent():
            self._look(batch)

    def _sent(self) -> Iterator[tuple[str, Batch]]:
        """The acts that were sent and have no end, those of each verb together."""
        with self.work.ledger.read() as tx:
            left = operations.sent(tx, self.run.id)
        for name, group in groupby(sorted(left, key=lambda each: each.verb), key=lambda each: each.verb):
            yield name, Batch(tool(self.run.command).verbs[name], tuple(self._acts([list(group)], set())))

    # -- waves and batches --------------------------------------------------------------------------------------

    def _next_wave(self) -> tuple[int, list[str]] | None:
        """The first wave that is not done, with its verbs; what was sent and has no end is not done."""
        with self.work.ledger.read() as tx:
            return next(iter(operations.waves(tx, self.run.id).items()), None)

    def _wave(self, wave: int, names: Sequence[str], pool: ThreadPoolExecutor) -> None:
        for name in sorted(names, key=lambda each: (each in LAST, each)):
            self._send_all(self._batches(name, self._planned(wave, name)), pool)
            if (left := self.left.pop(name, None)) and self._look(*left):
                self._send_all(self._batches(name, self._planned(wave, name)), pool)

    def _planned(self, wave: int, name: str) -> Iterator[list[Operation]]:
        """What is to be sent, by chunks, each read when those before are on their way."""
        after = 0
        while chunk := self._chunk(wave, name, after):
            yield chunk
            after = chunk[-1].seq

    def _chunk(self, wave: int, name: str, after: int) -> list[Operation]:
        # Few, so that no connection waits for long while they are read.
        most = self.work.settings.moodle.batch_rows
        with self.work.ledger.read() as tx:
            found = operations.planned(tx, self.run.id, wave, verb=name, after=after, chunk=most)
            return list(islice(found, most))

    def _batches(self, name: str, chunks: Iterable[Sequence[Operation]]) -> Iterator[Batch]:
        its_tool, moodle = tool(self.run.command), self.work.settings.moodle
        verb, most = its_tool.verbs[name], its_tool.rows_per_call.get(name)
        before: set[int] = set()
        for some in batches(
            self._acts(chunks, before),
            max_rows=lambda: self._rows(most),
            max_fields=moodle.max_fields,
            fixed=FIXED_FIELDS,
            fields=verb.fields,
        ):
            yield Batch(verb, tuple(some), tries=1 if before.isdisjoint(act.seq for act in some) else 2)

    def _rows(self, most: int | None = None) -> int:
        """How many acts a call may hold now, of at most so many and `moodle.batch_rows`."""
        usual = self.work.settings.moodle.batch_rows
        return self.work.moodle.pressure.rows(usual if most is None else min(most, usual))

    def _acts(self, chunks: Iterable[Sequence[Operation]], before: set[int]) -> Iterator[Act]:
        """The acts of planned operations; notes in `before` which of them have been sent before."""
        for chunk in chunks:
            before.update(each.seq for each in chunk if each.sent_at)
            takes = {each.seq: seqs for each in chunk if (seqs := each.takes_from)}
            wanted = {each.needs for each in chunk if each.needs}.union(*takes.values())
            needed = self._made(wanted) if wanted else {}
            lacking = {seq: made for seq, seqs in takes.items() for made in seqs if made not in needed}
            self._leave_out(lacking)
            yield from acts_of([each for each in chunk if each.seq not in lacking], needed, self.values_of)

    def _made(self, wanted: Iterable[int]) -> dict[int, int]:
        """The ids of what operations have made."""
        with self.work.ledger.read() as tx:
            return operations.needed_ids(tx, self.run.id, sorted(wanted))

    def _leave_out(self, lacking: Mapping[int, int]) -> None:
        """End what cannot be sent because another operation has failed to make what it takes an id from."""
        if lacking:
            with self.work.ledger.write() as tx:
                closed = operations.settle_unreached(tx, self.run.id, lacking, self.work.clock())
                self.memory.remember(tx, closed)

    # -- sending ------------------------------------------------------------------------------------------------

    def _send_all(self, fresh: Iterator[Batch], pool: ThreadPoolExecutor) -> None:
        """Keep as many calls under way as there are connections; the ledger is written by this thread alone."""
        again: deque[Batch] = deque()
        running: dict[Future[Any], Batch] = {}
        try:
            # One by one: the first is on its way before the second is made.
            while batches := self._next(len(running), again, fresh, most=1):
                self._send(None, batches, running, pool)
            while running:
                answered = wait(running, return_when=FIRST_COMPLETED).done
                give_way()
                for future in answered:
                    end, more = self._answered(running[future], future)
                    again.extendleft(reversed(more))
                    self._send(end, self._next(len(running) - 1, again, fresh), running, pool)
                    # Only now: what the next batch stumbles over is no reason to forget an answer.
                    del running[future]
        finally:
            self._finish(running)

    def _next(
        self, under_way: int, again: deque[Batch], fresh: Iterator[Batch], most: int | None = None
    ) -> list[Batch]:
        """What there is room for, first what is to be sent again."""
        # One more than there are connections: none stands idle while the end of a batch is written down.
        room = self.work.settings.moodle.connections + 1 - under_way
        room = room if most is None else min(room, most)
        old = [again.popleft() for _ in range(min(room, len(again)))]
        return old + list(islice(fresh, max(room - len(old), 0)))

    def _send(
        self, end: End | None, batches: Sequence[Batch], running: dict[Future[Any], Batch], pool: ThreadPoolExecutor
    ) -> None:
        """Write down an end and mark what is sent now, in one transaction: waiting for the disk is what costs most."""
        if end or batches:
            with self.work.ledger.write() as tx:
                self._note(tx, end)
                marked = [self._mark_sent(tx, batch) for batch in batches]
            self._tell(end)
            for batch in marked:
                running[pool.submit(batch.verb.send, self.work.moodle, batch.acts)] = batch

    def _finish(self, running: dict[Future[Any], Batch]) -> None:
        """On the way out over an error: call back what no connection has taken, take note of the calls under way."""
        if running:
            self.work.moodle.call_back()
        for future, batch in running.items():
            error = None if future.cancel() else future.exception()
            if future.cancelled() or isinstance(error, CalledBack):
                self._unmark(batch.acts)
            elif error is None:
                self._write(self._answered(batch, future)[0])

    def _mark_sent(self, tx: Connection, batch: Batch) -> Batch:
        if batch.marked:
            operations.mark_planned(tx, self.run.id, batch.seqs)
        operations.mark_sent(tx, self.run.id, batch.seqs, self.work.clock())
        return replace(batch, marked=True)

    def _answered(self, batch: Batch, future: Future[Any]) -> tuple[End | None, list[Batch]]:
        """What an answer says of a batch: the end of its acts, to be written down, and what is to be sent again."""
        try:
            answer = future.result()
        except Unanswered as error:
            return None, self._again(batch, error)
        except WorldError:
            # Whatever else keeps Moodle from answering came before it began: nothing was done.
            self._unmark(batch.acts)
            raise
        except Refused as refused:
            answer = refused
        results = batch.verb.strategy.outcomes(batch.acts, answer)
        if results is SPLIT:
            return None, self._split(batch)
        return self._settle(batch, results, answer)

    def _again(self, batch: Batch, error: Unanswered) -> list[Batch]:
        """The answer did not come: look, then send only what is missing, by halves at least, a few times at most."""
        missing = self._look(batch)
        if missing and batch.tries >= TRIES:
            raise error
        again = replace(batch, acts=missing, tries=batch.tries + 1, marked=False)
        return again.pieces(min(self._rows(), max(len(batch.acts) // 2, 1)))

    def _split(self, batch: Batch) -> list[Batch]:
        """Find the refused row by halves; but what was sent before may have come through, and be taken by ourselves."""
        if batch.tries == 1 or batch.looked:
            return batch.halves()
        missing = self._look(batch)
        return replace(batch, acts=missing, marked=False, looked=True).halves() if missing else []

    def _look(self, batch: Batch, before: Look | None = None) -> tuple[Act, ...]:
        """Write down what has come of acts; give those of which Moodle shows nothing."""
        seen = look_until_calm(batch, self.work.reader, self.work.sleep, before)
        ended = [act for act in batch.acts if seen[act.seq].done or seen[act.seq].fault]
        missing = tuple(act for act in batch.acts if act not in ended)
        self._unmark(missing)
        self._write(End(batch, ends_seen(batch.verb, self.work.reader, ended, seen)))
        return missing

    def _unmark(self, acts: Sequence[Act]) -> None:
        if acts:
            with self.work.ledger.write() as tx:
                operations.mark_planned(tx, self.run.id, [act.seq for act in acts])

    # -- settling -----------------------------------------------------------------------------------------------

    def _settle(self, batch: Batch, results: Sequence[Result], answer: Any) -> tuple[End, list[Batch]]:
        """Each act's end, and those of unknown fate that are to be sent again."""
        by_fate: dict[Fate, list[tuple[Act, Result]]] = {fate: [] for fate in Fate}
        for act, each in zip(batch.acts, results, strict=True):
            by_fate[each.fate].append((act, each))
        well = [act for act, _ in by_fate[Fate.OK]]
        ids = batch.verb.made(well, answer)
        warnings = batch.verb.after_write(self.work.reader, {ids[act.seq]: act for act in well})
        settled = [end_well(batch.verb, act.seq, ids[act.seq], warnings.get(ids[act.seq], ())) for act in well]
        settled += ends_read_back(batch.verb, self.work.reader, [act for act, _ in by_fate[Fate.SAID]])
        settled += [end_refused(batch, self.work.reader, act, each) for act, each in by_fate[Fate.REFUSED]]
        unknown = tuple(act for act, _ in by_fate[Fate.UNKNOWN])
        missing = self._look(replace(batch, acts=unknown)) if unknown else ()
        again = [replace(batch, acts=(act,), tries=batch.tries + 1, marked=False) for act in missing]
        return End(batch, settled), again

    def _write(self, end: End | None) -> None:
        if end and end.settled:
            with self.work.ledger.write() as tx:
                self._note(tx, end)
            self._tell(end)

    def _note(self, tx: Connection, end: End | None) -> None:
        if end and end.settled:
            closed = operations.settle(tx, self.run.id, end.settled, self.work.clock())
            self.memory.remember(tx, closed)
            self.memory.forget(tx, [end.batch.verb.lost(act) for act in end.well])
            self.memory.note(tx, end.well)
            self.memory.place(tx, end.made)

    def _tell(self, end: End | None) -> None:
        self.done += len(end.settled) if end else 0
        self.progress.at(self.done)
