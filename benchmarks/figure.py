"""A measured figure, and how two things are measured against each other."""

import gc
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any


@dataclass(frozen=True, slots=True)
class Figure:
    """What was wanted and what was found; `met` is None for what is told as information, or was skipped."""

    what: str
    wanted: str
    found: str
    met: bool | None
    detail: str = ""

    @property
    def verdict(self) -> str:
        """The figure's end in a word."""
        return {True: "met", False: "MISSED", None: "–"}[self.met]


@dataclass(frozen=True, slots=True)
class Options:
    """How much is measured; `quick` takes a tenth of the rows, so its figures say little."""

    quick: bool = False

    def rows(self, count: int) -> int:
        """As many rows as the run is to have."""
        return count // 10 if self.quick else count


def seconds(work: Callable[[], Any]) -> float:
    """How long a piece of work takes; what rounds before have left to be collected is not its own."""
    gc.collect()
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def cpu_seconds(work: Callable[[], Any]) -> float:
    """How long a piece of work keeps this process busy: what others do on the machine is left out."""
    begun = time.process_time()
    work()
    return time.process_time() - begun


def alternating(rounds: int, *works: Callable[[], float]) -> tuple[float, ...]:
    """Medians of what each gives, taken in turns, so that a noisy minute falls on all of them."""
    times = [[work() for work in works] for _ in range(rounds)]
    return tuple(median(of_one) for of_one in zip(*times, strict=True))


@contextmanager
def scratch() -> Iterator[Path]:
    """A folder for the length of a figure."""
    with TemporaryDirectory(prefix="figures-") as folder:
        yield Path(folder)
