"""How hard Moodle may be pressed: after trouble with fewer rows and longer pauses, then back to normal by steps.

Trouble is an answer that did not come (429, 502–504, a time-out, a connection that broke off), or one that came far
too slowly. Each trouble halves the batches and lengthens the pause before every call; `CALM` good answers in a row
take one step back. What is learnt late counts once: the answer to a call that began before the last step says nothing
of the present one, so two connections that stumble over the same thing halve the batches once.
"""

import logging
import statistics
import time
from collections import defaultdict, deque
from collections.abc import Callable
from threading import Lock

log = logging.getLogger(__name__)

PAUSES = (0.0, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0)
"""Seconds of rest before each call, by how often the batches have been halved."""

CALM = 5
"""Good answers in a row that take one step back."""

LONGEST_REST = 120.0
"""Seconds: the most that a server's `Retry-After` is followed; then it is asked again."""

FAR_SLOWER = 4.0
"""A call is slow when it takes more than so many times what its rows usually take in this run."""

NEVER_SLOW = 2.0
"""Seconds that are no trouble, however quick the others were: 100 rows take half a second, a hiccup is soon over."""

KNOWN = 5
"""Calls of a function that must have been seen before one of them can be called slow."""

_REMEMBERED = 25
# A request costs about 30 ms whatever it holds, as much as 6 rows of 5 ms (`moodle/baseline.md`, (b)).
_FIXED_ROWS = 6


class Pressure:
    """What calls may be made now; safe to share between threads.

    `patience` is the time-out of a call in seconds: a call of several rows that takes half of it is slow in any case.
    """

    def __init__(self, patience: float = 60, *, timer: Callable[[], float] = time.monotonic) -> None:
        self._patience, self._timer, self._lock = patience, timer, Lock()
        self._step = self._good = 0
        self._stepped_at = self._rest_until = float("-inf")
        self._usual: defaultdict[str, deque[float]] = defaultdict(lambda: deque(maxlen=_REMEMBERED))

    def rows(self, most: int) -> int:
        """How many rows a call may hold now, of at most so many; never none."""
        return max(most >> self._step, 1)

    def pause(self) -> float:
        """How many seconds to rest before the next call; 0 when all is well."""
        return max(PAUSES[self._step], self._rest_until - self._timer(), 0.0)

    def answered(self, function: str, rows: int, seconds: float) -> None:
        """Take note of an answer, a refusal too, and of how long it took."""
        with self._lock:
            slow = self._is_slow(function, rows, seconds)
            self._usual[function].append(seconds / (rows + _FIXED_ROWS))
            if self._is_old(seconds):
                return
            if slow:
                self._press(function, f"{seconds:.1f} s for {rows} rows")
            elif self._step:
                self._ease()

    def troubled(self, function: str, reason: str, seconds: float, *, retry_after: float = 0.0) -> None:
        """Take note of an answer that did not come within some seconds, and of the rest that the server asks for."""
        with self._lock:
            self._rest_until = max(self._rest_until, self._timer() + min(retry_after, LONGEST_REST))
            if not self._is_old(seconds):
                self._press(function, reason)

    def _is_slow(self, function: str, rows: int, seconds: float) -> bool:
        if rows > 1 and seconds > self._patience / 2:
            return True
        usual = self._usual[function]
        if seconds <= NEVER_SLOW or len(usual) < KNOWN:
            return False
        return seconds > FAR_SLOWER * statistics.median(usual) * (rows + _FIXED_ROWS)

    def _is_old(self, seconds: float) -> bool:
        """Whether the call began before the last step."""
        return self._timer() - seconds < self._stepped_at

    def _press(self, function: str, reason: str) -> None:
        self._good = 0
        if self._step < len(PAUSES) - 1:
            self._take_step(+1)
            log.warning("pressure: function=%s reason=%s %s", function, reason, self._told())

    def _ease(self) -> None:
        self._good += 1
        if self._good >= CALM:
            self._good = 0
            self._take_step(-1)
            log.info("pressure: calm %s", self._told())

    def _take_step(self, step: int) -> None:
        self._step += step
        self._stepped_at = self._timer()

    def _told(self) -> str:
        return f"batches=1/{1 << self._step} pause={PAUSES[self._step]:g}"
