"""The steps from an empty database to today's tables: forward only, taken at first use, under a lock."""

import logging
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, inspect, text

from sync_operators.ledger.errors import Address, LedgerTooNew, LedgerUnusable
from sync_operators.ledger.tables import VERSION_TABLE, metadata

if TYPE_CHECKING:
    from alembic.config import Config

log = logging.getLogger(__name__)

_FOLDER = Path(__file__).parent
# Any number will do, so long as nobody else on that server uses it: "sync" in ASCII.
_LOCK = 0x73796E63


def known_versions() -> list[str]:
    """Versions this code knows, the newest last; read from file names, as importing Alembic takes long."""
    return sorted(path.name.partition("_")[0] for path in (_FOLDER / "versions").glob("[0-9]*_*.py"))


def migrate(engine: Engine, address: Address) -> None:
    """Bring the ledger to this code's version, once, however many processes start together."""
    # Looked at without the write lock first: nearly always all is done, and nobody should wait for a writer then.
    with engine.execution_options(writes=False).connect() as connection:
        found = _version(connection)
    if _is_current(found, address):
        return
    with engine.begin() as tx:
        _lock(tx)
        found = _version(tx)
        if not _is_current(found, address):
            _upgrade(tx, found, address)


def version_of(connection: Connection, address: Address) -> str | None:
    """The ledger's version, None where there is none yet; nothing is changed.

    Raises LedgerTooNew when later code has been there, LedgerUnusable when it is another program's database.
    """
    found = _version(connection)
    if found is None:
        _refuse_foreign_tables(connection, address)
    else:
        _is_current(found, address)
    return found


def config(connection: Connection) -> "Config":
    """Alembic's configuration for an open connection."""
    from alembic.config import Config  # noqa: PLC0415  a third of a second, needed once in a ledger's life

    made = Config()
    made.set_main_option("script_location", str(_FOLDER))
    made.attributes["connection"] = connection
    return made


def _is_current(found: str | None, address: Address) -> bool:
    known = known_versions()
    if found is not None and found not in known:
        raise LedgerTooNew(
            f"The ledger {address.text} is of version {found}; this code knows versions up to {known[-1]}.",
            remedy="Update Tool Sync for Airflow on this machine, or name another ledger in `sync_ledger`.",
        )
    return found == known[-1]


def _version(connection: Connection) -> str | None:
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    return connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar()  # noqa: S608  a constant


def _lock(tx: Connection) -> None:
    """Wait until nobody else migrates; SQLite's BEGIN IMMEDIATE has done so already."""
    if tx.dialect.name == "postgresql":
        tx.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})


def _upgrade(tx: Connection, found: str | None, address: Address) -> None:
    from alembic import command  # noqa: PLC0415  see `config`

    if found is None:
        _refuse_foreign_tables(tx, address)
    command.upgrade(config(tx), "head")
    log.info("migrate: ledger=%s from=%s to=%s", address.text, found or "nothing", known_versions()[-1])


def _refuse_foreign_tables(tx: Connection, address: Address) -> None:
    foreign = sorted(metadata.tables.keys() & set(inspect(tx).get_table_names()))
    if foreign:
        raise LedgerUnusable(
            f"The database {address.text} holds tables of another program ({', '.join(foreign)}).",
            remedy="Give the ledger a database of its own in the connection `sync_ledger`.",
        )
