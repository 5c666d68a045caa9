"""Leases: who may work on a run, a site or the drop; at most one at a time, over all machines of a ledger.

A holder says every ten seconds that it lives. One that falls silent for a minute, or whose process on this host has
ended, loses the lease to the next who asks. The fence is a number that grows with every holder: who checks it in the
very transaction that marks a batch as sent can never send beside its successor. Machines need clocks that agree to
some seconds.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, select, update

from sync_operators.errors import Busy, LeaseLost, WorldError
from sync_operators.ledger import bulk, events
from sync_operators.ledger.opening import Ledger
from sync_operators.ledger.processes import Process, is_dead, this_process
from sync_operators.ledger.tables import leases
from sync_operators.ledger.upsert import insert_or_leave

log = logging.getLogger(__name__)

BEAT = 10.0
EXPIRY = timedelta(seconds=60)
_PAUSE = 1.0
_FENCE = "SELECT fence FROM leases WHERE name = ? AND holder IS NOT NULL"


@dataclass(frozen=True, slots=True)
class Lease:
    """A lease, as the ledger knows it; `holder` is None when it is free."""

    name: str
    holder: str | None
    host: str | None
    pid: int | None
    pid_started: str | None
    heartbeat: datetime | None
    expires: datetime | None
    fence: int

    @property
    def process(self) -> Process:
        """The process that holds it."""
        return Process(self.host or "", self.pid or 0, self.pid_started or "")

    def vacancy(self, now: datetime) -> str | None:
        """Say why another may have it now; None when its holder keeps it."""
        if self.holder is None or self.expires is None:
            return "free"
        if self.expires <= now:
            return "expired"
        return "process_dead" if is_dead(self.process) else None


@dataclass(frozen=True, slots=True)
class Held:
    """A lease we hold."""

    name: str
    holder: str
    fence: int
    lost: threading.Event = field(default_factory=threading.Event, repr=False, compare=False)

    def check(self, tx: Connection) -> None:
        """Raise LeaseLost unless it is still ours, and keep it ours until this transaction ends."""
        # KEY SHARE lets our own heartbeat pass, but makes whoever wants to take over wait for our commit.
        locked = " FOR KEY SHARE" if bulk.is_postgresql(tx) else ""
        if bulk.ask(tx, f"{_FENCE}{locked}", (self.name,)).fetchone() != (self.fence,):
            self.lost.set()
            raise LeaseLost(
                f"{self.holder} has lost the lease `{self.name}`: it fell silent, and another took over.",
                remedy="Nothing to do: whoever has the lease goes on with the work.",
            )


def get(tx: Connection, name: str, *, lock: bool = False) -> Lease | None:
    """Give a lease by its name, held or free; `lock`: and let nobody else take it while the transaction is open."""
    wanted = select(leases).where(leases.c.name == name)
    row = tx.execute(wanted.with_for_update() if lock else wanted).first()
    return Lease(**row._mapping) if row else None


@contextmanager
def hold(
    ledger: Ledger,
    name: str,
    *,
    holder: str,
    wait: float,
    sleep: Callable[[float], None] = time.sleep,
    beat: float = BEAT,
) -> Iterator[Held]:
    """Hold a lease for the time of the block; Busy when another keeps it for longer than `wait` seconds."""
    held = _acquire(ledger, name, holder, wait, sleep)
    stop = threading.Event()
    heart = threading.Thread(target=_beat, args=(ledger, held, stop, beat), name=f"lease {name}", daemon=True)
    heart.start()
    try:
        yield held
    finally:
        stop.set()
        heart.join()
        _release(ledger, held)


def _acquire(ledger: Ledger, name: str, holder: str, wait: float, sleep: Callable[[float], None]) -> Held:
    waited = 0.0
    while True:
        held, other = _try(ledger, name, holder)
        if held:
            return held
        if waited >= wait:
            raise _busy(name, other, waited)
        pause = min(_PAUSE, wait - waited)
        sleep(pause)
        waited += pause


def _try(ledger: Ledger, name: str, holder: str) -> tuple[Held | None, Lease | None]:
    now = ledger.clock()
    # Looking costs no write lock: many may wait for one lease, and whoever holds it has work to write down.
    with ledger.read() as tx:
        found = get(tx, name)
    if found and not found.vacancy(now):
        return None, found
    with ledger.write() as tx:
        return _take(tx, name, holder, now)


def _take(tx: Connection, name: str, holder: str, now: datetime) -> tuple[Held | None, Lease | None]:
    found = get(tx, name, lock=True)
    if found is None:
        insert_or_leave(tx, leases, {"name": name, "fence": 0})
        found = get(tx, name, lock=True)
    if found is None:
        raise AssertionError("a lease that was just made is gone")
    vacancy = found.vacancy(now)
    if vacancy is None:
        return None, found
    process, fence = this_process(), found.fence + 1
    values = {"holder": holder, "host": process.host, "pid": process.pid, "pid_started": process.started}
    times = {"heartbeat": now, "expires": now + EXPIRY, "fence": fence}
    tx.execute(update(leases).where(leases.c.name == name).values(values | times))
    if vacancy != "free":
        _tell_takeover(tx, found, holder, vacancy, now)
    log.info("lease: taken name=%s holder=%s fence=%d found=%s", name, holder, fence, vacancy)
    return Held(name, holder, fence), None


def _tell_takeover(tx: Connection, lost: Lease, holder: str, why: str, now: datetime) -> None:
    kind, _, rest = lost.name.partition(":")
    detail: dict[str, Any] = {"lease": lost.name, "from": lost.holder, "host": lost.host, "pid": lost.pid, "why": why}
    run_id = rest if kind == "run" else None
    events.add(tx, "lease_taken_over", who=holder, at=now, run_id=run_id, detail=detail)


def _beat(ledger: Ledger, held: Held, stop: threading.Event, beat: float) -> None:
    """Say that we live until told to stop; on a connection of its own, so that no long step silences it."""
    while not stop.wait(beat):
        try:
            if not _say_alive(ledger, held):
                held.lost.set()
                log.warning("lease: lost name=%s holder=%s fence=%d", held.name, held.holder, held.fence)
                return
        except WorldError as exc:
            log.warning("lease: heartbeat failed name=%s error=%s", held.name, exc.message)


def _say_alive(ledger: Ledger, held: Held) -> bool:
    now = ledger.clock()
    values = {"heartbeat": now, "expires": now + EXPIRY}
    with ledger.write() as tx:
        return tx.execute(update(leases).where(_is(held)).values(values)).rowcount == 1


def _release(ledger: Ledger, held: Held) -> None:
    """Let go, unless another has it; a ledger that cannot be reached lets the lease expire by itself."""
    try:
        with ledger.write() as tx:
            tx.execute(update(leases).where(_is(held)).values(holder=None, expires=None))
    except WorldError as exc:
        log.warning("lease: not released name=%s error=%s", held.name, exc.message)


def _is(held: Held) -> Any:
    return (leases.c.name == held.name) & (leases.c.fence == held.fence) & leases.c.holder.is_not(None)


def _busy(name: str, other: Lease | None, waited: float) -> Busy:
    if other is None:
        return Busy(f"The lease `{name}` could not be had in {waited:.0f} s.", remedy="Try again later.")
    last = f"{other.heartbeat:%Y-%m-%d %H:%M:%S} UTC" if other.heartbeat else "never"
    return Busy(
        f"{other.holder} holds the lease `{name}` (host {other.host}, process {other.pid}, last heard of {last}); "
        f"waited {waited:.0f} s.",
        remedy="Wait until it has ended; it is taken over by itself once its holder is dead or silent for a minute.",
    )
