"""Settings, depot and ledger of the pages: opened once per process, anew when the configuration file has changed."""

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sync_operators.hooks.workplace import Store

Opening = Callable[[str], "AbstractContextManager[Store]"]
HOLDER = "pages"


@dataclass
class Stores:
    """Keeps one open store. `opening` opens it, `stamp` tells whether what it was opened by is still the same."""

    opening: Opening
    stamp: Callable[[], object]
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)
    _open: "tuple[object, Store, ExitStack] | None" = field(default=None, repr=False)

    def get(self) -> "Store":
        """The open store. Raises SyncError when settings, depot or ledger cannot be used."""
        now = self.stamp()
        with self._lock:
            if self._open is None or self._open[0] != now:
                self._close()
                stack = ExitStack()
                self._open = now, stack.enter_context(self.opening(HOLDER)), stack
            return self._open[1]

    def close(self) -> None:
        """Let go of it; the next page opens it again."""
        with self._lock:
            self._close()

    def _close(self) -> None:
        if self._open is not None:
            # Who is in the middle of a page keeps the connection that was given out.
            self._open[2].close()
        self._open = None
