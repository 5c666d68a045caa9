"""Checksum files: what they say, and what becomes of a file that has another checksum."""

import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sync_operators.codes import Fault
from sync_operators.configuration.sections import Drop
from sync_operators.intake.deliveries import Received
from sync_operators.intake.drop import DropFolder, Found
from sync_operators.intake.rules import Candidate
from sync_operators.ledger.drop_names import DropName

log = logging.getLogger(__name__)

CODE = "error_checksum"

# As `sha256sum` writes it, the name behind it or not, or `SHA256 (name) = …`; with the marks Windows puts before it.
_SHA256 = re.compile(rb"(?<![0-9A-Fa-f])[0-9A-Fa-f]{64}(?![0-9A-Fa-f])")


class Wrong(Exception):
    """The file has another checksum than its checksum file says; the message is the reason."""


@dataclass(frozen=True, slots=True)
class Checksums:
    """The checksum files of a drop, and what earlier captures found wrong."""

    drop: DropFolder
    rules: Drop
    known: Mapping[bytes, DropName]
    clock: Callable[[], datetime]

    async def read(self, candidate: Candidate) -> Candidate:
        """The candidate with the checksum it must have, in lower case, if anything says so.

        Raises Wrong when its checksum file says none, or when nothing has changed since it was found wrong.
        """
        if candidate.checksum is None:
            return candidate
        said = _SHA256.search((await self.drop.content(candidate.checksum.raw)).replace(b"\0", b""))
        if said is None:
            raise Wrong(f"{candidate.checksum.shown} holds no SHA-256")
        expected = said.group().decode().lower()
        former = self._former(candidate.found)
        # Where the server tells no times, a file of the same size may be another.
        if former and former.mtime and former.reason.endswith(expected) and not self._is_overdue(former):
            raise Wrong(former.reason)
        return replace(candidate, sha256=expected)

    def checked(self, received: Received) -> Received:
        """The delivery when it has the checksum it must have; Wrong when not, and refused when that has lasted long."""
        whole, expected = received.whole, received.candidate.sha256
        if expected in {"", whole.sha256}:
            return received
        reason = f"it is {whole.sha256}, and should be {expected}"
        former = self._former(received.found)
        if former is not None and self._is_overdue(former):
            return replace(received, refused=Fault(CODE, {"reason": reason}))
        log.error("capture: file=%s checksum: %s", received.found.shown, reason)
        raise Wrong(reason)

    def _former(self, found: Found) -> DropName | None:
        former = self.known.get(found.raw)
        same = former is not None and (former.size, former.mtime) == (found.size, found.mtime)
        return former if same and former is not None and former.code == CODE else None

    def _is_overdue(self, former: DropName) -> bool:
        return self.clock() - former.since >= self.rules.checksum_grace
