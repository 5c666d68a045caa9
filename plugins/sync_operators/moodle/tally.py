"""Counts what a client asks of Moodle."""

from collections.abc import Mapping
from dataclasses import dataclass
from threading import Lock


@dataclass(frozen=True, slots=True)
class Spent:
    """What the calls of one function came to: how many, with how many rows, seconds until the answers."""

    calls: int = 0
    rows: int = 0
    seconds: float = 0.0

    def __add__(self, other: "Spent") -> "Spent":
        return Spent(self.calls + other.calls, self.rows + other.rows, self.seconds + other.seconds)

    def __sub__(self, other: "Spent") -> "Spent":
        return Spent(self.calls - other.calls, self.rows - other.rows, self.seconds - other.seconds)


class Tally:
    """Counts calls, rows, tries and seconds; safe to share between threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._spent: dict[str, Spent] = {}
        self._retries = 0

    def add(self, function: str, rows: int, seconds: float) -> None:
        """Count one request."""
        with self._lock:
            self._spent[function] = self._spent.get(function, Spent()) + Spent(1, rows, seconds)

    def add_retry(self) -> None:
        """Count one pause before another try."""
        with self._lock:
            self._retries += 1

    @property
    def retries(self) -> int:
        """How many of the requests were another try."""
        return self._retries

    def read(self) -> Mapping[str, Spent]:
        """What was spent so far, by function; those tried again are in it, too."""
        with self._lock:
            return dict(self._spent)
