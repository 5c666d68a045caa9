"""Received files into the ledger and at their places, so that a crash at any point loses and doubles nothing.

The ledger learns of a file, and where it shall lie, while it still has its temporary name. It counts as left behind in
the drop until it is known to be deleted there; so a capture after a crash neither takes it again nor forgets it.
"""

import io
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import count, islice

from sqlalchemy import Connection

from sync_operators.codes import Fault
from sync_operators.depot.errors import AlreadyThere
from sync_operators.depot.moving import Custody, arrive_all, finish_moves, put_there, turn_aside
from sync_operators.depot.names import QUEUED, TEMPORARY, split_name
from sync_operators.depot.queueing import promote_all
from sync_operators.depot.storage import Depot, folder_of
from sync_operators.depot.versions import claimed
from sync_operators.intake.deliveries import Piece, Received
from sync_operators.intake.drop import Found
from sync_operators.intake.spots import Spot, Spots, product_spot, quarantine_spot
from sync_operators.ledger import Ledger, drop_names, events, files
from sync_operators.ledger.files import FileVersion
from sync_operators.ledger.leases import Held
from sync_operators.ledger.runs import new_run_id


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
        stamps = [new_run_id(self.clock()) for _ in batch]
        for received, stamp in zip(batch, stamps, strict=True):
            if received.refused is not None:
                self._tell_why(received, received.refused, stamp)
        with self.ledger.write() as tx:
            self.lease.check(tx)
            kept = self._remember(tx, batch, stamps)
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

    def _remember(self, tx: Connection, batch: Sequence[Received], stamps: Sequence[str]) -> list[list[FileVersion]]:
        """Add the files to the ledger: for each delivery what stands for it, then what came in it."""
        at, arrivals = self.clock(), count(files.next_arrival(tx))
        spots = Spots.of(tx, self.depot, batch, lambda: new_run_id(at))
        made = [
            [_version(received, piece, spot, next(arrivals), at) for piece, spot in _spread(received, stamp, spots)]
            for received, stamp in zip(batch, stamps, strict=True)
        ]
        first = files.add_all(tx, [versions[0] for versions in made])
        bundles = zip(first, made, strict=True)
        inside = [replace(each, bundle_id=one.id) for one, versions in bundles for each in versions[1:]]
        others = iter(files.add_all(tx, inside))
        kept = [[one, *islice(others, len(versions) - 1)] for one, versions in zip(first, made, strict=True)]
        self._tell(tx, batch, kept, at)
        return kept

    def _tell(
        self, tx: Connection, batch: Sequence[Received], kept: Sequence[Sequence[FileVersion]], at: datetime
    ) -> None:
        told: dict[str, list[tuple[int, Mapping[str, object]]]] = {"captured": [], "quarantined": []}
        for received, versions in zip(batch, kept, strict=True):
            what = "captured" if received.refused is None else "quarantined"
            told[what] += [(version.id, _detail(received, version)) for version in versions]
        for what, details in told.items():
            events.add_all(tx, what, who=self.holder, at=at, details=details)

    def _tell_why(self, received: Received, fault: Fault, stamp: str) -> None:
        """Say beside what goes to quarantine why; it is written first, so that no file lies there without."""
        whole, at = received.whole, self.clock()
        spot = quarantine_spot(received, stamp)
        lines = (
            f"{received.found.shown} ({whole.size} bytes, sha256 {whole.sha256})",
            fault.message(self.language),
            fault.remedy(self.language),
            f"{at:%Y-%m-%d %H:%M:%S} UTC",
        )
        self.depot.put(f"{split_name(spot.place)[0]}.why.txt", io.BytesIO("\n".join((*lines, "")).encode()))

    def _put(self, version: FileVersion) -> FileVersion:
        try:
            put_there(self.depot, version, sync=False)
        except AlreadyThere:
            return turn_aside(self.ledger, self.depot, version, Custody(self.holder, self.clock()))
        return version

    def settle(self, kept: Sequence[Sequence[FileVersion]], deleted: Collection[int]) -> list[list[FileVersion]]:
        """Note that the files lie at their places, and which of them are gone from the drop."""
        versions = [version for of_one in kept for version in of_one]
        behind = {version.id for version in versions if version.left_behind}.difference(deleted)
        with self.ledger.write() as tx:
            self.lease.check(tx)
            now = arrive_all(tx, self.depot, versions, left_behind=behind)
        return [[now[version.id] for version in of_one] for of_one in kept]

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


def _spread(received: Received, stamp: str, spots: Spots) -> Iterator[tuple[Piece, Spot]]:
    """Every file of a delivery that is kept, with where it shall lie: what stands for the delivery first."""
    whole = product_spot(received, stamp)
    if whole is not None:
        yield received.whole, whole
    if received.refused is None:
        yield from ((piece, spots.for_piece(received, piece)) for piece in received.command_files)


def _version(received: Received, piece: Piece, spot: Spot, arrival_no: int, at: datetime) -> FileVersion:
    """A version as it is before the ledger gives it an id."""
    found, is_inside = received.found, received.is_bundle and piece is not received.whole
    return FileVersion(
        id=0,
        folder=found.folder,
        name=spot.name,
        place=piece.place,
        moving_to=spot.place,
        sha256=piece.sha256,
        bytes=piece.size,
        origin="bundle" if is_inside else "drop",
        origin_name=found.raw + b"/" + piece.name if is_inside else found.raw,
        remote_size=None if is_inside else found.size,
        remote_mtime=None if is_inside else found.mtime,
        left_behind=not is_inside,
        arrived=at,
        arrival_no=arrival_no,
        state=spot.state,
        state_since=at,
        dialect=None,
    )


def _detail(received: Received, version: FileVersion) -> dict[str, object]:
    told = {
        "name": received.found.shown,
        "bytes": version.bytes,
        "sha256": version.sha256,
        "kept_as": version.name,
    }
    refused = received.refused
    return told if refused is None else {**told, "code": refused.code, **refused.args}
