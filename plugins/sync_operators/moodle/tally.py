"""Counts what a client asks of Moodle."""

from collections import Counter
from threading import Lock


class Tally:
    """Counts calls, tries and seconds; safe to share between threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._calls: Counter[str] = Counter()
        self._retries = 0
        self._seconds = 0.0

    def add(self, function: str, seconds: float) -> None:
        """Count one request."""
        with self._lock:
            self._calls[function] += 1
            self._seconds += seconds

    def add_retry(self) -> None:
        """Count one pause before another try."""
        with self._lock:
            self._retries += 1

    def read(self) -> tuple[Counter[str], int, float]:
        """Requests by function, retries among them, seconds in all."""
        with self._lock:
            return Counter(self._calls), self._retries, self._seconds
