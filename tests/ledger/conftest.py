"""Every test of the ledger runs on SQLite and on PostgreSQL (skipped, loudly, where none listens)."""

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import DBAPIError

from sync_operators.ledger import Ledger, open_ledger, runs, sites
from sync_operators.ledger.tables import metadata

POSTGRESQL = "postgresql+psycopg://postgres@127.0.0.1:5432/"
KEY = b"a key that only tests should use"
START = datetime(2026, 11, 22, 4, 0, 1, 123456, tzinfo=UTC)
on_sqlite = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
on_postgresql = pytest.mark.parametrize("database", ["postgresql"], indirect=True)
PLUGINS = Path(__file__).parents[2] / "plugins"


@dataclass
class Clock:
    """A clock that stands until it is told to go on."""

    now: datetime = field(default=START)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="session")
def server() -> Iterator[Engine]:
    try:
        engine = create_engine(POSTGRESQL + "postgres", isolation_level="AUTOCOMMIT")
        engine.connect().close()
    except (DBAPIError, ModuleNotFoundError) as exc:
        pytest.skip(f"NO POSTGRESQL on 127.0.0.1:5432, so half of the ledger's tests were not run: {exc}")
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def new_database(server: Engine) -> Iterator[Callable[[], str]]:
    """Makes databases of our own; few, as each costs the server a second."""
    made: list[str] = []

    def make() -> str:
        made.append(f"sync_ledger_test_{uuid4().hex[:12]}")
        with server.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {made[-1]}"))
        return POSTGRESQL + made[-1]

    yield make
    with server.connect() as connection:
        for name in made:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture(scope="session")
def spare_url(new_database: Callable[[], str]) -> str:
    return new_database()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("template")
    open_ledger(f"sqlite:///{folder}/ledger.sqlite3", clock=Clock()).close()
    return folder


@pytest.fixture(scope="session")
def postgresql_url(new_database: Callable[[], str]) -> str:
    url = new_database()
    open_ledger(url, fingerprint_key=KEY, clock=Clock()).close()
    return url


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def fresh_url(request: pytest.FixtureRequest, tmp_path: Path, database: str) -> str:
    """The address of a database in which there is nothing yet."""
    if database == "sqlite":
        return f"sqlite:///{tmp_path}/new/ledger.sqlite3"
    found = str(request.getfixturevalue("spare_url"))
    engine = create_engine(found)
    with engine.begin() as tx:
        tx.execute(text("DROP SCHEMA public CASCADE"))
        tx.execute(text("CREATE SCHEMA public"))
    engine.dispose()
    return found


@pytest.fixture
def url(request: pytest.FixtureRequest, tmp_path: Path, database: str) -> str:
    """The address of a ledger of today's version that holds nothing."""
    if database == "sqlite":
        shutil.copytree(request.getfixturevalue("sqlite_template"), tmp_path / "ledger")
        return f"sqlite:///{tmp_path}/ledger/ledger.sqlite3"
    found = str(request.getfixturevalue("postgresql_url"))
    engine = create_engine(found)
    with engine.begin() as tx:
        # Quicker than TRUNCATE, which makes thirty files anew.
        for table in reversed(metadata.sorted_tables):
            tx.execute(table.delete())
    engine.dispose()
    return found


@pytest.fixture
def ledger(url: str, clock: Clock) -> Iterator[Ledger]:
    with open_ledger(url, fingerprint_key=KEY, clock=clock) as opened:
        yield opened


@pytest.fixture
def site(ledger: Ledger) -> int:
    with ledger.write() as tx:
        return sites.site_id(tx, "https://moodle.example.org")


@pytest.fixture
def begin(ledger: Ledger, site: int, clock: Clock) -> Callable[..., str]:
    """Starts a run and gives its id."""

    def start(file_id: int | None = None, command: str = "users", simulate: bool = False) -> str:
        with ledger.write() as tx:
            return runs.start(
                tx,
                run_id=runs.new_run_id(clock()),
                file_id=file_id,
                site_id=site,
                command=command,
                mode="delta",
                simulate=simulate,
                settings_digest="settings",
                correlation_id="erp-1",
                started_by="ann",
                at=clock(),
            ).id

    return start


@pytest.fixture
def run(begin: Callable[..., str]) -> str:
    return begin()


@pytest.fixture
def child(url: str) -> Iterator[Callable[[str], subprocess.Popen[str]]]:
    """Starts a process that opens the same ledger as `ledger` and runs some lines; waits until it says `ready`."""
    started: list[subprocess.Popen[str]] = []

    def start(lines: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", PREAMBLE.format(plugins=str(PLUGINS), url=url, key=KEY) + lines],
            stdout=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


PREAMBLE = """
import sys, time
sys.path.insert(0, {plugins!r})
from datetime import UTC, datetime
from sync_operators.ledger import applied, events, files, leases, open_ledger, operations, runs, sites
from sync_operators.ledger.operations import Operation, RowEntry, Settled
def ready():
    print("ready", flush=True)
NOW = datetime(2026, 11, 22, 4, 0, 1, 123456, tzinfo=UTC)
ledger = open_ledger({url!r}, fingerprint_key={key!r}, clock=lambda: NOW)
"""
