"""The core's workplace, made of connections and settings for the length of one task."""

import logging
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from sync_operators.hooks import connections
from sync_operators.settings import config_path, load_settings

if TYPE_CHECKING:
    from sync_operators.plans.workplace import Workplace
    from sync_operators.settings import Settings


def settings() -> "Settings":
    """The settings of this site. Raises ConfigurationError with all that is wrong."""
    return load_settings(config_path(os.environ), os.environ)


@contextmanager
def workplace(holder: str) -> Iterator["Workplace"]:
    """Everything a step of the walk needs, closed again at its end."""
    from sync_operators.plans.workplace import Workplace, utc_now

    # One line per call is ours; httpx would add a second one.
    logging.getLogger("httpx").setLevel(logging.WARNING)
    with ExitStack() as stack:
        ours = settings()
        moodle = stack.enter_context(connections.moodle_client(ours))
        depot = connections.depot(ours)
        ledger = stack.enter_context(connections.ledger(ours, utc_now))
        yield Workplace(ours, ledger, depot, moodle, holder)
