"""Received files into the ledger and at their places, so that a crash at any point loses and doubles nothing.

The ledger learns of a file, and where it shall lie, while it still has its temporary name. It counts as left behind in
the drop until it is known to be deleted there; so a capture after a crash neither takes it again nor forgets it.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from sync_operators.depot.errors import AlreadyThere
from sync_operators.depot.moving import Custody, arrive, finish_moves, put_there, turn_aside
from sync_operators.depot.names import QUEUED, TEMPORARY, queued, safe_name
from sync_operators.depot.queueing import promote_all
from sync_operators.depot.storage import Depot
from sync_operators.depot.versions import claimed
from sync_operators.intake.drop import Found
from sync_operators.intake.transfer import Received
from sync_operators.ledger import Ledger, events, files
from sync_operators.ledger.files import FileState, FileVersion
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

    def tidy(self) -> None:
        """Finish what a capture before us began: moves, promotions, temporary files."""
        custody = Custody(self.holder, self.clock())
        finish_moves(self.ledger, self.depot, custody)
        promote_all(self.ledger, self.depot, custody)
        # After the moves: what the ledger still names is none of those any more.
        for name in self.depot.listing(QUEUED):
            if name.startswith(TEMPORARY) and not self._is_known(f"{QUEUED}/{name}"):
                self.depot.remove(f"{QUEUED}/{name}")

    def _is_known(self, place: str) -> bool:
        with self.ledger.read() as tx:
            return claimed(tx, place) is not None

    def discard(self, received: Received) -> None:
        """Take a received file away, unless the ledger knows it."""
        if not self._is_known(received.place):
            self.depot.remove(received.place)

    def left_behind(self) -> list[FileVersion]:
        """Versions in the depot that the drop may still have."""
        with self.ledger.read() as tx:
            return files.left_behind(tx)

    def keep(self, batch: Sequence[Received]) -> list[FileVersion]:
        """Remember received files in their order, and let each lie at its place."""
        with self.ledger.write() as tx:
            self.lease.check(tx)
            first = files.next_arrival(tx)
            versions = [self._add(tx, received, first + n) for n, received in enumerate(batch)]
        placed = [self._put(version) for version in versions]
        self.depot.sync(QUEUED)
        return placed

    def _add(self, tx: Connection, received: Received, arrival_no: int) -> FileVersion:
        found, at = received.found, self.clock()
        name, changed = safe_name(found.raw)
        is_free = self._is_free(tx, name)
        version = files.add(
            tx,
            folder="",
            name=name,
            place=received.place,
            moving_to=name if is_free else queued(new_run_id(at), name),
            sha256=received.sha256,
            size=found.size,
            origin="drop",
            origin_name=found.raw,
            remote_size=found.size,
            remote_mtime=found.mtime,
            left_behind=True,
            at=at,
            arrival_no=arrival_no,
            state=FileState.WAITING if is_free else FileState.QUEUED,
        )
        detail = {"name": found.shown, "bytes": found.size, "sha256": received.sha256, "renamed": changed}
        events.add(tx, "captured", who=self.holder, at=at, file_id=version.id, detail=detail)
        return version

    def _is_free(self, tx: Connection, name: str) -> bool:
        return not files.of_name(tx, "", name) and claimed(tx, name) is None and not self.depot.exists(name)

    def _put(self, version: FileVersion) -> FileVersion:
        try:
            put_there(self.depot, version)
        except AlreadyThere:
            return turn_aside(self.ledger, self.depot, version, Custody(self.holder, self.clock()))
        return version

    def settle(self, versions: Sequence[FileVersion], deleted: Collection[int]) -> list[FileVersion]:
        """Note that the files lie at their places, and which of them are gone from the drop."""
        with self.ledger.write() as tx:
            self.lease.check(tx)
            for version in versions:
                arrive(tx, self.depot, version, None, left_behind=version.id not in deleted)
            return [files.get(tx, version.id) for version in versions]

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
