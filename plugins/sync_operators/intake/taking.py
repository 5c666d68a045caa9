"""The long part of a capture: many files at once from the drop, kept in name order, then deleted there."""

import asyncio
import logging
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import takewhile

from sync_operators.depot.errors import DepotFull
from sync_operators.depot.storage import Depot
from sync_operators.intake.checksums import Checksums, Wrong
from sync_operators.intake.deliveries import Received
from sync_operators.intake.drop import DropFolder, Found
from sync_operators.intake.errors import DropLost, DropRefused
from sync_operators.intake.placing import Placing
from sync_operators.intake.report import Taken
from sync_operators.intake.rules import Candidate
from sync_operators.intake.transfer import StillChanging, Transfers
from sync_operators.intake.unpacking import Unpacking
from sync_operators.ledger.files import FileVersion

log = logging.getLogger(__name__)

_BATCH = 500
_GATHER_SECONDS = 0.25
_PROGRESS_SECONDS = 10.0

Outcome = Received | Taken
"""What became of a transfer: a whole file, or the reason why there is none."""

_Results = Sequence["asyncio.Future[Outcome]"]


@dataclass(slots=True)
class Taking:
    """Takes files under lease and lock; `items` grows as they are dealt with, `lost` says why it broke off.

    `gone` are the names that are no longer in the drop.
    """

    drop: DropFolder
    depot: Depot
    placing: Placing
    transfers: Transfers
    checksums: Checksums
    unpacking: Unpacking
    parallel: int
    items: list[Taken] = field(default_factory=list)
    gone: set[bytes] = field(default_factory=set)
    lost: DropLost | None = None

    async def take(self, wanted: Sequence[Candidate]) -> None:
        """Transfer many files at once; keep them in name order, as far as all before them are through."""
        self._check_space(sum(each.found.size for each in wanted))
        loop = asyncio.get_running_loop()
        results: list[asyncio.Future[Outcome]] = [loop.create_future() for _ in wanted]
        work = iter(list(zip(wanted, results, strict=True)))
        workers = [asyncio.create_task(self._work(work)) for _ in range(min(self.parallel, len(wanted)))]
        try:
            await self._keep_all(results)
        except BaseException:
            await _ended(workers)
            await asyncio.to_thread(self._discard, results)
            raise

    def _check_space(self, needed: int) -> None:
        free, reserve = self.depot.free_bytes(), self.unpacking.reserve
        if free is not None and needed > free - reserve:
            raise DepotFull(
                f"depot: no space for the {needed} bytes that lie in the drop: {free} are free, of which "
                f"{reserve} stay free (depot.reserve). Nothing was taken.",
                remedy="Free space in the depot, then run again; the files wait in the drop.",
            )

    async def _work(self, work: "Iterator[tuple[Candidate, asyncio.Future[Outcome]]]") -> None:
        for candidate, result in work:
            try:
                result.set_result(await self._transfer(candidate))
            except Exception as exc:  # noqa: BLE001  (whoever waits for the result gets it)
                result.set_exception(exc)

    async def _transfer(self, candidate: Candidate) -> Outcome:
        found = candidate.found
        if self.lost is not None:
            return failed(found, self.lost.message)
        try:
            return await self._received(candidate)
        except StillChanging:
            return left(found, "deferred_unstable")
        except Wrong as exc:
            return left(found, "error_checksum", str(exc))
        except DropRefused as exc:
            log.warning("capture: file=%s not transferred: %s", found.shown, exc.reason)
            return failed(found, exc.reason)
        except DropLost as exc:
            self.lost = exc
            return failed(found, exc.message)

    async def _received(self, candidate: Candidate) -> Received:
        piece = await self.transfers.receive(candidate.found)
        try:
            received = self.checksums.checked(Received(candidate, piece))
            packed = self.unpacking.is_packed(received)
            return await asyncio.to_thread(self.unpacking.unpack, received) if packed else received
        except BaseException:
            await asyncio.shield(asyncio.to_thread(self.depot.remove, piece.place))
            raise

    async def _keep_all(self, results: _Results) -> None:
        position = 0
        while position < len(results):
            batch = await self._next_batch(results, position)
            await self._keep(batch)
            position += len(batch)

    async def _next_batch(self, results: _Results, position: int) -> list[Outcome]:
        """Wait until the next file is through; take with it what else is soon, for one transaction of many."""
        silent = 0.0
        while True:
            waited = results[position : position + _BATCH]
            await asyncio.wait(waited, timeout=_GATHER_SECONDS)
            batch = [result.result() for result in takewhile(asyncio.Future.done, waited)]
            if batch:
                return batch
            silent += _GATHER_SECONDS
            if silent % _PROGRESS_SECONDS == 0:
                log.info("capture: files=%d of=%d bytes=%d", position, len(results), self.transfers.bytes)

    async def _keep(self, batch: Sequence[Outcome]) -> None:
        received = [one for one in batch if isinstance(one, Received)]
        self.items.extend(one for one in batch if isinstance(one, Taken))
        if not received:
            return
        kept = await asyncio.to_thread(self.placing.keep, received)
        deleted = await self.delete(
            [(versions[0], one.candidate) for versions, one in zip(kept, received, strict=True)]
        )
        placed = await asyncio.to_thread(self.placing.settle, kept, deleted)
        for versions, one in zip(placed, received, strict=True):
            self._note_all(versions, one, is_deleted=versions[0].id in deleted)

    def _note_all(self, versions: Sequence[FileVersion], received: Received, *, is_deleted: bool) -> None:
        found, refused = received.found, received.refused
        if refused is not None:
            version = versions[0]
            log.error("capture: file=%s place=%r %s", found.shown, version.place, refused.message("en"))
            place, reason = version.place or "", refused.args.get("reason", "")
            self.items.append(Taken(found.shown, refused.code, found.size, version.sha256, place, reason))
            return
        self.note(found.shown, versions[0], "captured" if is_deleted else "captured_left_behind")
        for version, piece in zip(versions[1:], received.unpacked, strict=False):
            inside = Found(piece.name, found.kind, piece.size, 0)
            self.note(f"{found.shown}/{inside.shown}", version, "captured")

    def note(self, name: str, version: FileVersion, code: str) -> None:
        """Add a file that the depot has."""
        self.items.append(Taken(name, code, version.bytes, version.sha256, version.place or ""))
        log.info("%s: file=%s bytes=%d sha256=%.12s place=%r", code, name, version.bytes, version.sha256, version.place)

    async def delete(self, pairs: Sequence[tuple[FileVersion, Candidate]]) -> set[int]:
        """Delete in the drop what is still what we have; give the ids of what is gone from there."""
        gone = await asyncio.gather(*(self._delete_one(candidate) for _, candidate in pairs))
        return {version.id for (version, _), is_gone in zip(pairs, gone, strict=True) if is_gone}

    async def _delete_one(self, candidate: Candidate) -> bool:
        found = candidate.found
        try:
            # Another file under the same name is a new one: it stays for the next capture, and ours is gone.
            if await self.drop.look(found.raw) == found:
                # What says that it is complete goes first: it must not vouch for the next file of that name.
                await asyncio.gather(*(self._delete_beside(beside) for beside in candidate.companions))
                await self.drop.remove(found.raw)
                self.gone.add(found.raw)
        except DropRefused as exc:
            log.warning("capture: file=%s stays in the drop: %s", found.shown, exc.reason)
            return False
        except DropLost as exc:
            self.lost = exc
            return False
        return True

    async def _delete_beside(self, beside: Found) -> None:
        if await self.drop.look(beside.raw) == beside:
            await self.drop.remove(beside.raw)
            self.gone.add(beside.raw)

    def _discard(self, results: _Results) -> None:
        """Take away what was received and not kept, because something broke off."""
        for result in results:
            with suppress(Exception, asyncio.CancelledError, asyncio.InvalidStateError):
                outcome = result.result()
                if isinstance(outcome, Received):
                    for place in outcome.places:
                        self.placing.discard(place)


async def _ended(tasks: "Sequence[asyncio.Task[None]]") -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def left(found: Found, code: str, reason: str = "") -> Taken:
    """Say that a file stays in the drop, and why."""
    return Taken(found.shown, code, found.size, reason=reason, found=found)


def failed(found: Found, reason: str) -> Taken:
    """Say that a file stays in the drop because it could not be had."""
    return left(found, "error_transfer", reason)
