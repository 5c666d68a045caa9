"""Opening a ledger: address, connections, transactions."""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, make_url
from sqlalchemy.exc import ArgumentError

from sync_operators.ledger import keys, migrations, sqlite
from sync_operators.ledger.column_types import to_json
from sync_operators.ledger.errors import Address, LedgerUnusable, translated

log = logging.getLogger(__name__)

Clock = Callable[[], datetime]

_POSTGRESQL_NAMES = ("postgres", "postgresql", "postgresql+psycopg")


@dataclass(frozen=True, slots=True)
class Ledger:
    """An open ledger. `read()` and `write()` give a transaction each; keep both short.

    None may be open while Moodle, the drop or a file is awaited.
    """

    engine: Engine
    address: Address
    key: bytes = field(repr=False)
    clock: Clock = field(repr=False)
    _writing: threading.local = field(default_factory=threading.local, repr=False)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Open a transaction that cannot write; it sees one state of the ledger throughout on SQLite."""
        with translated(self.address, reading=True), _transaction(self.engine, writes=False) as tx:
            yield tx

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Open a writing transaction: committed at the end, rolled back on any exception.

        `BEGIN IMMEDIATE` on SQLite: who reads before writing has the right to write from the start. A second one
        within the first would wait for itself, so it is refused.
        """
        if getattr(self._writing, "now", False):
            raise RuntimeError("ledger.write() inside ledger.write(): pass the open transaction on instead")
        self._writing.now = True
        try:
            with translated(self.address), _transaction(self.engine, writes=True) as tx:
                yield tx
        finally:
            self._writing.now = False

    def close(self) -> None:
        """Let go of all connections."""
        self.engine.dispose()

    def __enter__(self) -> "Ledger":
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()


def open_ledger(url: str, *, fingerprint_key: bytes | None = None, clock: Clock) -> Ledger:
    """Open the ledger at a SQLAlchemy URL, made or migrated when need be.

    Raises LedgerUnusable when it cannot be used and LedgerTooNew when later code has been there, each with the remedy.
    """
    parsed = normalised(url)
    address = address_of(parsed)
    engine = engine_for(parsed)
    try:
        return _opened(engine, address, fingerprint_key, clock)
    except BaseException:
        engine.dispose()
        raise


def _opened(engine: Engine, address: Address, given: bytes | None, clock: Clock) -> Ledger:
    # The key first: without one nothing is made in a database that may not even be meant for us.
    key = keys.checked(given, address) if given is not None or not address.path else None
    with translated(address):
        _prepare_file(engine, address)
        migrations.migrate(engine, address)
    return Ledger(engine, address, key or keys.kept_beside(engine, address), clock)


def normalised(url: str) -> URL:
    """Read an address; PostgreSQL is always reached by psycopg 3, however the connection spells it."""
    try:
        parsed = make_url(url)
    except ArgumentError as exc:
        raise LedgerUnusable("The ledger's address is no SQLAlchemy URL.", remedy=_ADDRESSES) from exc
    if parsed.drivername in _POSTGRESQL_NAMES:
        return parsed.set(drivername="postgresql+psycopg")
    if parsed.get_backend_name() == "sqlite" and parsed.database and parsed.database != ":memory:":
        return parsed
    raise LedgerUnusable(f"A ledger cannot lie at {address_of(parsed).text}.", remedy=_ADDRESSES)


_ADDRESSES = (
    "Give the connection `sync_ledger` as `sqlite:////path/to/ledger.sqlite3` "
    "or `postgresql://login:password@host:5432/database`."
)


def address_of(url: URL) -> Address:
    """How messages call the ledger of an address."""
    # Options of the query may hold a password, too; a socket's folder is worth telling.
    shown = url.set(query={name: value for name, value in url.query.items() if name == "host"})
    path = str(url.database) if url.get_backend_name() == "sqlite" else ""
    return Address(shown.render_as_string(hide_password=True), path)


def engine_for(url: URL) -> Engine:
    """An engine for the ledger of an address; nothing is opened or made yet."""
    in_file = url.get_backend_name() == "sqlite"
    try:
        engine = create_engine(
            url, json_serializer=to_json, pool_pre_ping=not in_file, connect_args=_connect_args(url, in_file=in_file)
        )
    except ModuleNotFoundError as exc:
        raise LedgerUnusable(
            f"The ledger {address_of(url).text} needs psycopg.",
            remedy="Install requirements-postgres.txt beside requirements.txt.",
        ) from exc
    if in_file:
        sqlite.listen(engine)
    return engine


def _connect_args(url: URL, *, in_file: bool) -> dict[str, Any]:
    if in_file:
        wanted: dict[str, Any] = {"timeout": sqlite.BUSY_SECONDS}
    else:
        wanted = {"connect_timeout": 10, "options": f"-c lock_timeout={sqlite.BUSY_SECONDS * 1000}"}
    return {name: value for name, value in wanted.items() if name not in url.query}


def _transaction(engine: Engine, *, writes: bool) -> AbstractContextManager[Connection]:
    return engine.execution_options(writes=writes, postgresql_readonly=not writes).begin()


def _prepare_file(engine: Engine, address: Address) -> None:
    """Make the folder of a SQLite file and turn WAL on, which the file then keeps: readers never wait for a writer."""
    if not address.path:
        return
    try:
        Path(address.path).parent.mkdir(parents=True, exist_ok=True)
    except OSError as exc:
        raise LedgerUnusable(
            f"The folder of the ledger {address.text} cannot be made ({exc.strerror}).",
            remedy=f"Give this account the right to write {Path(address.path).parent}.",
        ) from exc
    sqlite.switch_to_wal(engine)
