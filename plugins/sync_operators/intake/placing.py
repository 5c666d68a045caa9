"""Received files into the ledger and at their places, so that a crash at any point loses and doubles nothing.

The ledger learns of a file, and where it shall lie, while it still has its temporary name. It counts as left behind in
the drop until it is known to be deleted there; so a capture after a crash neither takes it again nor forgets it.
"""

import io
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import count

from sqlalchemy import Connection

from sync_operators.codes import Fault
from sync_operators.depot.errors import AlreadyThere
from sync_operators.depot.moving import Custody, arrive, finish_moves, put_there, turn_aside
from sync_operators.depot.names import QUEUED, TEMPORARY, place_of, product, queued, safe_name, split_name
from sync_operators.depot.queueing import promote_all
from sync_operators.depot.storage import Depot, folder_of
from sync_operators.depot.versions import claimed
from sync_operators.intake.deliveries import Piece, Received
from sync_operators.intake.drop import Found
from sync_operators.ledger import Ledger, drop_names, events, files
from sync_operators.ledger.files import FileState, FileVersion
from sync_operators.ledger.leases import Held
from sync_operators.ledger.runs import new_run_id


@dataclass(frozen=True, slots=True)
class _Spot:
    """Where a file shall lie, under which name, and what it waits for there."""

    name: str
    place: str
    state: FileState
    bundle_id: int | None = None


@dataclass(frozen=True, slots=True)
class Placing:
    """The depot's side of a capture; every method is short and blocking."""

    ledger: Ledger
    depot: Depot
    lease: Held
    holder: str
    clock: Callable[[], datetime]
    language: str = "en"

    def tidy(self) -> None:
        """Finish what a capture before us began: moves, promotions, temporary files."""
        custody = Custody(self.holder, self.clock())
        finish_moves(self.ledger, self.depot, custody)
        promote_all(self.ledger, self.depot, custody)
        # After the moves: what the ledger still names is none of those any more.
        with self.ledger.read() as tx:
            parts = drop_names.part_places(tx)
        for name in self.depot.listing(QUEUED):
            if name.startswith(TEMPORARY) and f"{QUEUED}/{name}" not in parts:
                self.discard(f"{QUEUED}/{name}")

    def discard(self, place: str) -> None:
        """Take a temporary file away, unless the ledger knows it."""
        with self.ledger.read() as tx:
            is_known = claimed(tx, place) is not None
        if not is_known:
            self.depot.remove(place)

    def left_behind(self) -> list[FileVersion]:
        """Versions in the depot that the drop may still have."""
        with self.ledger.read() as tx:
            return files.left_behind(tx)

    def keep(self, batch: Sequence[Received]) -> list[list[FileVersion]]:
        """Remember received files in their order, and let each lie at its place; those of a bundle all, or none."""
        names = [new_run_id(self.clock()) for _ in batch]
        for received, stamp in zip(batch, names, strict=True):
            if received.refused is not None:
                self._tell_why(received, received.refused, stamp)
        with self.ledger.write() as tx:
            self.lease.check(tx)
            arrivals = count(files.next_arrival(tx))
            kept = [self._add(tx, received, arrivals, stamp) for received, stamp in zip(batch, names, strict=True)]
            drop_names.forget(tx, [name for received in batch for name in received.candidate.names])
        placed = [[self._put(version) for version in versions] for versions in kept]
        for received in batch:
            if not received.is_bundle and received.unpacked:
                self.depot.remove(received.whole.place)
        # Before anything is deleted in the drop; once for all of a folder, as each costs a turn of the disk.
        for folder in {
            QUEUED,
            *(folder_of(version.moving_to) for one in placed for version in one if version.moving_to),
        }:
            self.depot.sync(folder)
        return placed

    def _add(self, tx: Connection, received: Received, arrivals: Iterator[int], stamp: str) -> list[FileVersion]:
        if received.refused is not None:
            spot = _product(received, stamp, "quarantine", FileState.QUARANTINED)
            return [self._note(tx, received, received.whole, spot, next(arrivals))]
        if not received.is_bundle:
            (piece,) = received.pieces
            return [self._note(tx, received, piece, self._spot(tx, received, piece), next(arrivals))]
        spot = _product(received, stamp, "archives", FileState.DONE)
        bundle = self._note(tx, received, received.whole, spot, next(arrivals))
        members = (
            self._note(tx, received, piece, self._spot(tx, received, piece, bundle.id), next(arrivals))
            for piece in received.unpacked
        )
        return [bundle, *members]

    def _spot(self, tx: Connection, received: Received, piece: Piece, bundle_id: int | None = None) -> "_Spot":
        folder, (name, _) = received.found.folder, safe_name(piece.name)
        if not self._is_free(tx, folder, name):
            return _Spot(name, queued(new_run_id(self.clock()), name), FileState.QUEUED, bundle_id)
        state = FileState.WAITING if bundle_id is None else FileState.BUNDLED
        return _Spot(name, place_of(folder, name), state, bundle_id)

    def _note(self, tx: Connection, received: Received, piece: Piece, spot: "_Spot", arrival_no: int) -> FileVersion:
        found, at, is_own = received.found, self.clock(), spot.bundle_id is None
        version = files.add(
            tx,
            folder=found.folder,
            name=spot.name,
            place=piece.place,
            moving_to=spot.place,
            sha256=piece.sha256,
            size=piece.size,
            origin="drop" if is_own else "bundle",
            origin_name=found.raw if is_own else found.raw + b"/" + piece.name,
            remote_size=found.size if is_own else None,
            remote_mtime=found.mtime if is_own else None,
            left_behind=is_own,
            at=at,
            arrival_no=arrival_no,
            state=spot.state,
            bundle_id=spot.bundle_id,
        )
        self._tell(tx, version, received)
        return version

    def _tell(self, tx: Connection, version: FileVersion, received: Received) -> None:
        detail: dict[str, object] = {
            "name": received.found.shown,
            "bytes": version.bytes,
            "sha256": version.sha256,
            "kept_as": version.name,
        }
        if received.refused is not None:
            detail |= {"code": received.refused.code, **received.refused.args}
        what = "captured" if received.refused is None else "quarantined"
        events.add(tx, what, who=self.holder, at=version.arrived, file_id=version.id, detail=detail)

    def _tell_why(self, received: Received, fault: Fault, stamp: str) -> None:
        """Say beside what goes to quarantine why; it is written first, so that no file lies there without."""
        whole, at = received.whole, self.clock()
        place = _product(received, stamp, "quarantine", FileState.QUARANTINED).place
        lines = (
            f"{received.found.shown} ({whole.size} bytes, sha256 {whole.sha256})",
            fault.message(self.language),
            fault.remedy(self.language),
            f"{at:%Y-%m-%d %H:%M:%S} UTC",
        )
        self.depot.put(f"{split_name(place)[0]}.why.txt", io.BytesIO("\n".join((*lines, "")).encode()))

    def _is_free(self, tx: Connection, folder: str, name: str) -> bool:
        place = place_of(folder, name)
        return not files.of_name(tx, folder, name) and claimed(tx, place) is None and not self.depot.exists(place)

    def _put(self, version: FileVersion) -> FileVersion:
        try:
            put_there(self.depot, version, sync=False)
        except AlreadyThere:
            return turn_aside(self.ledger, self.depot, version, Custody(self.holder, self.clock()))
        return version

    def settle(self, kept: Sequence[Sequence[FileVersion]], deleted: Collection[int]) -> list[list[FileVersion]]:
        """Note that the files lie at their places, and which of them are gone from the drop."""
        with self.ledger.write() as tx:
            self.lease.check(tx)
            for version in (version for versions in kept for version in versions):
                still_there = version.left_behind and version.id not in deleted
                arrive(tx, self.depot, version, None, left_behind=still_there)
            return [[files.get(tx, version.id) for version in versions] for versions in kept]

    def forget_left_behind(self, gone: Sequence[FileVersion], deleted: Sequence[FileVersion]) -> None:
        """Note that the drop has these no longer: they went by themselves, or we deleted them now."""
        if not gone and not deleted:
            return
        with self.ledger.write() as tx:
            self.lease.check(tx)
            for version in (*gone, *deleted):
                files.change(tx, version.id, left_behind=False)
            for version in deleted:
                events.add(tx, "deleted_in_drop", who=self.holder, at=self.clock(), file_id=version.id)

    def tell_lock_taken_over(self, lock: Found) -> None:
        """Remember that a lock in the drop was taken over."""
        with self.ledger.write() as tx:
            detail = {"lock": lock.shown, "mtime": lock.mtime}
            events.add(tx, "lock_taken_over", who=self.holder, at=self.clock(), detail=detail)


def _product(received: Received, stamp: str, kind: str, state: FileState) -> _Spot:
    name, _ = safe_name(received.whole.name)
    return _Spot(name, product(kind, stamp, received.found.folder, name), state)
