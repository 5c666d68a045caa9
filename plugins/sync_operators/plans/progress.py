"""A line in the log every ten seconds of long work."""

import time
from collections.abc import Callable
from logging import Logger

EVERY = 10.0


class Progress:
    """Says how far a step has come, at most every ten seconds."""

    def __init__(self, log: Logger, step: str, *, timer: Callable[[], float] = time.monotonic) -> None:
        self._log, self._step, self._timer = log, step, timer
        self._last = timer()

    def at(self, done: int, total: int | None = None) -> None:
        """Tell how many are done, when ten seconds have passed since the last line."""
        now = self._timer()
        if now - self._last < EVERY:
            return
        self._last = now
        self._log.info("%s: progress done=%d total=%s", self._step, done, total if total is not None else "?")
