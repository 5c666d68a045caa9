"""Capture: every complete file of the drop into the depot, exactly once."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate, takewhile

import asyncssh

from sync_operators.codes import Fault
from sync_operators.configuration.sections import Drop
from sync_operators.depot.storage import Depot
from sync_operators.intake.checksums import Checksums, Wrong
from sync_operators.intake.drop import DropFolder, Found
from sync_operators.intake.errors import DropError, DropLost, DropRefused
from sync_operators.intake.locks import DropLock, Locking
from sync_operators.intake.parts import Parts
from sync_operators.intake.placing import Placing
from sync_operators.intake.remembering import Memory
from sync_operators.intake.report import CaptureReport, Taken
from sync_operators.intake.resting import Looks, Sleep
from sync_operators.intake.rules import Candidate, is_missing_companion, sort_listing
from sync_operators.intake.taking import Taking, failed, left
from sync_operators.intake.transfer import Transfers
from sync_operators.intake.unpacking import Unpacking
from sync_operators.ledger import Ledger
from sync_operators.ledger.bulk import chunks
from sync_operators.ledger.files import FileVersion
from sync_operators.ledger.leases import Held, hold

log = logging.getLogger(__name__)

_Pairs = Sequence[tuple[FileVersion, Candidate]]

LEASE = "drop"
_LEASE_WAIT = 900.0


@dataclass(frozen=True, slots=True)
class Terms:
    """What a capture must know beyond the drop's own settings."""

    pictures: str = "userpictures_"
    """Zips whose name begins so hold pictures, and are taken as they are."""
    reserve: int = 0
    """Bytes that stay free in the depot."""
    language: str = "en"
    """Of the reasons beside files in quarantine."""


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
    terms: Terms = Terms(),
) -> CaptureReport:
    """Take what is complete in the directory `path` of the drop; what is not stays there, with the reason.

    Raises DropError when the connection is lost (what was taken is kept, and the next capture goes on), DepotFull
    when there is no space for what lies in the drop (nothing is taken), Busy when another capture does not end.
    """
    drop = DropFolder(session, path, parallel=rules.parallel)
    async with _leased(ledger, holder, lease_wait) as lease:
        placing = Placing(ledger, depot, lease, holder, clock, terms.language)
        await asyncio.to_thread(placing.tidy)
        memory = Memory(ledger, lease)
        known = await asyncio.to_thread(memory.known)
        taking = Taking(
            drop,
            depot,
            placing,
            Transfers(drop, Parts(ledger, depot, lease, clock, known)),
            Checksums(drop, rules, known, clock),
            Unpacking(depot, rules, terms.pictures, terms.reserve),
            rules.parallel,
        )
        lock = DropLock(drop, rules, depot, holder=holder, clock=clock)
        looks = Looks(drop, rules.settle_seconds, known, clock(), sleep)
        return await _Capture(drop, taking, placing, rules, lock, looks, memory, clock).run()


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
    """One capture under the lease of the drop."""

    drop: DropFolder
    taking: Taking
    placing: Placing
    rules: Drop
    lock: DropLock
    looks: Looks
    memory: Memory
    clock: Callable[[], datetime]

    async def run(self) -> CaptureReport:
        """Look, choose, take."""
        listing = await self.drop.listing(self.rules.folders)
        try:
            warnings = await self._go_through(listing)
        except DropLost as exc:
            # What was seen counts as the first look of the next capture: a server that hangs up on the idle costs one.
            warnings = await self._lost(exc, listing)
        await asyncio.to_thread(self._remember, listing)
        if self.taking.lost is not None:
            raise self._broken_off(self.taking.lost)
        return CaptureReport(tuple(sorted(self.taking.items, key=lambda item: item.name)), warnings)

    async def _lost(self, lost: DropLost, listing: Sequence[Found]) -> tuple[Fault, ...]:
        self.taking.lost = lost
        told = {item.name for item in self.taking.items}
        has = {_remote_key(version) for version in await asyncio.to_thread(self.placing.left_behind)}
        others = (each.found for each in sort_listing(listing, self.rules).candidates if _key(each.found) not in has)
        self._leave((found, "error_transfer") for found in others if found.shown not in told)
        return ()

    def _remember(self, listing: Sequence[Found]) -> None:
        # Transfers have notes of their own there; where none was begun, what was read at first is still true.
        known = self.memory.known_after(self.looks.known) if self.taking.transfers.begun else self.looks.known
        there = {found.raw for found in listing} - self.taking.gone
        self.memory.remember(self.taking.items, there, self.clock(), known=known)

    async def _go_through(self, listing: Sequence[Found]) -> tuple[Fault, ...]:
        """Take what is complete; give what is to be said about locks."""
        by_rules = sort_listing(listing, self.rules)
        before = await self.lock.before(listing)
        await self._tell_taken_over(before)
        self._leave((found, code) for found, code in by_rules.ignored if found != before.blocked_by)
        if before.blocked_by is not None:
            self._blocked(before.blocked_by, by_rules.candidates)
            return before.warnings
        behind = await self._left_behind(by_rules.candidates)
        known = {each.found for _, each in behind}
        fresh = [each for each in by_rules.candidates if each.found not in known]
        rested = await self.looks.rested(self._with_companions(fresh), of=len(listing))
        self._leave((each.found, "deferred_unstable") for each in rested.changing)
        wanted = self._within_limits(await self._with_checksums(rested.complete))
        return await self._take(wanted, behind) if wanted or behind else ()

    async def _take(self, wanted: Sequence[Candidate], behind: _Pairs) -> tuple[Fault, ...]:
        """Delete what the depot has already, and take the rest; both under lock, as a writer may replace files."""
        async with self.lock.held() as locking:
            await self._tell_taken_over(locking)
            if locking.blocked_by is not None:
                self._blocked(locking.blocked_by, wanted)
                self._note_behind(behind)
                return locking.warnings
            deleted = await self._delete(behind)
            gone = [version for version, _ in behind if version.id in deleted]
            await asyncio.to_thread(self.placing.forget_left_behind, [], gone)
            self._note_behind([pair for pair in behind if pair[0].id not in deleted])
            if wanted:
                await self.taking.take(wanted)
        return locking.warnings

    def _note_behind(self, behind: _Pairs) -> None:
        for version, candidate in behind:
            self.taking.note(candidate.found.shown, version, "captured_left_behind")

    async def _tell_taken_over(self, locking: Locking) -> None:
        if locking.taken_over is not None:
            await asyncio.to_thread(self.placing.tell_lock_taken_over, locking.taken_over)

    def _blocked(self, lock: Found, kept_back: Iterable[Candidate]) -> None:
        log.info("capture: nothing taken, lock=%s", lock.shown)
        self.taking.items.append(Taken(lock.shown, "capture_locked"))
        self._leave((each.found, "capture_locked") for each in kept_back)

    def _leave(self, names: Iterable[tuple[Found, str]]) -> None:
        self.taking.items.extend(left(found, code) for found, code in names)

    def _with_companions(self, candidates: Sequence[Candidate]) -> list[Candidate]:
        missing = {each.found: is_missing_companion(each, self.rules) for each in candidates}
        waiting = (left(found, "deferred_incomplete", f"{name} is missing") for found, name in missing.items() if name)
        self.taking.items.extend(waiting)
        return [each for each in candidates if not missing[each.found]]

    async def _with_checksums(self, complete: Sequence[Candidate]) -> list[Candidate]:
        read = await asyncio.gather(*map(self._with_checksum, complete))
        return [each for each in read if each is not None]

    async def _with_checksum(self, candidate: Candidate) -> Candidate | None:
        try:
            return await self.taking.checksums.read(candidate)
        except Wrong as exc:
            self.taking.items.append(left(candidate.found, "error_checksum", str(exc)))
        except DropRefused as exc:
            self.taking.items.append(failed(candidate.found, exc.reason))
        return None

    async def _left_behind(self, candidates: Sequence[Candidate]) -> _Pairs:
        """What of it the depot has already; versions that went from the drop by themselves are forgotten."""
        versions = await asyncio.to_thread(self.placing.left_behind)
        known = {_remote_key(version): version for version in versions}
        still = [(known[key], each) for each in candidates if (key := _key(each.found)) in known]
        there = {version.id for version, _ in still}
        gone = [version for version in versions if version.id not in there]
        await asyncio.to_thread(self.placing.forget_left_behind, gone, [])
        return still

    async def _delete(self, pairs: _Pairs) -> set[int]:
        """Delete some, and if that works all others, too: a drop that refuses is not asked for each of thousands."""
        turn = int(self.clock().timestamp()) % max(1, len(pairs))
        in_turn, deleted = [*pairs[turn:], *pairs[:turn]], set[int]()
        for batch in chunks(in_turn, self.rules.parallel):
            gone = await self.taking.delete(batch)
            deleted |= gone
            if not gone:
                break
        return deleted

    def _within_limits(self, complete: Sequence[Candidate]) -> list[Candidate]:
        large = [each.found for each in complete if each.found.size > self.rules.max_bytes]
        reason = f"larger than drop.max_bytes, {self.rules.max_bytes}"
        self.taking.items.extend(failed(found, reason) for found in large)
        fitting = [each for each in complete if each.found.size <= self.rules.max_bytes]
        sums = accumulate(each.found.size for each in fitting)
        most = sum(1 for total in takewhile(self.rules.max_bytes.__ge__, sums))
        most = min(most, self.rules.max_files)
        self._leave((each.found, "deferred_limit") for each in fitting[most:])
        return fitting[:most]

    def _broken_off(self, lost: DropLost) -> DropError:
        kept = sum(item.code.startswith("captured") for item in self.taking.items)
        return DropError(f"{lost.message} {kept} files were captured before and are kept.", remedy=lost.remedy)


def _key(found: Found) -> tuple[bytes, int, int]:
    return found.raw, found.size, found.mtime


def _remote_key(version: FileVersion) -> tuple[bytes, int | None, int | None]:
    return version.origin_name, version.remote_size, version.remote_mtime
