"""The event that starts `sync_on_drop`: files in the drop are complete."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Any

from airflow.triggers.base import BaseEventTrigger, TriggerEvent

if TYPE_CHECKING:
    from sync_operators.intake.drop import Found
    from sync_operators.intake.watching import Watch
    from sync_operators.triggers.eye import DropEye

log = logging.getLogger(__name__)

WHO = "sync_on_drop/watcher"
MOST_NAMES = 100
LONGEST_WAIT = 60.0
"""Seconds between two looks at a drop that is broken."""


class DropTrigger(BaseEventTrigger):
    """Tell each file of the drop when it is complete, at least once; only a cancellation ends it.

    Airflow keeps, by the asset, which files were told and whether the drop is broken: after a restart nothing of that
    is told again.

    :param poll: seconds between two looks
    """

    def __init__(self, poll: float = 2.0) -> None:
        super().__init__()
        self.poll = poll
        self._broken = False
        self._failures = 0
        self._stored = ""

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Where the class is, and what makes it anew."""
        return "sync_operators.triggers.drop.DropTrigger", {"poll": self.poll}

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Yield `{count, files}` with the first hundred names, whenever files have become complete."""
        await asyncio.to_thread(_import)
        from sync_operators.intake.watching import Watch
        from sync_operators.triggers.eye import DropEye

        self._stored = str(await self._kept("told", ""))
        self._broken = bool(await self._kept("broken", False))
        watch, eye = Watch(self._stored), DropEye()
        try:
            while True:
                begun = time.monotonic()
                fresh = await self._look(eye, watch)
                if fresh:
                    yield _event(fresh)
                # After the event: should we die in between, it is told twice rather than never.
                await self._keep_told(watch.digest)
                await asyncio.sleep(self._pause(time.monotonic() - begun))
        finally:
            await eye.close()

    async def _look(self, eye: "DropEye", watch: "Watch") -> "Sequence[Found]":
        from sync_operators.errors import SyncError

        try:
            listing, rules = await eye.look()
        except SyncError as error:
            await self._tell_broken(str(error))
            return ()
        except Exception as error:
            # An exception would end the watcher for good.
            log.debug("drop: a look failed", exc_info=True)
            await self._tell_broken(f"{type(error).__name__}: {error}")
            return ()
        if self._broken:
            watch.forget()
            await self._tell_well()
        self._failures = 0
        return watch.look(listing, rules, time.monotonic())

    def _pause(self, took: float) -> float:
        """A broken drop is asked less and less often, and a slow one is left alone for twice as long as it took."""
        if self._failures:
            return float(min(LONGEST_WAIT, self.poll * 2**self._failures))
        return max(self.poll, 2 * took)

    async def _tell_broken(self, reason: str) -> None:
        self._failures = min(self._failures + 1, 10)
        if not self._broken:
            log.warning("drop: cannot be watched, cron goes on alone: %s", reason)
            await self._tell("drop_broken", {"reason": reason})
            self._broken = True
            await self._keep("broken", value=True)

    async def _tell_well(self) -> None:
        log.warning("drop: is watched again")
        await self._tell("drop_well", {})
        self._broken = False
        await self._keep("broken", value=False)

    async def _tell(self, what: str, detail: dict[str, Any]) -> None:
        """An event in the ledger; without one there is the log."""
        with _said(f"the ledger was not told {what}"):
            await asyncio.to_thread(_add_event, what, detail)

    async def _keep_told(self, digest: str) -> None:
        if digest != self._stored:
            await self._keep("told", value=digest)
            self._stored = digest

    async def _kept(self, key: str, otherwise: Any) -> Any:
        if self.asset_state_store is not None:
            with _said(f"the state {key} is not known"):
                return await self.asset_state_store.aget(key, otherwise)
        return otherwise

    async def _keep(self, key: str, *, value: Any) -> None:
        if self.asset_state_store is not None:
            with _said(f"the state {key} is not kept"):
                await self.asset_state_store.aset(key, value)


@contextmanager
def _said(what: str) -> Iterator[None]:
    """Only say what went wrong: an exception would end the watcher for good."""
    try:
        yield
    except Exception as error:  # noqa: BLE001
        log.warning("drop: %s: %s", what, error)


def _import() -> None:
    """Import what takes half a second: in the triggerer's own thread every other trigger would stand still."""
    for name in ("airflow.providers.sftp.hooks.sftp", "sync_operators.intake.watching", "sync_operators.triggers.eye"):
        import_module(name)


def _event(fresh: "Sequence[Found]") -> TriggerEvent:
    names = [found.shown for found in fresh]
    log.info("drop: complete=%d first=%r", len(names), names[0])
    return TriggerEvent({"count": len(names), "files": names[:MOST_NAMES]})


def _add_event(what: str, detail: dict[str, Any]) -> None:
    from sync_operators.hooks.workplace import store
    from sync_operators.ledger import events

    with store(WHO) as kept, kept.ledger.write() as tx:
        events.add(tx, what, who=WHO, at=kept.clock(), detail=detail)
