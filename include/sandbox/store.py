"""The stand-in site's database: one SQLite file that survives a kill of the process."""

import json
import sqlite3
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from include.sandbox.schema import ALL_TABLES, schema
from include.sandbox.settings import SiteSettings

Row = dict[str, Any]
JSON_FIELDS = ("customfields", "preferences", "formatoptions")
_CHUNK = 900


class Store:
    """All the site knows; used from one thread only. Table names are those of `schema.py`."""

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, cached_statements=512)
        self._db.row_factory = sqlite3.Row
        self._db.create_function("lowered", 1, lambda text: str(text).lower(), deterministic=True)
        # A killed process loses nothing in this mode; only a machine that loses power might.
        self._db.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;" + schema())
        self._settings: SiteSettings | None = None

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All of the block, or nothing of it."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def clear(self) -> None:
        """Empty every table and count ids from 1 again."""
        with self.transaction():
            for table in (*ALL_TABLES, "sqlite_sequence"):
                self._db.execute(f"DELETE FROM {table}")
        self._settings = None

    # Rows of any table.

    def query(self, sql: str, values: Sequence[Any] | Mapping[str, Any] = ()) -> list[Row]:
        """What a SELECT finds."""
        return [_loaded(row) for row in self._db.execute(sql, values).fetchall()]

    def scalars(self, sql: str, values: Sequence[Any] | Mapping[str, Any] = ()) -> list[Any]:
        """The first column of what a SELECT finds."""
        return [row[0] for row in self._db.execute(sql, values).fetchall()]

    def scalar(self, sql: str, values: Sequence[Any] | Mapping[str, Any] = ()) -> Any:
        """The first column of the first row a SELECT finds, or None."""
        row = self._db.execute(sql, values).fetchone()
        return row[0] if row else None

    def execute(self, sql: str, values: Sequence[Any] | Mapping[str, Any] = ()) -> int:
        """Run a statement; how many rows it changed."""
        return self._db.execute(sql, values).rowcount

    def records(self, table: str, *, order: str = "id", **wanted: Any) -> list[Row]:
        """Rows whose columns have the wanted values."""
        where = " AND ".join(f"{name} = ?" for name in wanted) or "1"
        return self.query(f"SELECT * FROM {table} WHERE {where} ORDER BY {order}", tuple(wanted.values()))

    def record(self, table: str, **wanted: Any) -> Row | None:
        """The first row whose columns have the wanted values, or None."""
        where = " AND ".join(f"{name} = ?" for name in wanted)
        found = self._db.execute(f"SELECT * FROM {table} WHERE {where} ORDER BY id LIMIT 1", tuple(wanted.values()))
        row = found.fetchone()
        return _loaded(row) if row else None

    def among(self, table: str, field: str, values: Sequence[Any]) -> list[Row]:
        """Rows whose field is one of the values, each once, in the order of their ids."""
        found: dict[int, Row] = {}
        for start in range(0, len(values), _CHUNK):
            chunk = values[start : start + _CHUNK]
            marks = ", ".join("?" * len(chunk))
            rows = self.query(f"SELECT * FROM {table} WHERE {field} IN ({marks})", chunk)
            found |= {row["id"]: row for row in rows}
        return [found[key] for key in sorted(found)]

    def insert(self, table: str, fields: Mapping[str, Any], *, ignore: bool = False) -> int:
        """Insert a row and give its id; `sqlite3.IntegrityError` when it exists, unless that is ignored (0)."""
        row = _stored(fields)
        verb = "INSERT OR IGNORE" if ignore else "INSERT"
        names, marks = ", ".join(row), ", ".join("?" * len(row))
        done = self._db.execute(f"{verb} INTO {table} ({names}) VALUES ({marks})", tuple(row.values()))
        return (done.lastrowid or 0) if done.rowcount else 0

    def change(self, table: str, row_id: int, fields: Mapping[str, Any]) -> None:
        """Change some columns of a row."""
        row = _stored(fields)
        if row:
            names = ", ".join(f"{name} = ?" for name in row)
            self._db.execute(f"UPDATE {table} SET {names} WHERE id = ?", (*row.values(), row_id))

    def delete(self, table: str, **wanted: Any) -> int:
        """Delete the rows whose columns have the wanted values; how many."""
        where = " AND ".join(f"{name} = ?" for name in wanted)
        return self.execute(f"DELETE FROM {table} WHERE {where}", tuple(wanted.values()))

    # Accounts.

    def add_user(self, fields: Mapping[str, Any]) -> int:
        """Insert an account and give its id; sqlite3.IntegrityError when the username is taken."""
        return self.insert("users", fields)

    def change_user(self, user_id: int, fields: Mapping[str, Any]) -> None:
        """Change some fields of an account; sqlite3.IntegrityError when the username is taken."""
        self.change("users", user_id, fields)

    def user(self, user_id: int) -> Row | None:
        """One account, deleted or not."""
        return self.record("users", id=user_id)

    def users(self, where: str = "1", values: Sequence[Any] | Mapping[str, Any] = ()) -> Iterator[Row]:
        """Accounts in the order of their ids."""
        yield from self.query(f"SELECT * FROM users WHERE {where} ORDER BY id", values)

    def users_among(self, field: str, values: Sequence[Any]) -> list[Row]:
        """Accounts whose field is one of the values, each once, in the order of their ids."""
        return self.among("users", field, values)

    def email_taken(self, email: str, *, but: int = 0) -> bool:
        """Whether another account has the address, in any letter case."""
        found = self._db.execute("SELECT 1 FROM users WHERE lower(email) = lower(?) AND id <> ?", (email, but))
        return found.fetchone() is not None

    # Calls, journal, settings.

    def add_call(self, function: str, *, token: str, writes: bool, outcome: str, fault: str) -> None:
        """Count a call that arrived."""
        self._db.execute(
            "INSERT INTO calls (at, function, token, writes, outcome, fault) VALUES (?, ?, ?, ?, ?, ?)",
            (time.time(), function, token, writes, outcome, fault),
        )

    def calls(self) -> list[Row]:
        """Every call that arrived, oldest first."""
        return [dict(row) for row in self._db.execute("SELECT * FROM calls ORDER BY seq")]

    def add_to_journal(self, function: str, args: Any, rows: int) -> None:
        """Note a write that took effect; the arguments come without passwords."""
        self._db.execute(
            "INSERT INTO journal (at, function, rows, args) VALUES (?, ?, ?, ?)",
            (time.time(), function, rows, json.dumps(args)),
        )

    def journal(self) -> list[Row]:
        """Every write that took effect, oldest first."""
        rows = self._db.execute("SELECT * FROM journal ORDER BY seq")
        return [dict(row) | {"args": json.loads(row["args"])} for row in rows]

    def settings(self) -> SiteSettings:
        """The settings last made, or those of a healthy site."""
        if self._settings is None:
            value = self.scalar("SELECT value FROM settings")
            self._settings = SiteSettings.model_validate_json(value) if value else SiteSettings()
        return self._settings

    def save_settings(self, settings: SiteSettings) -> None:
        """Keep the settings across a restart."""
        self._db.execute("INSERT OR REPLACE INTO settings VALUES (1, ?)", (settings.model_dump_json(),))
        self._settings = settings


def _loaded(row: sqlite3.Row) -> Row:
    loaded = dict(row)
    for name in JSON_FIELDS:
        if name in loaded:
            loaded[name] = json.loads(loaded[name])
    return loaded


def _stored(fields: Mapping[str, Any]) -> Row:
    return {
        name: json.dumps(value, ensure_ascii=False) if name in JSON_FIELDS else value for name, value in fields.items()
    }
