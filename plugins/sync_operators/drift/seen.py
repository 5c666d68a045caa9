"""Keys that a check has met, beside the ledger: a million of them in a file of SQLite's own, which nobody else sees."""

import sqlite3
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Final

_MADE: Final = "CREATE TABLE seen (key TEXT PRIMARY KEY, run_id TEXT NOT NULL) WITHOUT ROWID"
_AT_ONCE: Final = 500


class Seen:
    """Keys with the run that applied each last; gone when it is closed."""

    def __init__(self) -> None:
        # The empty name: a temporary file, in memory as long as it is small.
        self._db = sqlite3.connect("")
        self._db.execute(_MADE)

    def add(self, keys: Mapping[str, str]) -> None:
        """Take note of keys; those known already stay as they are."""
        self._db.executemany("INSERT OR IGNORE INTO seen VALUES (?, ?)", keys.items())

    def among(self, keys: Iterable[str]) -> set[str]:
        """Of some keys those that were met."""
        wanted, found = list(keys), set[str]()
        for at in range(0, len(wanted), _AT_ONCE):
            part = wanted[at : at + _AT_ONCE]
            marks = ", ".join("?" * len(part))
            found |= {key for (key,) in self._db.execute(f"SELECT key FROM seen WHERE key IN ({marks})", part)}  # noqa: S608  our own marks
        return found

    def count_by_run(self) -> Counter[str]:
        """How many were met, by run."""
        return Counter(dict(self._db.execute("SELECT run_id, count(*) FROM seen GROUP BY run_id").fetchall()))

    def close(self) -> None:
        """Forget them."""
        self._db.close()
