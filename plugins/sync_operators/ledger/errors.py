"""What can be wrong with the ledger itself, each with its address (never a password) and the remedy.

Foreign exceptions are translated here alone: `translated` wraps every transaction.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy.exc import DBAPIError

from sync_operators.errors import WorldError


class LedgerError(WorldError):
    """The ledger cannot be used: nothing is moved, nothing is sent."""

    code = "error_ledger"


class LedgerTooNew(LedgerError):
    """A later version of the code has been here: this one would not understand its tables."""


class LedgerUnusable(LedgerError):
    """Locked for long, full, unreadable, not a ledger, or not reachable."""


@dataclass(frozen=True, slots=True)
class Address:
    """How a ledger is called in messages: without its password; `path` is the file of a SQLite ledger."""

    text: str
    path: str = ""


_READ_ONLY = "cannot be written"
_LATER = "Nothing was moved or sent; the next run goes on."
_LOCKED = ("is locked by another process", f"Find who has the file open (`fuser {{path}}`) and end it. {_LATER}")
_CLOSED = ("cannot be opened", "Give this account the right to read and write {path} and its folder.")

# By SQLite's primary result codes: what is wrong, and what a person does about it.
_SQLITE = {
    sqlite3.SQLITE_BUSY: _LOCKED,
    sqlite3.SQLITE_LOCKED: _LOCKED,
    sqlite3.SQLITE_CANTOPEN: _CLOSED,
    sqlite3.SQLITE_PERM: _CLOSED,
    sqlite3.SQLITE_READONLY: (_READ_ONLY, _CLOSED[1]),
    sqlite3.SQLITE_FULL: ("has no room left on its disk", f"Make room for {{path}}. {_LATER}"),
    sqlite3.SQLITE_IOERR: ("cannot be read or written", f"Check the disk under {{path}}. {_LATER}"),
    sqlite3.SQLITE_NOTADB: (
        "is not a SQLite database",
        "Name another file in the connection `sync_ledger`, or move {path} away: a new one is made then.",
    ),
    sqlite3.SQLITE_CORRUPT: (
        "is damaged",
        "Put {path} back from a backup, or move it away: a new one is made then, and every row is looked up once.",
    ),
}

# By the beginning of PostgreSQL's SQLSTATE, the longest first; "-" is a connection that never came about.
_POSTGRESQL = {
    "53100": ("has no room left on its disk", f"Make room on the database server. {_LATER}"),
    "55P03": ("is locked by another session", f"Look for it in `pg_stat_activity` and end it. {_LATER}"),
    "40P01": ("is locked by another session", _LATER),
    "42501": ("refuses this account", "Grant it all rights on the ledger's database and schema."),
    "25006": (_READ_ONLY, "Name the primary server in the connection `sync_ledger`, not a standby."),
    "3D000": ("does not exist", "Create the database, or name another in the connection `sync_ledger`."),
    "28": ("refuses this account", "Check login and password of the connection `sync_ledger`."),
    "53": ("has no resources left", f"Look at the limits of the database server. {_LATER}"),
    "57": ("went away", _LATER),
    "08": ("cannot be reached", f"Check host and port of the connection `sync_ledger`. {_LATER}"),
    "-": ("cannot be reached", f"Check host, port, login and password of the connection `sync_ledger`. {_LATER}"),
    "XX": ("is damaged", "Look into the log of the database server."),
}


@contextmanager
def translated(address: Address, *, reading: bool = False) -> Iterator[None]:
    """Turn what a database says about the world into `LedgerUnusable`; let bugs through as they are."""
    try:
        yield
    except Exception as exc:
        original = exc.orig if isinstance(exc, DBAPIError) and exc.orig else exc
        found = _of_sqlite(original) or _of_postgresql(original)
        # A reading transaction that writes is a bug of ours, not a ledger without the right to write.
        if found is None or (reading and found[0] == _READ_ONLY):
            raise
        raise _unusable(address, original, *found) from exc


def _unusable(address: Address, original: BaseException, what: str, remedy: str) -> LedgerUnusable:
    said = str(original).strip().partition("\n")[0].rstrip(".")
    return LedgerUnusable(f"The ledger {address.text} {what} ({said}).", remedy=remedy.format(path=address.path))


def _of_sqlite(original: BaseException) -> tuple[str, str] | None:
    if not isinstance(original, sqlite3.Error):
        return None
    return _SQLITE.get(getattr(original, "sqlite_errorcode", 0) & 0xFF)


def _of_postgresql(original: BaseException) -> tuple[str, str] | None:
    if type(original).__module__.partition(".")[0] != "psycopg":
        return None
    state = getattr(original, "sqlstate", None) or ("-" if type(original).__name__ == "OperationalError" else "")
    return next((found for start, found in _POSTGRESQL.items() if state.startswith(start)), None)
