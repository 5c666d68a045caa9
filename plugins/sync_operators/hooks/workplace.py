"""The core's workplace, made of connections and settings for the length of one task."""

import logging
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sync_operators.hooks import connections
from sync_operators.settings import config_path, load_settings

if TYPE_CHECKING:
    from sync_operators.depot.storage import Depot
    from sync_operators.ledger import Ledger
    from sync_operators.plans.workplace import Workplace
    from sync_operators.settings import Settings


@dataclass(frozen=True, slots=True)
class Store:
    """Settings, depot and ledger: all that is needed where Moodle is not asked."""

    settings: "Settings"
    depot: "Depot"
    ledger: "Ledger"
    holder: str
    clock: Callable[[], datetime]


def settings() -> "Settings":
    """The settings of this site. Raises ConfigurationError with all that is wrong."""
    return load_settings(config_path(os.environ), os.environ)


@contextmanager
def store(holder: str) -> Iterator[Store]:
    """Settings, depot and ledger, closed again at the end."""
    with _store(settings(), holder) as kept:
        yield kept


@contextmanager
def workplace(holder: str) -> Iterator["Workplace"]:
    """Everything a step of the walk needs, closed again at its end."""
    from sync_operators.hooks.drop import fetch
    from sync_operators.plans.workplace import Workplace

    # One line per call is ours; httpx would add a second one.
    logging.getLogger("httpx").setLevel(logging.WARNING)
    ours = settings()
    with connections.moodle_client(ours) as moodle, _store(ours, holder) as kept:
        yield Workplace(ours, kept.ledger, kept.depot, moodle, holder, fetch=fetch)


@contextmanager
def _store(ours: "Settings", holder: str) -> Iterator[Store]:
    from sync_operators.plans.workplace import utc_now

    depot = connections.depot(ours)
    with connections.ledger(ours, utc_now) as ledger:
        yield Store(ours, depot, ledger, holder, utc_now)
