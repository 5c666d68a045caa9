"""Files that people put into the depot by hand, change there, or take away: the ledger follows."""

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection

from sync_operators.depot.errors import NotThere, OutsideDepot
from sync_operators.depot.files import Entry
from sync_operators.depot.moving import Custody, finish_moves, lose
from sync_operators.depot.names import is_reserved, place_of
from sync_operators.depot.queueing import promote_all
from sync_operators.depot.storage import Depot, checked, folder_of
from sync_operators.depot.versions import AT_REST, claimed, in_states, locked, lying
from sync_operators.ledger import Ledger, events, files
from sync_operators.ledger.files import FileState, FileVersion

log = logging.getLogger(__name__)

_SETTLE_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Adopted:
    """What an adoption found: new and changed files, vanished ones, and places whose file is still being written."""

    added: tuple[FileVersion, ...] = ()
    gone: tuple[FileVersion, ...] = ()
    changing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Seen:
    """A file somebody put or changed, as read to its end."""

    place: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Adoption:
    """Everything an adoption needs; `runnable` tells of a place whether some command could take the file there."""

    ledger: Ledger
    depot: Depot
    clock: Callable[[], datetime]
    runnable: Callable[[str], bool] | None = None
    who: str = "adoption"
    settle_seconds: float = _SETTLE_SECONDS
    sleep: Callable[[float], None] = field(default=time.sleep, repr=False)

    def run(self) -> Adopted:
        """Make the ledger agree with what lies in the root and the free folders."""
        finish_moves(self.ledger, self.depot, self._custody())
        there = dict(_walk(self.depot))
        with self.ledger.read() as tx:
            known = lying(tx)
        settled, changing = self._settled(self._unknown(there, known))
        added = [version for place in settled if (version := self._adopt(place)) is not None]
        gone = [version for version in _missing(there, known) if self._lose(version)]
        promote_all(self.ledger, self.depot, self._custody())
        self._restate()
        return Adopted(tuple(added), tuple(gone), tuple(changing))

    def _custody(self) -> Custody:
        return Custody(self.who, self.clock())

    def _unknown(self, there: Mapping[str, Entry], known: Mapping[str, FileVersion]) -> dict[str, Entry]:
        return {place: entry for place, entry in there.items() if self._is_new(known.get(place), place, entry)}

    def _is_new(self, known: FileVersion | None, place: str, entry: Entry) -> bool:
        if known is None:
            return True
        if known.moving_to is not None or known.state not in AT_REST:
            return False
        if entry.size != known.bytes:
            return True
        # Touched since we met it, if only by our own rename: the content alone tells.
        return entry.changed > known.arrived.timestamp() and _differs(self.depot, place, known.sha256)

    def _settled(self, found: Mapping[str, Entry]) -> tuple[list[str], list[str]]:
        """Tell files at rest from those that somebody is copying here right now."""
        now = self.clock().timestamp()
        young = [place for place, entry in found.items() if abs(now - entry.changed) < self.settle_seconds]
        if young:
            self.sleep(self.settle_seconds)
        changing = [place for place in young if self.depot.entry(place) != found[place]]
        return [place for place in found if place not in changing], changing

    def _adopt(self, place: str) -> FileVersion | None:
        seen = _read(self.depot, place)
        if seen is None:
            return None
        with self.ledger.write() as tx:
            former = claimed(tx, place)
            if former is not None and not _may_be_replaced(former, seen):
                return None
            return self._note(tx, seen, former)

    def _note(self, tx: Connection, seen: _Seen, former: FileVersion | None) -> FileVersion:
        at = self.clock()
        if former is not None:
            lose(tx, former, self._custody())
        folder, name = folder_of(seen.place), seen.place.rpartition("/")[2]
        version = files.add(
            tx, folder=folder, name=name, place=seen.place, sha256=seen.sha256, size=seen.size,
            origin="adopted", origin_name=name.encode(), at=at, state=self._state(seen.place),
        )  # fmt: skip
        detail = {"place": seen.place, "bytes": seen.size, "sha256": seen.sha256}
        events.add(tx, "adopted", who=self.who, at=at, file_id=version.id, detail=detail)
        log.info("adopt: file=%r bytes=%d sha256=%.12s", seen.place, seen.size, seen.sha256)
        return version

    def _lose(self, version: FileVersion) -> bool:
        with self.ledger.write() as tx:
            current = locked(tx, version.id)
            if current.moving_to or current.place is None or current.state not in AT_REST:
                return False
            if self.depot.exists(current.place):
                return False
            lose(tx, current, self._custody())
            return True

    def _restate(self) -> None:
        """Files that a changed setting now names wait for their run; those that none names any more are stored."""
        if self.runnable is None:
            return
        with self.ledger.write() as tx:
            for version in in_states(tx, *AT_REST):
                state = self._state(place_of(version.folder, version.name))
                if state != version.state:
                    files.set_state(tx, version.id, state, self.clock())

    def _state(self, place: str) -> FileState:
        return FileState.WAITING if self.runnable is None or self.runnable(place) else FileState.STORED


def adopt(
    ledger: Ledger, depot: Depot, clock: Callable[[], datetime], runnable: Callable[[str], bool] | None = None
) -> Adopted:
    """Take note of what people did in the depot by hand since the last time."""
    return Adoption(ledger, depot, clock, runnable).run()


def _walk(depot: Depot) -> Iterator[tuple[str, Entry]]:
    folders = [""]
    while folders:
        folder = folders.pop()
        for entry in depot.entries(folder):
            place = place_of(folder, entry.name)
            if is_reserved(place) or not _is_named_well(place):
                continue
            if entry.is_folder:
                folders.append(place)
            else:
                yield place, entry


def _is_named_well(place: str) -> bool:
    try:
        checked(place)
    except OutsideDepot:
        log.warning("adopt: file=%r is left alone: its name is no UTF-8", place)
        return False
    return True


def _differs(depot: Depot, place: str, sha256: str) -> bool:
    try:
        return depot.sha256(place) != sha256
    except NotThere:
        return False


def _may_be_replaced(former: FileVersion, seen: _Seen) -> bool:
    if former.moving_to is not None or former.state not in AT_REST:
        return False
    return (former.sha256, former.bytes) != (seen.sha256, seen.size)


def _read(depot: Depot, place: str) -> _Seen | None:
    """Read a file to its end; None when it went away or changed meanwhile: the next adoption looks again."""
    try:
        before = depot.entry(place)
        sha256 = depot.sha256(place)
    except NotThere:
        return None
    return _Seen(place, before.size, sha256) if before and before == depot.entry(place) else None


def _missing(there: Mapping[str, Entry], known: Mapping[str, FileVersion]) -> list[FileVersion]:
    return [version for place, version in known.items() if version.place == place and place not in there]
