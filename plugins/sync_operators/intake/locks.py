"""Locks in the drop: `alock.txt` of whoever writes there, and our own `lock.txt`."""

import asyncio
import io
import logging
import secrets
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime

from sync_operators.codes import Fault
from sync_operators.configuration.sections import Drop
from sync_operators.depot.names import QUEUED
from sync_operators.depot.storage import Depot
from sync_operators.intake.drop import DropFolder, Found
from sync_operators.intake.errors import DropError, DropRefused

log = logging.getLogger(__name__)

# What we are about to write into our lock stands here first: a capture that died leaves a lock that is known to be
# ours, even when it got no further than making an empty file.
_INTENT = f"{QUEUED}/.lock"
# Files that only tell the server's time; a capture that died may have left one.
_PROBE = b".clock-"


@dataclass(frozen=True, slots=True)
class Locking:
    """What became of locking the drop."""

    blocked_by: Found | None = None
    warnings: tuple[Fault, ...] = ()
    taken_over: Found | None = None
    is_ours: bool = False


class DropLock:
    """Our lock in the drop, while files are taken; the lease of the drop is held all the while."""

    def __init__(
        self, drop: DropFolder, rules: Drop, depot: Depot, *, holder: str, clock: Callable[[], datetime]
    ) -> None:
        self._drop = drop
        self._rules = rules
        self._depot = depot
        self._clock = clock
        self._name = rules.lock.encode()
        self._content = f"{int(clock().timestamp())}\n{holder}\n".encode()

    async def before(self, listing: Sequence[Found]) -> Locking:
        """What a listing shows of locks, with the lock of a capture of ours that has died taken away."""
        for probe in (found for found in listing if found.raw.startswith(_PROBE)):
            with suppress(DropRefused):
                await self._drop.remove(probe.raw)
        cleared = await self._clear_ours(_named(listing, self._name))
        return replace(self._blocked_by_writer(_named(listing, self._rules.alock.encode())), taken_over=cleared)

    @asynccontextmanager
    async def held(self) -> AsyncIterator[Locking]:
        """Lock the drop, or say who has it locked; our own lock is gone afterwards, whatever happens."""
        locking = await self._lock()
        try:
            if locking.blocked_by is None:
                # Whoever locked it for writing before they could see our lock goes first.
                writer = self._blocked_by_writer(await self._drop.look(self._rules.alock.encode()))
                locking = replace(locking, blocked_by=writer.blocked_by, warnings=(*locking.warnings, *writer.warnings))
            yield locking
        finally:
            if locking.is_ours:
                await self._unlock()

    async def _clear_ours(self, there: Found | None) -> Found | None:
        """Take away the lock of a capture of ours that has died: we have its lease."""
        left = await asyncio.to_thread(self._read_intent)
        if not left:
            return None
        is_ours = there is not None and left.startswith(await self._drop.content(self._name))
        if is_ours:
            log.info("capture: lock=%s of a dead capture taken over", self._name.decode())
            await self._drop.remove(self._name)
        await asyncio.to_thread(self._depot.remove, _INTENT)
        return there if is_ours else None

    def _blocked_by_writer(self, writer: Found | None) -> Locking:
        if writer is None:
            return Locking()
        age = self._clock().timestamp() - writer.mtime
        return Locking(writer, warnings=self._if_stale(writer, age))

    async def _lock(self) -> Locking:
        refused = await self._create()
        if refused is None:
            return Locking(is_ours=True)
        there = await self._drop.look(self._name)
        if there is None:
            # Nobody can write here, so a lock would keep nobody out.
            log.warning("capture: the drop cannot be locked: %s", refused.reason)
            return Locking()
        warnings = self._if_stale(there, await self._server_now() - there.mtime)
        return await self._take_over(there, warnings) if warnings else Locking(there)

    async def _take_over(self, there: Found, warnings: tuple[Fault, ...]) -> Locking:
        # Somebody else may have been faster: what they wrote is young, and theirs.
        if await self._drop.look(self._name) != there:
            return Locking(there, warnings=warnings)
        log.warning("capture: lock=%s mtime=%d taken over: it is stale", there.shown, there.mtime)
        await self._drop.remove(self._name)
        if await self._create() is not None:
            return Locking(there, warnings=warnings)
        return Locking(warnings=warnings, taken_over=there, is_ours=True)

    async def _create(self) -> DropRefused | None:
        await asyncio.to_thread(self._write_intent)
        try:
            await self._drop.create(self._name, self._content)
        except DropRefused as exc:
            await asyncio.to_thread(self._depot.remove, _INTENT)
            return exc
        return None

    async def _unlock(self) -> None:
        """Take our lock away, if it is still ours; what fails here the next capture mends."""
        try:
            if await self._drop.content(self._name) == self._content:
                await self._drop.remove(self._name)
        except DropError as exc:
            log.warning("capture: our lock stays in the drop: %s", exc.message)
            return
        await asyncio.to_thread(self._depot.remove, _INTENT)

    async def _server_now(self) -> float:
        """The time by the server's clock, as a file made just now tells it; by ours where none can be made."""
        probe = _PROBE + secrets.token_hex(8).encode()
        try:
            await self._drop.create(probe, b"")
            made = await self._drop.look(probe)
            await self._drop.remove(probe)
        except DropRefused:
            return self._clock().timestamp()
        return made.mtime if made else self._clock().timestamp()

    def _if_stale(self, lock: Found, age: float) -> tuple[Fault, ...]:
        stale = age > self._rules.lock_stale_after.total_seconds()
        return (Fault("warn_stale_lock", {"name": lock.shown}),) if stale else ()

    def _read_intent(self) -> bytes:
        if not self._depot.exists(_INTENT):
            return b""
        with self._depot.open(_INTENT) as file:
            return file.read()

    def _write_intent(self) -> None:
        self._depot.remove(_INTENT)
        self._depot.put(_INTENT, io.BytesIO(self._content), mode=0o600)


def _named(listing: Sequence[Found], name: bytes) -> Found | None:
    return next((found for found in listing if found.raw == name), None)
