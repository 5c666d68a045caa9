"""Which files hold what stands: the ledger keeps fingerprints of rows, the archives keep the rows.

The newest file of a command holds nearly all of it: a feed that delivers everything every night delivers what stands,
too. An older file is read only for rows that its own run has applied, and for those of a still older one that is gone.
"""

import logging
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from sync_operators.drift.remembered import remembered
from sync_operators.drift.seen import Seen
from sync_operators.drift.source import Source
from sync_operators.errors import FileRefused
from sync_operators.ledger import files, runs, standing
from sync_operators.ledger.files import FileVersion
from sync_operators.ledger.runs import Run
from sync_operators.ledger.standing import Standing
from sync_operators.plans.changes import Changes, find_changes
from sync_operators.plans.inputs import FileChanged, opener_of
from sync_operators.plans.opening import open_file
from sync_operators.plans.planning import CHUNK
from sync_operators.plans.workplace import Workplace

log = logging.getLogger(__name__)


class Sources:
    """Finds the files of a command that hold what stands, the newest first; each row comes from one of them."""

    def __init__(self, work: Workplace, command: str, asked: Mapping[str, object]) -> None:
        self._work, self._command, self._asked = work, command, asked
        self._seen = Seen()
        with work.ledger.read() as tx:
            self._all = standing.count_by_run(tx, work.site_id, command)

    @property
    def total(self) -> int:
        """How many rows stand."""
        return self._all.total()

    @property
    def unread(self) -> int:
        """How many rows are in no file that is still there, and in too little of the ledger; known at the end."""
        return self._left().total()

    def __iter__(self) -> Iterator[Source]:
        every = self._runs()
        # Of the oldest the ledger may have forgotten the runs.
        ages = {run.id: age for age, (run, _) in enumerate(every)}
        there = {run.id for run, version in every if self._is_there(run, version)}
        for age, (run, version) in enumerate(every):
            left = self._left()
            gone = max((ages.get(other, len(every)) for other in left if other not in there), default=-1)
            if run.id in there and (run.id in left or gone > age or age == 0):
                source = self._source(run, version)
                if source is None:
                    there.discard(run.id)
                elif source.rows:
                    yield source
        yield from self._remembered()

    def stand(self, keys: Iterable[str]) -> dict[str, Standing]:
        """What the ledger says of some keys now."""
        with self._work.ledger.read() as tx:
            return standing.among(tx, self._work.site_id, self._command, keys)

    def met(self, keys: Mapping[str, str]) -> None:
        """Take note of keys that were compared, each with the run that applied it last."""
        self._seen.add(keys)

    def close(self) -> None:
        """Forget what was met."""
        self._seen.close()

    def _remembered(self) -> Iterator[Source]:
        """What no file has, from the ledger alone."""
        last = ""
        while self._left().total():
            with self._work.ledger.read() as tx:
                runs_of = standing.after(tx, self._work.site_id, self._command, last, CHUNK)
            if not runs_of:
                return
            *_, last = runs_of
            unread = runs_of.keys() - self._seen.among(runs_of)
            yield from remembered(self._work, self._command, self._asked, {key: runs_of[key] for key in sorted(unread)})

    def _left(self) -> Counter[str]:
        return self._all - self._seen.count_by_run()

    def _runs(self) -> list[tuple[Run, FileVersion]]:
        """The runs of the command with their files, the latest first."""
        with self._work.ledger.read() as tx:
            ended = runs.ended_well(tx, self._work.site_id, self._command)
            return [(run, files.get(tx, run.file_id)) for run in ended if run.file_id]

    def _is_there(self, run: Run, version: FileVersion) -> bool:
        """Whether the file is in the depot, looked for where it has applied what stands."""
        return version.place is not None and (run.id not in self._all or self._work.depot.exists(version.place))

    def _source(self, run: Run, version: FileVersion) -> Source | None:
        """What stands of a file; None when it is gone, or is no plain file of the command."""
        try:
            opener = opener_of(self._work, version)
            opened = open_file(self._work, self._command, opener, self._asked, read_as=version.read_as)
        except (FileRefused, FileChanged) as refused:
            log.warning("drift: run=%s file=%s cannot be read: %s", run.id, version.place, refused)
            return None
        if opened.needed is not None:
            return None
        others = find_changes(opened.file, opened.keys, lambda prints: self._standing(prints, run))
        rows = _all_but(others)
        log.info("drift: file=%s rows=%d standing=%d", version.place, others.read, len(rows))
        return Source(version.name, run.id, opened, rows, others.repeated)

    def _standing(self, prints: dict[str, int], run: Run) -> set[str]:
        """Of some keys those whose row stands as the file has it, and that no newer file had.

        By fingerprint, or because it is the very run that applied it: settings may have changed since.
        """
        stands = self.stand(prints)
        same = {key for key, (value, run_id) in stands.items() if value == prints[key] or run_id == run.id}
        return same - self._seen.among(same)


def _all_but(others: Changes) -> "array[int]":
    """The ordinals of all rows that are not among the others."""
    rows, last = array("q"), 0
    for other in others.changed:
        rows.extend(range(last + 1, other))
        last = other
    rows.extend(range(last + 1, others.read + 1))
    return rows
