"""Insert, unless it is there already: one spelling for both databases."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite


def insert_or_leave(tx: Connection, table: Table, values: Mapping[str, Any]) -> None:
    """Insert the row; leave one with the same key as it is."""
    tx.execute(_insert(tx, table).values(values).on_conflict_do_nothing())


def insert_or_replace(tx: Connection, table: Table, values: Mapping[str, Any]) -> None:
    """Insert the row; let it take the place of one with the same primary key."""
    keys = [column.name for column in table.primary_key]
    changed = {name: value for name, value in values.items() if name not in keys}
    tx.execute(_insert(tx, table).values(values).on_conflict_do_update(index_elements=keys, set_=changed))


def _insert(tx: Connection, table: Table) -> sqlite.Insert | postgresql.Insert:
    return postgresql.insert(table) if tx.dialect.name == "postgresql" else sqlite.insert(table)
