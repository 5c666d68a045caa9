"""What is kept no longer: old products of the depot, details of old runs in the ledger."""

import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

from sync_operators.depot.retention import Doomed, Limits, Retention
from sync_operators.depot.storage import Depot
from sync_operators.ledger import Ledger
from sync_operators.ledger.forgetting import Forgetting
from sync_operators.ledger.leases import hold
from sync_operators.plans.answering import HOLDS_PASSWORDS
from sync_operators.settings import Settings

log = logging.getLogger(__name__)

LEASE = "retention"
_LEASE_WAIT = 60.0
_TOLD = 100
_KINDS = ("archives", "reports", "tryback", "quarantine", "undo")


class Store(Protocol):
    """What is needed: Moodle is not."""

    @property
    def settings(self) -> Settings:
        """How long things are kept."""

    @property
    def ledger(self) -> Ledger:
        """What is remembered of them."""

    @property
    def depot(self) -> Depot:
        """Where they lie."""

    @property
    def holder(self) -> str:
        """In whose name."""

    @property
    def clock(self) -> Callable[[], datetime]:
        """The time now."""


@dataclass(frozen=True, slots=True)
class Swept:
    """What went, or would go in a simulation."""

    simulate: bool
    files: tuple[Doomed, ...] = ()
    ledger: Counter[str] = field(default_factory=Counter)
    drop: tuple[str, ...] = ()

    @property
    def counts(self) -> dict[str, int]:
        """How many of each kind: files by their folder, files of the drop, rows of the ledger by table."""
        by_kind = Counter(each.kind for each in self.files) + Counter({"drop": len(self.drop)}) + self.ledger
        return dict(sorted(by_kind.items()))

    def as_dict(self) -> dict[str, Any]:
        """`{simulate, counts, bytes, files: [the first hundred places], left_out}`."""
        places = [each.place for each in self.files] + [f"drop: {name}" for name in self.drop]
        size, told = sum(each.bytes for each in self.files), places[:_TOLD]
        left_out = len(places) - len(told)
        return {"simulate": self.simulate, "counts": self.counts, "bytes": size, "files": told, "left_out": left_out}

    def lines(self) -> list[str]:
        """The same as a table for the log."""
        size = Counter[str]()
        for each in self.files:
            size[each.kind] += each.bytes
        went = "would go" if self.simulate else "went"
        table = [f"{kind:<12} {number:>10} {size[kind] or '':>15}" for kind, number in self.counts.items()]
        return [f"{went:<12} {'number':>10} {'bytes':>15}", *table] if table else [f"{went}: nothing"]


def retain(store: Store, *, simulate: bool) -> Swept:
    """Take away what is older than the settings say, or only say what that is.

    Raises Busy when another does so already.
    """
    with hold(store.ledger, LEASE, holder=store.holder, wait=_LEASE_WAIT):
        retention = Retention(store.ledger, store.depot, store.holder, _limits(store), _holds_passwords)
        doomed = retention.doomed()
        for each in doomed if simulate else ():
            log.info("would go: place=%s bytes=%d", each.place, each.bytes)
        if not simulate:
            retention.sweep(doomed)
        return Swept(simulate, tuple(doomed), _forget(store, simulate=simulate))


def _forget(store: Store, *, simulate: bool) -> "Counter[str]":
    forgetting, days = Forgetting(store.ledger, simulate), store.settings.retention
    found = Counter[str]()
    if before := _before(store, days.simulated_days):
        found += forgetting.simulations(before)
    if before := _before(store, days.ledger_days):
        found += forgetting.details(before)
    return found


def _limits(store: Store) -> Limits:
    days = store.settings.retention
    by_kind = {kind: _before(store, getattr(days, f"{kind}_days")) for kind in _KINDS}
    return Limits(store.clock(), by_kind, _before(store, days.secrets_days))


def _before(store: Store, days: int) -> datetime | None:
    return store.clock() - timedelta(days=days) if days else None


def _holds_passwords(warnings: Any) -> bool:
    return HOLDS_PASSWORDS in warnings
