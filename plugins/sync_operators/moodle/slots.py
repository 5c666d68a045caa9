"""Who may send: as many at once as there are connections."""

from collections.abc import Iterator
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
    def turn(self) -> Iterator[None]:
        """Have a connection for the length of the block; raises CalledBack when called back before."""
        with self._changed:
            recalls = self._recalls
            self._changed.wait_for(lambda: self._free or self._recalls > recalls)
            if self._recalls > recalls:
                raise CalledBack
            self._free -= 1
        try:
            yield
        finally:
            with self._changed:
                self._free += 1
                self._changed.notify()

    def call_back(self) -> None:
        """Send away all who wait now; whoever has a connection keeps it."""
        with self._changed:
            self._recalls += 1
            self._changed.notify_all()
