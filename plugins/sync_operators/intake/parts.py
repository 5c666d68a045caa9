"""Long files whose transfer broke off: what came is kept, and the next capture goes on from there."""

import hashlib
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sync_operators.depot.errors import depot_errors
from sync_operators.depot.files import BLOCK, Staged
from sync_operators.depot.names import QUEUED
from sync_operators.depot.storage import Depot
from sync_operators.intake.drop import Found
from sync_operators.ledger import Ledger, drop_names
from sync_operators.ledger.drop_names import DropName, Part
from sync_operators.ledger.leases import Held

log = logging.getLogger(__name__)

STAGING = f"{QUEUED}/staging"
"""Temporary files of captures lie beside this place, apart from those of others."""

LONG = 8 << 20
"""A shorter file is sooner read again than found again."""

_NOTED_EVERY = 64 << 20


@dataclass(slots=True)
class Filling:
    """A temporary file on its way: what it holds so far, and the checksum of that."""

    found: Found
    staged: Staged
    digest: "hashlib._Hash" = field(default_factory=hashlib.sha256)
    size: int = 0
    noted: int = 0

    def add(self, chunk: bytes) -> None:
        """Add to its end."""
        self.digest.update(chunk)
        with depot_errors(self.staged.place):
            self.staged.write(chunk)
        self.size += len(chunk)


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts that a ledger knows, as far as the drop still shows the files they are of."""

    ledger: Ledger
    depot: Depot
    lease: Held
    clock: Callable[[], datetime]
    known: Mapping[bytes, DropName]

    def whole(self, found: Found, content: bytes) -> Filling:
        """A temporary file with all of a small file in it."""
        filling = Filling(found, self.depot.stage(near=STAGING))
        try:
            filling.add(content)
            filling.staged.close()
        except BaseException:
            filling.staged.discard()
            raise
        return filling

    def begin(self, found: Found) -> Filling:
        """A temporary file for what is to come: one that holds the beginning already, if its checksum is right."""
        former = self.known.get(found.raw)
        if former and former.part and (former.size, former.mtime) == (found.size, found.mtime):
            filling = self._resumed(found, former.part)
            if filling is not None:
                return filling
        return Filling(found, self.depot.stage(near=STAGING))

    def _resumed(self, found: Found, part: Part) -> Filling | None:
        staged = self.depot.resume(part.place, part.bytes)
        if staged is None:
            return None
        digest = hashlib.sha256()
        with self.depot.open(part.place) as file:
            while chunk := file.read(BLOCK):
                digest.update(chunk)
        if digest.hexdigest() != part.sha256:
            staged.discard()
            return None
        log.info("capture: file=%s goes on from bytes=%d of=%d", found.shown, part.bytes, found.size)
        return Filling(found, staged, digest, part.bytes, part.bytes)

    def note(self, filling: Filling) -> None:
        """Remember how far a long file has come, now and then: a killed capture loses the rest only."""
        if filling.size - filling.noted >= _NOTED_EVERY:
            self._note(filling)

    def keep(self, filling: Filling) -> None:
        """Remember how far a long file came before its transfer broke off; a short one is let go."""
        if filling.size < LONG:
            filling.staged.discard()
            return
        self._note(filling)
        filling.staged.close()

    def _note(self, filling: Filling) -> None:
        with depot_errors(filling.staged.place):
            filling.staged.flush()
        found, former = filling.found, self.known.get(filling.found.raw)
        same = former is not None and (former.size, former.mtime) == (found.size, found.mtime)
        since = former.since if former is not None and same else self.clock()
        part = Part(filling.staged.place, filling.size, filling.digest.hexdigest())
        with self.ledger.write() as tx:
            self.lease.check(tx)
            drop_names.keep_part(tx, DropName(found.raw, found.size, found.mtime, since, "error_transfer", part=part))
        filling.noted = filling.size
