"""A look at a ledger that changes nothing: it is not made, not migrated, not written."""

import os
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, select, text
from sqlalchemy.exc import DBAPIError

from sync_operators.ledger import keys, migrations
from sync_operators.ledger.errors import Address, LedgerUnusable, translated
from sync_operators.ledger.opening import address_of, engine_for, normalised
from sync_operators.ledger.tables import runs

_SOME = 5


@dataclass(frozen=True, slots=True)
class Look:
    """A ledger as it stands. `version` is None where there is none yet: the first run makes it."""

    address: str
    version: str | None
    newest: str
    damage: tuple[str, ...] | None = None
    """What is wrong with a SQLite file; None where nobody looked."""
    writable: bool = True
    has_key: bool = True
    key_fault: LedgerUnusable | None = None
    commands: frozenset[str] = frozenset()
    """The commands that have had a run."""


def look_at(url: str, *, fingerprint_key: bytes | None = None) -> Look:
    """Look at the ledger of a SQLAlchemy URL.

    Raises LedgerUnusable when it cannot be used and LedgerTooNew when later code has been there.
    """
    parsed = normalised(url)
    address = address_of(parsed)
    if address.path and not Path(address.path).exists():
        return Look(address.text, None, migrations.known_versions()[-1], writable=_may_make(Path(address.path)))
    engine = engine_for(parsed)
    try:
        with translated(address), engine.execution_options(writes=False, postgresql_readonly=True).connect() as tx:
            return _look(tx, address, fingerprint_key)
    finally:
        engine.dispose()


def _look(tx: Connection, address: Address, key: bytes | None) -> Look:
    version = migrations.version_of(tx, address)
    damage = _damage(tx) if address.path else None
    kept = Path(address.path + ".key")
    return Look(
        address=address.text,
        version=version,
        newest=migrations.known_versions()[-1],
        damage=damage,
        writable=_may_write(tx, address, version),
        has_key=bool(key) or not version or not address.path or kept.exists(),
        key_fault=_key_fault(kept, address, key),
        commands=_commands(tx) if version and not damage else frozenset(),
    )


def _key_fault(kept: Path, address: Address, key: bytes | None) -> LedgerUnusable | None:
    try:
        if key is not None or not address.path:
            keys.checked(key, address)
        elif kept.exists():
            keys.read(kept, address)
    except LedgerUnusable as fault:
        return fault
    return None


def _damage(tx: Connection) -> tuple[str, ...]:
    try:
        found: Sequence[str] = tx.execute(text(f"PRAGMA quick_check({_SOME})")).scalars().all()
    except DBAPIError as exc:
        # What is damaged badly breaks the question off.
        if getattr(exc.orig, "sqlite_errorcode", 0) & 0xFF != sqlite3.SQLITE_CORRUPT:
            raise
        return (str(exc.orig),)
    return () if list(found) == ["ok"] else tuple(found)


def _may_write(tx: Connection, address: Address, version: str | None) -> bool:
    if address.path:
        return os.access(address.path, os.W_OK) and os.access(Path(address.path).parent, os.W_OK)
    if tx.execute(text("SELECT pg_is_in_recovery()")).scalar():
        return False
    if version is None:
        return bool(tx.execute(text("SELECT has_schema_privilege(current_schema(), 'CREATE')")).scalar())
    # Of several in one question PostgreSQL tells whether there is any of them.
    question = text(
        "SELECT bool_and(has_table_privilege(:table, each)) FROM unnest(string_to_array(:rights, ' ')) each"
    )
    return bool(tx.execute(question, {"table": runs.name, "rights": "SELECT INSERT UPDATE DELETE"}).scalar())


def _may_make(path: Path) -> bool:
    there = next(each for each in path.parents if each.exists())
    return there.is_dir() and os.access(there, os.W_OK)


def _commands(tx: Connection) -> frozenset[str]:
    return frozenset(tx.execute(select(runs.c.command).distinct()).scalars())
