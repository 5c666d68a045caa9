"""How a SQLite ledger is opened: durable, with readers that never wait, and one writer at a time."""

import sqlite3
import time
from typing import Any

from sqlalchemy import Connection, Engine, event

BUSY_SECONDS = 30
_CACHE_KIB = 16 * 1024
_WAL_TRIES, _WAL_PAUSE = 100, 0.05


def listen(engine: Engine) -> None:
    """Set up every connection of the engine, and say BEGIN for it."""
    event.listen(engine, "connect", _set_up)
    event.listen(engine, "begin", _begin)


def switch_to_wal(engine: Engine) -> None:
    """Turn write-ahead logging on, which the file then keeps: readers and the writer do not wait for each other.

    SQLite does not wait for a lock here, whatever the busy timeout: of several processes that start at once, all but
    one are told "locked" and have to ask again.
    """
    raw = engine.raw_connection()
    try:
        _insist_on_wal(raw.cursor())
    finally:
        raw.close()


def _insist_on_wal(cursor: Any) -> None:
    for left in reversed(range(_WAL_TRIES)):
        try:
            if cursor.execute("PRAGMA journal_mode").fetchone() != ("wal",):
                cursor.execute("PRAGMA journal_mode = WAL").fetchone()
        except sqlite3.OperationalError as exc:
            if not left or exc.sqlite_errorcode != sqlite3.SQLITE_BUSY:
                raise
            time.sleep(_WAL_PAUSE)
        else:
            return


def _set_up(connection: Any, _record: object) -> None:
    # We say BEGIN ourselves: Python's own begins too late and never IMMEDIATE.
    connection.isolation_level = None
    # With NORMAL a commit outlives a killed process, but not a power cut: a batch marked `sent` could then be
    # `planned` again, and be sent twice. FULL costs one sync a commit, which is nothing beside a call to Moodle.
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes", True)
    driver: Any = connection.connection.driver_connection
    driver.execute(f"PRAGMA query_only = {0 if writes else 1}")
    driver.execute("BEGIN IMMEDIATE" if writes else "BEGIN")
