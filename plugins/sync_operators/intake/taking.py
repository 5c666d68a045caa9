"""The long part of a capture: many files at once from the drop, kept in name order, then deleted there."""

import asyncio
import logging
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import takewhile

from sync_operators.depot.errors import DepotFull
from sync_operators.depot.storage import Depot
from sync_operators.intake.drop import DropFolder, Found
from sync_operators.intake.errors import DropLost, DropRefused
from sync_operators.intake.placing import Placing
from sync_operators.intake.report import Taken
from sync_operators.intake.transfer import Received, StillChanging, Transfers
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
    """Takes files under lease and lock; `items` grows as they are dealt with, `lost` says why it broke off."""

    drop: DropFolder
    depot: Depot
    placing: Placing
    parallel: int
    items: list[Taken] = field(default_factory=list)
    lost: DropLost | None = None

    async def take(self, wanted: Sequence[Found]) -> None:
        """Transfer many files at once; keep them in name order, as far as all before them are through."""
        self._check_space(sum(found.size for found in wanted))
        loop = asyncio.get_running_loop()
        results: list[asyncio.Future[Outcome]] = [loop.create_future() for _ in wanted]
        work = iter(list(zip(wanted, results, strict=True)))
        transfers = Transfers(self.drop, self.depot)
        workers = [asyncio.create_task(self._work(work, transfers)) for _ in range(min(self.parallel, len(wanted)))]
        try:
            await self._keep_all(results)
        except BaseException:
            await _ended(workers)
            await asyncio.to_thread(self._discard, results)
            raise

    def _check_space(self, needed: int) -> None:
        free = self.depot.free_bytes()
        if free is not None and needed > free:
            raise DepotFull(
                f"depot: no space for the {needed} bytes that lie in the drop, {free} are free. Nothing was taken.",
                remedy="Free space in the depot, then run again; the files wait in the drop.",
            )

    async def _work(self, work: "Iterator[tuple[Found, asyncio.Future[Outcome]]]", transfers: Transfers) -> None:
        for found, result in work:
            try:
                result.set_result(await self._transfer(transfers, found))
            except Exception as exc:  # noqa: BLE001  (whoever waits for the result gets it)
                result.set_exception(exc)

    async def _transfer(self, transfers: Transfers, found: Found) -> Outcome:
        if self.lost is not None:
            return failed(found, self.lost.message)
        try:
            return await transfers.receive(found)
        except StillChanging:
            return Taken(found.shown, "deferred_unstable", found.size)
        except DropRefused as exc:
            log.warning("capture: file=%s not transferred: %s", found.shown, exc.reason)
            return failed(found, exc.reason)
        except DropLost as exc:
            self.lost = exc
            return failed(found, exc.message)

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
                log.info("capture: files=%d of=%d", position, len(results))

    async def _keep(self, batch: Sequence[Outcome]) -> None:
        received = [one for one in batch if isinstance(one, Received)]
        self.items.extend(one for one in batch if isinstance(one, Taken))
        if not received:
            return
        versions = await asyncio.to_thread(self.placing.keep, received)
        pairs = list(zip(versions, (one.found for one in received), strict=True))
        deleted = await self.delete(pairs)
        placed = await asyncio.to_thread(self.placing.settle, versions, deleted)
        for version, (_, found) in zip(placed, pairs, strict=True):
            self.note(found, version, "captured" if version.id in deleted else "captured_left_behind")

    def note(self, found: Found, version: FileVersion, code: str) -> None:
        """Add a file that the depot has."""
        self.items.append(Taken(found.shown, code, found.size, version.sha256, version.place or ""))
        log.info(
            "%s: file=%s bytes=%d sha256=%.12s place=%r", code, found.shown, found.size, version.sha256, version.place
        )

    async def delete(self, pairs: Sequence[tuple[FileVersion, Found]]) -> set[int]:
        """Delete in the drop what is still what we have; give the ids of what is gone from there."""
        gone = await asyncio.gather(*(self._delete_one(found) for _, found in pairs))
        return {version.id for (version, _), is_gone in zip(pairs, gone, strict=True) if is_gone}

    async def _delete_one(self, found: Found) -> bool:
        try:
            now = await self.drop.look(found.raw)
            # Another file under the same name is a new one: it stays for the next capture, and ours is gone.
            if now == found:
                await self.drop.remove(found.raw)
        except DropRefused as exc:
            log.warning("capture: file=%s stays in the drop: %s", found.shown, exc.reason)
            return False
        except DropLost as exc:
            self.lost = exc
            return False
        return True

    def _discard(self, results: _Results) -> None:
        """Take away what was received and not kept, because something broke off."""
        for result in results:
            with suppress(Exception, asyncio.CancelledError, asyncio.InvalidStateError):
                outcome = result.result()
                if isinstance(outcome, Received):
                    self.placing.discard(outcome)


async def _ended(tasks: "Sequence[asyncio.Task[None]]") -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def failed(found: Found, reason: str) -> Taken:
    """Say that a file stays in the drop because it could not be had."""
    return Taken(found.shown, "error_transfer", found.size, reason=reason)
