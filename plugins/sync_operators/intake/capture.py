"""Capture: every complete file of the drop into the depot, exactly once."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

import asyncssh

from sync_operators.configuration.sections import Drop
from sync_operators.depot.storage import Depot
from sync_operators.intake.drop import DropFolder, Found
from sync_operators.intake.errors import DropError, DropLost
from sync_operators.intake.locks import DropLock, Locking
from sync_operators.intake.placing import Placing
from sync_operators.intake.report import CaptureReport, Taken
from sync_operators.intake.rules import Sleep, settled, sort_listing
from sync_operators.intake.taking import Taking, failed
from sync_operators.ledger import Ledger
from sync_operators.ledger.files import FileVersion
from sync_operators.ledger.leases import Held, hold

log = logging.getLogger(__name__)

LEASE = "drop"
_LEASE_WAIT = 900.0


async def capture(
    session: asyncssh.SFTPClient,
    path: str,
    *,
    depot: Depot,
    ledger: Ledger,
    rules: Drop,
    holder: str,
    clock: Callable[[], datetime],
    sleep: Sleep = asyncio.sleep,
    lease_wait: float = _LEASE_WAIT,
) -> CaptureReport:
    """Take what is complete in the directory `path` of the drop; what is not stays there, with the reason.

    Raises DropError when the connection is lost (what was taken is kept, and the next capture goes on), DepotFull
    when there is no space for what lies in the drop (nothing is taken), Busy when another capture does not end.
    """
    drop = DropFolder(session, path, parallel=rules.parallel)
    async with _leased(ledger, holder, lease_wait) as lease:
        placing = Placing(ledger, depot, lease, holder, clock)
        await asyncio.to_thread(placing.tidy)
        async with DropLock(drop, rules, depot, holder=holder, clock=clock).held() as locking:
            taking = Taking(drop, depot, placing, rules.parallel)
            return await _Capture(drop, taking, placing, rules, locking, sleep).run()


@asynccontextmanager
async def _leased(ledger: Ledger, holder: str, wait: float) -> AsyncIterator[Held]:
    lease = hold(ledger, LEASE, holder=holder, wait=wait)
    held = await asyncio.to_thread(lease.__enter__)
    try:
        yield held
    finally:
        await asyncio.to_thread(lease.__exit__, None, None, None)


@dataclass(frozen=True, slots=True)
class _Capture:
    """One capture under lease and lock."""

    drop: DropFolder
    taking: Taking
    placing: Placing
    rules: Drop
    locking: Locking
    sleep: Sleep

    async def run(self) -> CaptureReport:
        """Look, choose, take."""
        if self.locking.taken_over is not None:
            await asyncio.to_thread(self.placing.tell_lock_taken_over, self.locking.taken_over)
        if self.locking.blocked_by is not None:
            return self._blocked(self.locking.blocked_by)
        listing = await self.drop.listing()
        writer = next((found for found in listing if found.raw == self.rules.alock.encode()), None)
        return self._blocked(writer) if writer else await self._take_from(listing)

    def _blocked(self, lock: Found) -> CaptureReport:
        log.info("capture: nothing taken, lock=%s", lock.shown)
        return CaptureReport((Taken(lock.shown, "capture_locked"),), self.locking.warnings)

    async def _take_from(self, listing: Sequence[Found]) -> CaptureReport:
        by_rules = sort_listing(listing, self.rules)
        self._leave(by_rules.ignored)
        fresh = await self._without_left_behind(by_rules.candidates)
        await self.taking.take(await self._complete(self._within_limits(fresh)))
        if self.taking.lost is not None:
            raise self._broken_off(self.taking.lost)
        return CaptureReport(tuple(sorted(self.taking.items, key=lambda item: item.name)), self.locking.warnings)

    def _leave(self, ignored: Iterable[tuple[Found, str]]) -> None:
        self.taking.items.extend(Taken(found.shown, code, found.size) for found, code in ignored)

    async def _without_left_behind(self, candidates: Sequence[Found]) -> list[Found]:
        """Try again to delete what the depot has already; give what it does not have."""
        versions = await asyncio.to_thread(self.placing.left_behind)
        known = {(version.origin_name, version.remote_size, version.remote_mtime): version for version in versions}
        still = {_key(found): found for found in candidates if _key(found) in known}
        deleted = await self.taking.delete([(known[key], found) for key, found in still.items()])
        gone = [version for version in versions if _remote_key(version) not in still]
        await asyncio.to_thread(
            self.placing.forget_left_behind, gone, [version for version in versions if version.id in deleted]
        )
        for key, found in still.items():
            if known[key].id not in deleted:
                self.taking.note(found, known[key], "captured_left_behind")
        return [found for found in candidates if _key(found) not in known]

    def _within_limits(self, fresh: Sequence[Found]) -> list[Found]:
        fitting = [found for found in fresh if found.size <= self.rules.max_bytes]
        reason = f"larger than drop.max_bytes, {self.rules.max_bytes}"
        self._leave_with_reason((found for found in fresh if found.size > self.rules.max_bytes), reason)
        self._leave((found, "deferred_limit") for found in fitting[self.rules.max_files :])
        return fitting[: self.rules.max_files]

    def _leave_with_reason(self, refused: Iterable[Found], reason: str) -> None:
        self.taking.items.extend(failed(found, reason) for found in refused)

    async def _complete(self, candidates: Sequence[Found]) -> tuple[Found, ...]:
        by_rest = await settled(
            self.drop,
            candidates,
            seconds=self.rules.settle_seconds,
            server_time=self.locking.server_time,
            sleep=self.sleep,
        )
        self._leave((found, "deferred_unstable") for found in by_rest.changing)
        return by_rest.complete

    def _broken_off(self, lost: DropLost) -> DropError:
        kept = sum(item.code.startswith("captured") for item in self.taking.items)
        return DropError(f"{lost.message} {kept} files were captured before and are kept.", remedy=lost.remedy)


def _key(found: Found) -> tuple[bytes, int, int]:
    return found.raw, found.size, found.mtime


def _remote_key(version: FileVersion) -> tuple[bytes, int | None, int | None]:
    return version.origin_name, version.remote_size, version.remote_mtime
