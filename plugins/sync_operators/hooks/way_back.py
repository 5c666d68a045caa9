"""Answers into the drop of `sync_drop`, and out of it again; the session is opened only when there is something."""

import asyncio
import logging
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

    from sync_operators.depot.storage import Depot
    from sync_operators.intake.answering import AnsweredDrop, WayBack
    from sync_operators.ledger import Ledger
    from sync_operators.ledger.answers import Answer
    from sync_operators.settings import Settings

log = logging.getLogger(__name__)

CONNECTED_WITHIN = 20.0
"""Seconds until the session stands: an ended run waits for it."""

_LEASE_WAIT = 60.0


class Site(Protocol):
    """What is needed: Moodle is not."""

    @property
    def settings(self) -> "Settings":
        """Whether and how long."""

    @property
    def ledger(self) -> "Ledger":
        """What is owed."""

    @property
    def depot(self) -> "Depot":
        """Where the products lie."""

    @property
    def holder(self) -> str:
        """In whose name."""

    @property
    def clock(self) -> "Callable[[], datetime]":
        """The time now."""


def give_back(site: Site) -> None:
    """Write into the drop what it is owed. What goes wrong is a warning and an event: the next capture tries again."""
    from sync_operators.errors import Busy, SyncError
    from sync_operators.intake.answering import LEASE
    from sync_operators.ledger.leases import hold

    if not site.settings.drop.write_back:
        return
    back = _way_back(site)
    back.owe_refusals(_until(site) or datetime(1970, 1, 1, tzinfo=UTC))
    if not (owed := back.owed()):
        return
    try:
        with hold(site.ledger, LEASE, holder=site.holder, wait=_LEASE_WAIT):
            asyncio.run(_write(back, site.settings.drop.parallel))
    except Busy as error:
        log.info("way_back: left to another: %s", error.message)
    except SyncError as error:
        back.put_off(owed, error)


def sweep(site: Site, *, simulate: bool) -> list[str]:
    """Take out of the drop what has lain there for `retention.drop_days`, or only say what would go."""
    from sync_operators.errors import SyncError

    until, back = _until(site), _way_back(site)
    over = back.over(until) if until else []
    if over and not simulate:
        try:
            asyncio.run(_sweep(back, over, site.settings.drop.parallel))
        except SyncError as error:
            log.warning("retention: the drop is not swept, and tried again next time: %s", error)
            left = {answer.name for answer in back.over(until)} if until else set()
            over = [answer for answer in over if answer.name not in left]
    return [answer.name for answer in over]


def _until(site: Site) -> datetime | None:
    days = site.settings.retention.drop_days
    return site.clock() - timedelta(days=days) if days else None


def _way_back(site: Site) -> "WayBack":
    from sync_operators.intake.answering import WayBack

    return WayBack(site.ledger, site.depot, site.holder, site.clock)


async def _write(back: "WayBack", parallel: int) -> None:
    async with _drop(parallel) as drop:
        await back.write(drop)


async def _sweep(back: "WayBack", over: "Sequence[Answer]", parallel: int) -> None:
    async with _drop(parallel) as drop:
        await back.sweep(drop, over)


@asynccontextmanager
async def _drop(parallel: int) -> "AsyncIterator[AnsweredDrop]":
    from sync_operators.hooks.drop import drop_path, drop_session
    from sync_operators.intake.answering import PATIENCE, AnsweredDrop

    async with drop_session(CONNECTED_WITHIN) as session:
        yield AnsweredDrop(session, drop_path(), parallel=parallel, patience=PATIENCE)
