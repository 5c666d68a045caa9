"""Applied rows by key, asked of the driver itself: SQLAlchemy's rows and IN lists would take several times as long.

Batches of a thousand keys. SQLite looks up an IN list key by key; PostgreSQL is made to do the same by OFFSET 0,
whatever its statistics say (`bulk.among` tells why).
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection

from sync_operators.ledger import bulk

Found = Sequence[tuple[str, int]]
"""Keys with the fingerprints they were applied with."""

_BETWEEN = "SELECT key, fingerprint FROM applied_rows WHERE site_id = ? AND command = ? AND key BETWEEN ? AND ? LIMIT ?"
_AMONG = "SELECT key, fingerprint FROM applied_rows WHERE site_id = ? AND command = ? AND key IN ({marks})"
_DELETE = "DELETE FROM {table} WHERE site_id = ? AND command = ? AND key IN ({marks})"
_PROBED = (
    "SELECT found.* FROM unnest(?::text[]) AS wanted (key) CROSS JOIN LATERAL "
    "(SELECT {columns} FROM {table} WHERE site_id = ? AND command = ? AND key = wanted.key OFFSET 0) AS found"
)
_DELETE_PROBED = "DELETE FROM {table} WHERE ctid = ANY(ARRAY({probed}))"


def between(tx: Connection, site_id: int, command: str, *, first: str, last: str, limit: int) -> Found:
    """Give the applied rows from one key to another, `limit` of them at most."""
    return _fetch(tx, _BETWEEN, (site_id, command, first, last, limit))


def among(tx: Connection, site_id: int, command: str, keys: Sequence[str]) -> Found:
    """Give the applied rows of some keys."""
    if bulk.is_postgresql(tx):
        statement = _PROBED.format(columns="key, fingerprint", table="applied_rows")
        return _fetch(tx, statement, (list(keys), site_id, command))
    return _fetch(tx, _AMONG.format(marks=bulk.marks(keys)), (site_id, command, *keys))


def delete(tx: Connection, table: str, site_id: int, command: str, keys: Sequence[str]) -> None:
    """Delete what `applied_rows` or `applied_refs` knows of some keys."""
    if bulk.is_postgresql(tx):
        probed = _PROBED.format(columns="ctid", table=table)
        bulk.ask(tx, _DELETE_PROBED.format(table=table, probed=probed), (list(keys), site_id, command))
    else:
        bulk.ask(tx, _DELETE.format(table=table, marks=bulk.marks(keys)), (site_id, command, *keys))


def replace(tx: Connection, site_id: int, command: str, run_id: str, fingerprints: Found) -> None:
    """Write applied rows, each key once, over what was known of their keys."""
    if bulk.is_postgresql(tx):
        arrays = ([key for key, _ in fingerprints], [value for _, value in fingerprints])
        bulk.ask(tx, _REPLACE.format(_ARRAYS), (site_id, command, run_id, *arrays))
    else:
        rows = [(site_id, command, run_id, key, value) for key, value in fingerprints]
        bulk.ask_many(tx, _REPLACE.format("VALUES (?, ?, ?, ?, ?)"), rows)


_REPLACE = (
    "INSERT INTO applied_rows (site_id, command, run_id, key, fingerprint) {} "
    "ON CONFLICT (site_id, command, key) DO UPDATE SET fingerprint = excluded.fingerprint, run_id = excluded.run_id"
)
_ARRAYS = "SELECT ?, ?, ?, new.key, new.fingerprint FROM unnest(?::text[], ?::bigint[]) AS new (key, fingerprint)"


def _fetch(tx: Connection, statement: str, values: Sequence[Any]) -> Found:
    found: Found = bulk.ask(tx, statement, values).fetchall()
    return found
