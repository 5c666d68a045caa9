"""What the depot keeps no longer: products by the stamp in their name, and temporary files nobody ended.

The ledger forgets a place before the file goes: what a crash leaves between is found again by its name, and goes then.
"""

import logging
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from sync_operators.depot.files import Entry
from sync_operators.depot.names import TEMPORARY, is_product, place_of
from sync_operators.depot.storage import Depot
from sync_operators.ledger import Ledger, drop_names, events, files, forgetting
from sync_operators.ledger.bulk import chunks
from sync_operators.ledger.files import LIVE, FileState, FileVersion
from sync_operators.ledger.forgetting import stamp

log = logging.getLogger(__name__)

TEMPORARIES = "temporary"
_OF_INPUTS = ("archives", "tryback", "quarantine")
"""Folders whose files have what the input had: passwords, too."""

_ID = len("20261122T040001Z-a1b2c3")
_LEFTOVER = re.compile(re.escape(TEMPORARY) + r"[0-9a-f]{16}")
_LEFT_FOR = timedelta(days=1)
_LEDGER = ".ledger"
_HEAD = 64 * 1024
_BATCH = 200


@dataclass(frozen=True, slots=True)
class Doomed:
    """A file that is to go, and why; `run_id` is that of its name, whether or not there is such a run."""

    place: str
    kind: str
    bytes: int
    run_id: str | None = None
    is_secret: bool = False
    version: FileVersion | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """Until when files are too old, by the folder they lie in, and copies with passwords; None: they are kept."""

    now: datetime
    by_kind: Mapping[str, datetime | None]
    secrets: datetime | None

    def is_due(self, kind: str, name: str, *, is_secret: bool) -> bool:
        """Whether a product of that name goes: stamps sort as their times do."""
        limits = (self.by_kind[kind], self.secrets if is_secret else None)
        return any(limit is not None and name < stamp(limit) for limit in limits)

    def may_be_due(self, kind: str, name: str) -> bool:
        """Whether it goes if it holds passwords."""
        return self.is_due(kind, name, is_secret=kind in _OF_INPUTS)


@dataclass(frozen=True, slots=True)
class Retention:
    """Finds and takes away; `holds_passwords` says it of a run by its warnings."""

    ledger: Ledger
    depot: Depot
    holder: str
    limits: Limits
    holds_passwords: Callable[[Mapping[str, int]], bool]

    def doomed(self) -> list[Doomed]:
        """What is to go: copies with passwords first."""
        found = [each for chunk in chunks(self._old(), _BATCH) for each in self._without_kept(chunk)]
        return sorted(found, key=lambda each: not each.is_secret)

    def _old(self) -> Iterator[Doomed]:
        for place, entry in _all(self.depot):
            kind = place.partition("/")[0]
            if _LEFTOVER.fullmatch(entry.name) and self._is_left_over(entry):
                yield Doomed(place, TEMPORARIES, entry.size)
            if kind in self.limits.by_kind and is_product(place) and self.limits.may_be_due(kind, entry.name):
                yield Doomed(place, kind, entry.size, entry.name[:_ID])

    def _is_left_over(self, entry: Entry) -> bool:
        # The one name of ours without a stamp; a store that tells no times keeps it.
        return 0 < entry.changed < (self.limits.now - _LEFT_FOR).timestamp()

    def _without_kept(self, old: Sequence[Doomed]) -> Iterator[Doomed]:
        """Leave out what somebody still needs: files of runs under way, of moves and transfers under way."""
        with self.ledger.read() as tx:
            versions = forgetting.versions_at(tx, [each.place for each in old])
            of_runs = forgetting.runs_of(tx, [each.run_id for each in old if each.run_id])
            busy = _busy(tx)
        for each in old:
            version, run = versions.get(each.place), of_runs.get(each.run_id or "")
            if each.place in busy or (version and version.state in LIVE) or (run and not run.is_over):
                continue
            is_secret = self._is_secret(each, run.warnings if run else {})
            if each.kind == TEMPORARIES:
                if version is None:
                    yield each
            elif self.limits.is_due(each.kind, each.place.rpartition("/")[2], is_secret=is_secret):
                yield Doomed(each.place, each.kind, each.bytes, each.run_id, is_secret, version)

    def _is_secret(self, each: Doomed, warnings: Mapping[str, int]) -> bool:
        if each.kind not in _OF_INPUTS:
            return False
        # A file that was refused by its header was never read as far as to be warned of.
        return self.holds_passwords(warnings) or (each.kind == "quarantine" and self._names_passwords(each.place))

    def _names_passwords(self, place: str) -> bool:
        if place.endswith(".why.txt"):
            return False
        with self.depot.open(place) as file:
            # UTF-16 has a NUL beside each letter.
            return b"password" in file.read(_HEAD).replace(b"\0", b"").lower()

    def sweep(self, doomed: Sequence[Doomed]) -> None:
        """Take them away; what went is in the ledger, by run and file."""
        for batch in chunks(doomed, _BATCH):
            with self.ledger.write() as tx:
                self._forget(tx, batch)
            for each in batch:
                self.depot.remove(each.place)
                log.info("swept: place=%s bytes=%d", each.place, each.bytes)

    def _forget(self, tx: Connection, batch: Sequence[Doomed]) -> None:
        for each in batch:
            if each.version is not None:
                files.change(tx, each.version.id, place=None)
                files.set_state(tx, each.version.id, FileState.GONE, self.limits.now)
                self._tell(tx, each.run_id, [each.place], each.version.id)
        by_run: dict[str | None, list[str]] = {}
        for each in batch:
            if each.version is None:
                by_run.setdefault(each.run_id, []).append(each.place)
        for run_id, places in by_run.items():
            self._tell(tx, run_id, places)

    def _tell(self, tx: Connection, run_id: str | None, places: list[str], file_id: int | None = None) -> None:
        events.add(
            tx, "swept", who=self.holder, at=self.limits.now, file_id=file_id, run_id=run_id, detail={"places": places}
        )


def _all(depot: Depot, folder: str = "") -> Iterator[tuple[str, Entry]]:
    for entry in depot.entries(folder):
        place = place_of(folder, entry.name)
        if not entry.is_folder:
            yield place, entry
        elif place != _LEDGER:
            yield from _all(depot, place)


def _busy(tx: Connection) -> set[str]:
    moving = (place for version in files.moving(tx) for place in (version.place, version.moving_to) if place)
    return {*moving, *drop_names.part_places(tx)}
