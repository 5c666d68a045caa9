"""Things that earlier rows of a file have planned, put away on disk until a later row names one.

A temporary database of SQLite that no other process sees and that is gone with its connection: memory stays the same
however many things a file changes.
"""

import sqlite3
from collections.abc import Iterable, Sequence

Name = tuple[str, str]
"""A field and its value."""

Kept = tuple[int, str]
"""The number of a thing and what was to be kept of it."""

_CACHE_KIB = 4 * 1024
_SCHEMA = """
CREATE TABLE things (id INTEGER PRIMARY KEY, content TEXT NOT NULL);
CREATE TABLE names (field TEXT, value TEXT, id INTEGER, PRIMARY KEY (field, value, id)) WITHOUT ROWID;
"""
_CHUNK = 5_000


class Attic:
    """What was put away, found by number or by any name it ever had."""

    def __init__(self) -> None:
        # An empty name is SQLite's own word for a private database that goes to disk when it outgrows its cache.
        self._db = sqlite3.connect("", isolation_level=None)
        for each in (f"PRAGMA cache_size = -{_CACHE_KIB}", "PRAGMA journal_mode = OFF", "PRAGMA synchronous = OFF"):
            self._db.execute(each)
        self._db.executescript(_SCHEMA)
        self._empty = True

    def put(self, things: Iterable[tuple[Kept, Iterable[Name]]]) -> None:
        """Keep things, in place of what was kept of them before, to be found by these names too."""
        kept = list(things)
        if not kept:
            return
        self._empty = False
        self._db.execute("BEGIN")
        self._db.executemany("INSERT OR REPLACE INTO things VALUES (?, ?)", [thing for thing, _ in kept])
        named = [(*name, thing[0]) for thing, names in kept for name in names]
        self._db.executemany("INSERT OR IGNORE INTO names VALUES (?, ?, ?)", named)
        self._db.execute("COMMIT")

    def by_numbers(self, numbers: Iterable[int]) -> list[Kept]:
        """Those of these numbers."""
        return self._found(_BY_NUMBER, list(numbers))

    def by_names(self, names: Iterable[Name]) -> list[Kept]:
        """Those that have, or once had, one of these names."""
        by_field: dict[str, list[str]] = {}
        for field, value in names:
            by_field.setdefault(field, []).append(value)
        # Field by field: for pairs SQLite would read all names there are.
        found = [kept for field, values in by_field.items() for kept in self._found(_BY_NAME, values, field)]
        return list(dict.fromkeys(found))

    def _found(self, statement: str, asked: Sequence[object], *of: str) -> list[Kept]:
        found: list[Kept] = []
        for first in range(0, 0 if self._empty else len(asked), _CHUNK):
            chunk = asked[first : first + _CHUNK]
            found += self._db.execute(statement.format(", ".join("?" * len(chunk))), (*of, *chunk))
        return found


_BY_NUMBER = "SELECT id, content FROM things WHERE id IN ({})"
_BY_NAME = "SELECT id, content FROM things WHERE id IN (SELECT id FROM names WHERE field = ? AND value IN ({}))"
