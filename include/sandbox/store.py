"""The stand-in site's database: one SQLite file that survives a kill of the process."""

import json
import sqlite3
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from include.sandbox.settings import SiteSettings

# Field: default. Custom fields and preferences are JSON objects by shortname.
USER_FIELDS: Mapping[str, str | int] = {
    "username": "", "firstname": "", "lastname": "", "email": "", "idnumber": "", "auth": "manual",
    "institution": "", "department": "", "phone1": "", "phone2": "", "address": "", "city": "", "country": "",
    "lang": "en", "calendartype": "gregorian", "theme": "", "timezone": "99", "description": "",
    "firstnamephonetic": "", "lastnamephonetic": "", "middlename": "", "alternatename": "", "interests": "",
    "mailformat": 1, "maildisplay": 2, "suspended": 0, "confirmed": 1, "deleted": 0, "picture": 0,
    "firstaccess": 0, "lastaccess": 0, "timecreated": 0, "timemodified": 0,
    "password": "", "password_origin": "", "customfields": "{}", "preferences": "{}",
}  # fmt: skip
JSON_FIELDS = ("customfields", "preferences")
COURSE_FIELDS = ("fullname", "shortname", "idnumber", "categoryid", "visible")
_CHUNK = 900


def _schema() -> str:
    columns = ", ".join(
        f"{name} {'INTEGER' if isinstance(default, int) else 'TEXT'} NOT NULL DEFAULT '{default}'"
        for name, default in USER_FIELDS.items()
    )
    return f"""
    CREATE TABLE IF NOT EXISTS users (id INTEGER PRIMARY KEY AUTOINCREMENT, {columns});
    CREATE UNIQUE INDEX IF NOT EXISTS users_username ON users (username);
    CREATE INDEX IF NOT EXISTS users_idnumber ON users (idnumber);
    CREATE INDEX IF NOT EXISTS users_email ON users (email);
    CREATE INDEX IF NOT EXISTS users_lower_email ON users (lower(email));
    CREATE TABLE IF NOT EXISTS courses (id INTEGER PRIMARY KEY AUTOINCREMENT, fullname TEXT NOT NULL,
        shortname TEXT NOT NULL, idnumber TEXT NOT NULL, categoryid INTEGER NOT NULL, visible INTEGER NOT NULL);
    CREATE TABLE IF NOT EXISTS calls (seq INTEGER PRIMARY KEY AUTOINCREMENT, at REAL NOT NULL, function TEXT NOT NULL,
        token TEXT NOT NULL, writes INTEGER NOT NULL, outcome TEXT NOT NULL, fault TEXT NOT NULL);
    CREATE TABLE IF NOT EXISTS journal (seq INTEGER PRIMARY KEY AUTOINCREMENT, at REAL NOT NULL,
        function TEXT NOT NULL, rows INTEGER NOT NULL, args TEXT NOT NULL);
    CREATE TABLE IF NOT EXISTS settings (one INTEGER PRIMARY KEY CHECK (one = 1), value TEXT NOT NULL);
    """


class Store:
    """All the site knows; used from one thread only."""

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._db.row_factory = sqlite3.Row
        self._db.create_function("lowered", 1, lambda text: str(text).lower(), deterministic=True)
        # A killed process loses nothing in this mode; only a machine that loses power might.
        self._db.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;" + _schema())

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
            for table in ("users", "courses", "calls", "journal", "settings", "sqlite_sequence"):
                self._db.execute(f"DELETE FROM {table}")

    def add_user(self, fields: Mapping[str, Any]) -> int:
        """Insert an account and give its id; sqlite3.IntegrityError when the username is taken."""
        row = _stored(fields)
        names, marks = ", ".join(row), ", ".join("?" * len(row))
        return self._db.execute(f"INSERT INTO users ({names}) VALUES ({marks})", tuple(row.values())).lastrowid or 0

    def change_user(self, user_id: int, fields: Mapping[str, Any]) -> None:
        """Change some fields of an account; sqlite3.IntegrityError when the username is taken."""
        row = _stored(fields)
        if row:
            names = ", ".join(f"{name} = ?" for name in row)
            self._db.execute(f"UPDATE users SET {names} WHERE id = ?", (*row.values(), user_id))

    def user(self, user_id: int) -> dict[str, Any] | None:
        """One account, deleted or not."""
        return next(self.users("id = ?", [user_id]), None)

    def users(self, where: str = "1", values: Sequence[Any] = ()) -> Iterator[dict[str, Any]]:
        """Accounts in the order of their ids."""
        for row in self._db.execute(f"SELECT * FROM users WHERE {where} ORDER BY id", values).fetchall():
            yield dict(row) | {name: json.loads(row[name]) for name in JSON_FIELDS}

    def users_among(self, field: str, values: Sequence[Any]) -> list[dict[str, Any]]:
        """Accounts whose field is one of the values, each once, in the order of their ids."""
        found: dict[int, dict[str, Any]] = {}
        for start in range(0, len(values), _CHUNK):
            chunk = values[start : start + _CHUNK]
            marks = ", ".join("?" * len(chunk))
            found |= {user["id"]: user for user in self.users(f"{field} IN ({marks})", chunk)}
        return [found[key] for key in sorted(found)]

    def email_taken(self, email: str, *, but: int = 0) -> bool:
        """Whether another account has the address, in any letter case."""
        found = self._db.execute("SELECT 1 FROM users WHERE lower(email) = lower(?) AND id <> ?", (email, but))
        return found.fetchone() is not None

    def add_courses(self, courses: Iterable[Sequence[Any]]) -> None:
        """Insert courses given as `COURSE_FIELDS`."""
        marks = ", ".join("?" * len(COURSE_FIELDS))
        self._db.executemany(f"INSERT INTO courses ({', '.join(COURSE_FIELDS)}) VALUES ({marks})", courses)

    def courses(self) -> list[dict[str, Any]]:
        """All courses."""
        return [dict(row) for row in self._db.execute("SELECT * FROM courses ORDER BY id")]

    def add_call(self, function: str, *, token: str, writes: bool, outcome: str, fault: str) -> None:
        """Count a call that arrived."""
        self._db.execute(
            "INSERT INTO calls (at, function, token, writes, outcome, fault) VALUES (?, ?, ?, ?, ?, ?)",
            (time.time(), function, token, writes, outcome, fault),
        )

    def calls(self) -> list[dict[str, Any]]:
        """Every call that arrived, oldest first."""
        return [dict(row) for row in self._db.execute("SELECT * FROM calls ORDER BY seq")]

    def add_to_journal(self, function: str, args: Any, rows: int) -> None:
        """Note a write that took effect; the arguments come without passwords."""
        self._db.execute(
            "INSERT INTO journal (at, function, rows, args) VALUES (?, ?, ?, ?)",
            (time.time(), function, rows, json.dumps(args)),
        )

    def journal(self) -> list[dict[str, Any]]:
        """Every write that took effect, oldest first."""
        rows = self._db.execute("SELECT * FROM journal ORDER BY seq")
        return [dict(row) | {"args": json.loads(row["args"])} for row in rows]

    def settings(self) -> SiteSettings:
        """The settings last made, or those of a healthy site."""
        row = self._db.execute("SELECT value FROM settings").fetchone()
        return SiteSettings.model_validate_json(row["value"]) if row else SiteSettings()

    def save_settings(self, settings: SiteSettings) -> None:
        """Keep the settings across a restart."""
        self._db.execute("INSERT OR REPLACE INTO settings VALUES (1, ?)", (settings.model_dump_json(),))


def _stored(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: json.dumps(value, ensure_ascii=False) if name in JSON_FIELDS else value for name, value in fields.items()
    }
