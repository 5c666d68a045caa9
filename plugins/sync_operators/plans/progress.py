"""How far long work has come: a line in the log every ten seconds, and the ledger's record for the pages."""

import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from logging import Logger
from typing import Any, Self

from sync_operators.ledger import Ledger, runs
from sync_operators.ledger.runs import Run

EVERY = 10.0
"""Seconds between two lines."""

KEPT_EVERY = 3.0
"""Seconds between two records: a transaction each, so seldom enough that no run is slower for it."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a step has come: `done` of `total` rows or operations, at `rate` a second.

    `total` and what follows from it are None where nobody knows it before the end.
    """

    step: str
    done: int
    total: int | None
    rate: float

    @property
    def left(self) -> float | None:
        """Seconds until the end at this rate; None when nobody can say."""
        return None if self.total is None or not self.rate else max(self.total - self.done, 0) / self.rate

    def __str__(self) -> str:
        total = "?" if self.total is None else self.total
        left = "?" if self.left is None else f"{self.left:.0f}s"
        return f"{self.step}: progress done={self.done} total={total} rate={self.rate:.1f}/s left={left}"


@dataclass(frozen=True, slots=True)
class Kept:
    """A standing as the ledger holds it, with the time of the record."""

    standing: Standing
    at: datetime

    @classmethod
    def of(cls, run_progress: Mapping[str, Any] | None) -> Self | None:
        """What `runs.progress` holds; None when there is nothing."""
        if not run_progress:
            return None
        values = dict(run_progress)
        at = datetime.fromisoformat(values.pop("at"))
        return cls(Standing(**values), at)


class Keeper:
    """Writes the progress of a run into the ledger, each time in a small transaction of its own."""

    def __init__(self, ledger: Ledger, run: Run) -> None:
        self._ledger, self._run_id = ledger, run.id

    def __call__(self, standing: Standing) -> None:
        """Write it down, with the time."""
        told = {**asdict(standing), "rate": round(standing.rate, 2), "at": self._ledger.clock().isoformat()}
        with self._ledger.write() as tx:
            runs.change(tx, self._run_id, progress=told)


Amount = Callable[[int], tuple[int, int | None]]
"""Of what this try of a step has done: what is done in all, and how much there is, None where nobody knows."""


def of(total: int | None) -> Amount:
    """The amount of a step that does all of it in one try."""
    return lambda done: (done, total)


UNKNOWN = of(None)
"""The amount of a step of which nobody knows how much there is."""


class Progress:
    """Says how far a step has come: in the log at most every ten seconds, to `keep` at most every three.

    `amount` is asked only when something is told. The rate is that of what this try does.
    """

    def __init__(
        self,
        log: Logger,
        step: str,
        *,
        amount: Amount = UNKNOWN,
        keep: Callable[[Standing], None] | None = None,
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        self._log, self._step, self._amount, self._keep, self._timer = log, step, amount, keep, timer
        self._began = self._told = self._kept = timer()

    def at(self, done: int) -> None:
        """Tell how far it is with so many done in this try, when it is time to."""
        now = self._timer()
        if now - self._told >= EVERY:
            self._told = now
            self._log.info("%s", self._standing(done, now))
        if self._keep and now - self._kept >= KEPT_EVERY:
            self._kept = now
            self._keep(self._standing(done, now))

    def _standing(self, done: int, now: float) -> Standing:
        in_all, total = self._amount(done)
        return Standing(self._step, in_all, total, done / max(now - self._began, 0.001))
