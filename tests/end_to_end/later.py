"""The same site on a later day."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sync_operators.depot.storage import Depot
from sync_operators.ledger import Ledger
from sync_operators.plans.workplace import Workplace
from sync_operators.settings import Settings


@dataclass(frozen=True)
class Later:
    """Settings, ledger, depot and a clock that goes ahead."""

    settings: Settings
    ledger: Ledger
    depot: Depot
    clock: Callable[[], datetime]
    holder: str = "later"


def later(work: Workplace, days: float) -> Later:
    """The site so many days later."""
    return Later(work.settings, work.ledger, work.depot, lambda: work.clock() + timedelta(days=days))
