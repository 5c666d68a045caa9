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


def insert(tx: Connection, table: Table, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Add rows of plain driver values, in the order of `columns`."""
    names = ", ".join(tx.dialect.identifier_preparer.quote(name) for name in columns)
    if tx.dialect.name == "postgresql":
        _copy(tx, f"COPY {table.name} ({names}) FROM STDIN", rows)
    elif many := list(rows):
        marks = ", ".join("?" * len(columns))
        tx.exec_driver_sql(f"INSERT INTO {table.name} ({names}) VALUES ({marks})", many)  # noqa: S608  our own names


def _copy(tx: Connection, statement: str, rows: Iterable[Sequence[Any]]) -> None:
    driver: Any = tx.connection.driver_connection
    with driver.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)


def chunks(items: Iterable[_T], size: int = ROWS) -> Iterator[list[_T]]:
    """Cut into lists of at most `size`."""
    rest = iter(items)
    while chunk := list(islice(rest, size)):
        yield chunk


_REPLACE = (
    "INSERT INTO applied_rows (site_id, command, key, fingerprint, run_id) {} "
    "ON CONFLICT (site_id, command, key) DO UPDATE SET fingerprint = excluded.fingerprint, run_id = excluded.run_id"
)


def replace_applied(tx: Connection, rows: Sequence[tuple[int, str, str, int, str]]) -> None:
    """Write applied rows of one command, each key once, over what was known of their keys."""
    if not rows:
        return
    if tx.dialect.name == "sqlite":
        tx.exec_driver_sql(_REPLACE.format("VALUES (?, ?, ?, ?, ?)"), list(rows))
        return
    site_id, command, _key, _fingerprint, run_id = rows[0]
    keys, fingerprints = [row[2] for row in rows], [row[3] for row in rows]
    arrays = (
        "SELECT %s, %s, new.key, new.fingerprint, %s FROM unnest(%s::text[], %s::bigint[]) AS new (key, fingerprint)"
    )
    driver: Any = tx.connection.driver_connection
    driver.execute(_REPLACE.format(arrays), (site_id, command, run_id, keys, fingerprints))
