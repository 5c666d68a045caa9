"""Who may send: as many at once as there are connections."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Condition

from sync_operators.moodle.errors import CalledBack


class Slots:
    """Turns at the connections; those who wait for theirs, their request made ready, can be called back."""

    def __init__(self, count: int) -> None:
        self._free = count
        self._recalls = 0
        self._changed = Condition()

    @contextmanager
    def turn(self) -> Iterator[Callable[[], None]]:
        """Have a connection for the length of the block; raises CalledBack when called back before.

        What it gives raises the same when called back since: it is for who rests before sending.
        """
        with self._changed:
            recalls = self._recalls
            self._changed.wait_for(lambda: self._free or self._recalls > recalls)
            self._check(recalls)
            self._free -= 1
        try:
            yield lambda: self._check(recalls)
        finally:
            with self._changed:
                self._free += 1
                self._changed.notify()

    def _check(self, recalls: int) -> None:
        if self._recalls > recalls:
            raise CalledBack

    def call_back(self) -> None:
        """Send away all who wait or rest now; whoever is sending goes on."""
        with self._changed:
            self._recalls += 1
            self._changed.notify_all()
