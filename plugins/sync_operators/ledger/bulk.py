"""Many rows at once, past SQLAlchemy where its cost per row would show."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import Connection, Table

ROWS = 1000
"""Rows asked for at a time."""

_LONGEST = 2000  # bytes
_T = TypeVar("_T")


def storable(text: str) -> str:
    """Give the text as both databases can keep and index it.

    PostgreSQL refuses NUL and an index entry of more than 2.7 kB, both refuse what is not Unicode. Such text comes
    from faulty rows only, so what is put in its place needs to be recognisable and to differ for different texts.
    """
    if text.isascii() and len(text) <= _LONGEST and "\0" not in text:
        return text
    clean = text.replace("\0", "\ufffd").encode("utf-8", "replace")
    if clean == text.encode("utf-8", "surrogatepass") and len(clean) <= _LONGEST:
        return text
    mark = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
    return f"{clean[:_LONGEST].decode('utf-8', 'ignore')}\u2026{mark}"


def ask(tx: Connection, statement: str, values: Sequence[Any]) -> Any:
    """Run a statement with `?` marks on the driver itself, in the same transaction; give its cursor.

    SQLAlchemy's rows and its long IN lists would take several times as long.
    """
    driver: Any = tx.connection.driver_connection
    return driver.execute(statement.replace("?", "%s") if _is_postgresql(tx) else statement, values)


def among(tx: Connection, keys: Sequence[str]) -> tuple[str, Sequence[Any]]:
    """Give the condition that a column is one of `keys`, and its values."""
    if _is_postgresql(tx):
        return "= ANY(?)", [list(keys)]
    return f"IN ({', '.join('?' * len(keys))})", keys


def insert(tx: Connection, table: Table, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Add rows of plain driver values, in the order of `columns`."""
    names = ", ".join(tx.dialect.identifier_preparer.quote(name) for name in columns)
    if _is_postgresql(tx):
        _copy(tx, f"COPY {table.name} ({names}) FROM STDIN", rows)
    else:
        marks = ", ".join("?" * len(columns))
        driver: Any = tx.connection.driver_connection
        driver.executemany(f"INSERT INTO {table.name} ({names}) VALUES ({marks})", rows)  # noqa: S608  our own names


def replace_applied(tx: Connection, rows: Sequence[tuple[int, str, str, int, str]]) -> None:
    """Write applied rows of one command, each key once, over what was known of their keys."""
    if not rows:
        return
    driver: Any = tx.connection.driver_connection
    if not _is_postgresql(tx):
        driver.executemany(_REPLACE.format("VALUES (?, ?, ?, ?, ?)"), rows)
        return
    site_id, command, _key, _fingerprint, run_id = rows[0]
    keys, fingerprints = [row[2] for row in rows], [row[3] for row in rows]
    ask(tx, _REPLACE.format(_ARRAYS), (site_id, command, run_id, keys, fingerprints))


_REPLACE = (
    "INSERT INTO applied_rows (site_id, command, key, fingerprint, run_id) {} "
    "ON CONFLICT (site_id, command, key) DO UPDATE SET fingerprint = excluded.fingerprint, run_id = excluded.run_id"
)
_ARRAYS = "SELECT ?, ?, new.key, new.fingerprint, ? FROM unnest(?::text[], ?::bigint[]) AS new (key, fingerprint)"


def chunks(items: Iterable[_T], size: int = ROWS) -> Iterator[list[_T]]:
    """Cut into lists of at most `size`."""
    rest = iter(items)
    while chunk := list(islice(rest, size)):
        yield chunk


def _copy(tx: Connection, statement: str, rows: Iterable[Sequence[Any]]) -> None:
    driver: Any = tx.connection.driver_connection
    with driver.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)


def _is_postgresql(tx: Connection) -> bool:
    return tx.dialect.name == "postgresql"
