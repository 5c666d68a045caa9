"""Files that people upload: streamed under a temporary name, then one more version of theirs in the depot."""

import hashlib
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Connection

from sync_operators.depot.arranging import free_place
from sync_operators.depot.errors import AlreadyThere, DepotFull, TooLarge, depot_errors
from sync_operators.depot.files import Staged
from sync_operators.depot.moving import Custody, arrive, put_there, turn_aside
from sync_operators.depot.names import TEMPORARY, queued, safe_name
from sync_operators.depot.storage import Depot
from sync_operators.depot.versions import claimed
from sync_operators.ledger import Ledger, events, files
from sync_operators.ledger.files import FileState, FileVersion
from sync_operators.ledger.runs import new_run_id

log = logging.getLogger(__name__)

UPLOADS = ".uploads"
_FORGOTTEN = timedelta(days=1)
_EVENTS = {"upload": "uploaded", "generated": "generated"}


@dataclass(frozen=True, slots=True)
class Uploads:
    """Where uploads of one person go. `largest`: bytes of one file; `reserve`: bytes that stay free."""

    ledger: Ledger
    depot: Depot
    runnable: Callable[[str], bool]
    who: str
    clock: Callable[[], datetime]
    largest: int
    reserve: int = 0

    def begin(self, folder: str, name: str) -> "Upload":
        """Take in a file for a folder. Raises Managed, BadName, DepotFull."""
        kept_as, _ = safe_name(name.rpartition("/")[2].rpartition("\\")[2].encode("utf-8", "surrogatepass"))
        free_place(folder, kept_as)
        free = self.depot.free_bytes()
        if free is not None and free < self.reserve:
            raise DepotFull("depot: no space left for uploads.", remedy="Free space in the depot, then try again.")
        return Upload(self, folder, kept_as, name, self.depot.stage(near=f"{UPLOADS}/file"))

    def tidy(self) -> None:
        """Take away what uploads that broke off have left a day ago."""
        before = (self.clock() - _FORGOTTEN).timestamp()
        for entry in self.depot.entries(UPLOADS):
            place = f"{UPLOADS}/{entry.name}"
            with self.ledger.read() as tx:
                is_ours = claimed(tx, place) is not None
            if entry.name.startswith(TEMPORARY) and entry.changed < before and not is_ours:
                self.depot.remove(place)


@dataclass
class Upload:
    """One file being taken in; `close` keeps it, `discard` forgets it."""

    uploads: Uploads
    folder: str
    name: str
    origin_name: str
    staged: Staged
    size: int = 0
    origin: str = "upload"
    beside: Mapping[str, str] = field(default_factory=dict)
    """What else its first event tells."""
    _digest: "hashlib._Hash" = field(default_factory=hashlib.sha256, repr=False)

    def write(self, chunk: bytes) -> None:
        """Add to its end. Raises TooLarge beyond the limit, DepotFull."""
        self.size += len(chunk)
        if self.size > self.uploads.largest:
            raise TooLarge(f"depot: {self.name} has more than {self.uploads.largest} bytes.")
        self._digest.update(chunk)
        with depot_errors(self.name):
            self.staged.write(chunk)

    def discard(self) -> None:
        """Forget it; nothing happens once it is kept."""
        self.staged.discard()

    def close(self) -> FileVersion:
        """Keep it: at its place, or queued behind another version of its name."""
        with depot_errors(self.name):
            self.staged.close()
        depot, ledger = self.uploads.depot, self.uploads.ledger
        with ledger.write() as tx:
            version = self._note(tx)
        custody = Custody(self.uploads.who, self.uploads.clock())
        try:
            put_there(depot, version)
        except AlreadyThere:
            return turn_aside(ledger, depot, version, custody)
        with ledger.write() as tx:
            arrive(tx, depot, version, None)
            return files.get(tx, version.id)

    def _note(self, tx: Connection) -> FileVersion:
        place, at = free_place(self.folder, self.name), self.uploads.clock()
        state = FileState.WAITING if self.uploads.runnable(place) else FileState.STORED
        if files.of_name(tx, self.folder, self.name) or claimed(tx, place) or self.uploads.depot.exists(place):
            place, state = queued(new_run_id(at), self.name), FileState.QUEUED
        version = files.add(
            tx,
            folder=self.folder,
            name=self.name,
            place=self.staged.place,
            moving_to=place,
            sha256=self._digest.hexdigest(),
            size=self.size,
            origin=self.origin,
            origin_name=self.origin_name.encode("utf-8", "surrogatepass"),
            at=at,
            state=state,
        )
        detail = {"name": self.origin_name, "kept_as": self.name, "bytes": self.size, "sha256": version.sha256}
        detail |= self.beside
        what = _EVENTS.get(self.origin, "copied")
        events.add(tx, what, who=self.uploads.who, at=at, file_id=version.id, detail=detail)
        log.info("%s: file=%r bytes=%d sha256=%.12s who=%r", what, place, self.size, version.sha256, self.uploads.who)
        return version
