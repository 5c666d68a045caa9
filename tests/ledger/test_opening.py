"""Opening: addresses, transactions, and every way a ledger can be unusable."""

import logging
import sqlite3
import sys
import threading
from pathlib import Path

import pytest
from sqlalchemy import create_engine, event, text
from sqlalchemy.exc import DBAPIError

from sync_operators.errors import WorldError
from sync_operators.ledger import Ledger, LedgerUnusable, events, open_ledger, sites
from sync_operators.ledger.errors import Address, translated
from sync_operators.ledger.opening import normalised

from .conftest import KEY, START, Clock, on_postgresql, on_sqlite

SECRET = "hunter2"


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("postgres://u:p%40@h:5433/db?sslmode=require", "postgresql+psycopg://u:p%40@h:5433/db?sslmode=require"),
        ("postgresql://u:p%40@h/db", "postgresql+psycopg://u:p%40@h/db"),
        ("postgresql+psycopg:///db?host=/run/pg", "postgresql+psycopg:///db?host=%2Frun%2Fpg"),
        ("sqlite:////data/x.db?timeout=3", "sqlite:////data/x.db?timeout=3"),
    ],
)
def test_an_address_is_read_as_airflow_spells_it(given: str, meant: str) -> None:
    assert normalised(given).render_as_string(hide_password=False) == meant


@pytest.mark.parametrize("given", ["mysql://u:hunter2@h/db", "sqlite://", "sqlite:///:memory:", "not an address"])
def test_an_address_no_ledger_can_lie_at_is_refused_with_those_that_can(given: str, clock: Clock) -> None:
    with pytest.raises(LedgerUnusable) as caught:
        open_ledger(given, clock=clock)
    assert "sqlite:////path/to/ledger.sqlite3" in caught.value.remedy
    assert SECRET not in str(caught.value)


@on_sqlite
def test_a_sqlite_ledger_is_durable_and_lets_readers_pass(ledger: Ledger) -> None:
    with ledger.read() as tx:
        found = [tx.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("journal_mode", "synchronous")]
        assert [*found, tx.exec_driver_sql("PRAGMA busy_timeout").scalar()] == ["wal", 2, 30000]


def test_a_writing_transaction_keeps_all_or_nothing(ledger: Ledger) -> None:
    def fail() -> None:
        with ledger.write() as tx:
            events.add(tx, "captured", who="ann", at=START)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with ledger.read() as tx:
        assert events.of_kind(tx, "captured") == []


def test_a_reading_transaction_cannot_write(ledger: Ledger) -> None:
    with pytest.raises(DBAPIError), ledger.read() as tx:
        events.add(tx, "captured", who="ann", at=START)
    with ledger.write() as tx:
        events.add(tx, "captured", who="ann", at=START)


def test_reading_goes_on_while_another_writes(ledger: Ledger) -> None:
    with ledger.write() as tx:
        events.add(tx, "captured", who="ann", at=START)
        with ledger.read() as other:
            assert events.of_kind(other, "captured") == []


def test_writing_within_writing_is_a_bug_told_at_once(ledger: Ledger) -> None:
    with pytest.raises(RuntimeError, match="inside"), ledger.write(), ledger.write():
        pass
    with ledger.write() as tx:
        events.add(tx, "captured", who="ann", at=START)


def test_the_key_is_never_shown(ledger: Ledger) -> None:
    assert KEY.decode() not in repr(ledger)


def test_a_ledger_locked_for_long_is_told_with_who_to_look_for(ledger: Ledger, url: str, clock: Clock) -> None:
    short = "?timeout=0.2" if url.startswith("sqlite") else "?options=-c%20lock_timeout%3D200"
    with open_ledger(url + short, fingerprint_key=KEY, clock=clock) as impatient, ledger.write() as tx:
        if url.startswith("postgresql"):
            tx.execute(text("LOCK TABLE sites"))
        with pytest.raises(LedgerUnusable) as caught, impatient.write() as other:
            sites.site_id(other, "https://moodle.example.org")
    assert "is locked by another" in caught.value.message
    assert ("fuser" if url.startswith("sqlite") else "pg_stat_activity") in caught.value.remedy


def test_opening_a_locked_new_ledger_is_told_the_same(tmp_path: Path, clock: Clock) -> None:
    path = tmp_path / "ledger.sqlite3"
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("PRAGMA journal_mode = WAL")
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(LedgerUnusable, match="is locked by another process"):
        open_ledger(f"sqlite:///{path}?timeout=0.2", clock=clock)
    holder.close()


@on_sqlite
def test_a_new_file_another_is_just_making_is_waited_for(fresh_url: str, clock: Clock) -> None:
    """SQLite does not wait for a lock when it is to change its journal, whatever its busy timeout."""
    path = Path(fresh_url.removeprefix("sqlite:///"))
    path.parent.mkdir()
    other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    timer = threading.Timer(0.5, lambda: other.execute("COMMIT"))
    timer.start()
    open_ledger(fresh_url, clock=clock).close()
    timer.join()
    other.close()


def test_a_ledger_of_todays_version_opens_while_another_writes(ledger: Ledger, url: str, clock: Clock) -> None:
    with ledger.write() as tx:
        events.add(tx, "captured", who="ann", at=START)
        open_ledger(f"{url}?timeout=0.1" if "sqlite" in url else url, fingerprint_key=KEY, clock=clock).close()


def write_much(ledger: Ledger) -> None:
    with ledger.write() as tx:
        for number in range(10_000):
            events.add(tx, "captured", who="ann", at=START, detail={"number": number})


@on_sqlite
def test_a_full_disk_is_told_and_leaves_the_former_state(ledger: Ledger, url: str, clock: Clock) -> None:
    with open_ledger(url, clock=clock) as full:
        event.listen(full.engine, "connect", lambda raw, _: raw.execute("PRAGMA max_page_count = 1"))
        full.engine.dispose()
        with pytest.raises(LedgerUnusable) as caught:
            write_much(full)
    path = url.removeprefix("sqlite:///")
    assert caught.value.message == f"The ledger {url} has no room left on its disk (database or disk is full)."
    assert caught.value.remedy == f"Make room for {path}. Nothing was moved or sent; the next run goes on."
    with ledger.read() as tx:
        assert events.of_kind(tx, "captured") == []


@pytest.mark.parametrize(
    ("content", "what"),
    [(b"name;place\n" * 200, "is not a SQLite database"), (None, "cannot be opened")],
    ids=["some other file", "a folder"],
)
def test_what_is_no_ledger_is_left_alone(tmp_path: Path, clock: Clock, content: bytes | None, what: str) -> None:
    path = tmp_path / "ledger.sqlite3"
    path.write_bytes(content) if content else path.mkdir()
    with pytest.raises(LedgerUnusable) as caught:
        open_ledger(f"sqlite:///{path}", clock=clock)
    assert f"The ledger sqlite:///{path} {what}" in caught.value.message
    assert str(path) in caught.value.remedy
    assert content is None or path.read_bytes() == content


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path, clock: Clock) -> None:
    (tmp_path / "depot").write_text("a file")
    with pytest.raises(LedgerUnusable, match=r"folder of the ledger .* cannot be made"):
        open_ledger(f"sqlite:///{tmp_path}/depot/.ledger/ledger.sqlite3", clock=clock)


@on_sqlite
def test_a_damaged_ledger_is_told(ledger: Ledger, url: str, clock: Clock) -> None:
    ledger.close()
    path = Path(url.removeprefix("sqlite:///"))
    path.write_bytes(path.read_bytes()[:4096] + b"\xff" * 60_000)
    with pytest.raises(LedgerUnusable, match="is damaged"):
        open_ledger(url, clock=clock)


def test_a_server_that_is_not_there_is_told_without_the_password(clock: Clock) -> None:
    pytest.importorskip("psycopg")
    with pytest.raises(LedgerUnusable) as caught:
        open_ledger(f"postgresql://sync:{SECRET}@127.0.0.1:1/ledger", fingerprint_key=KEY, clock=clock)
    assert caught.value.message.startswith(
        "The ledger postgresql+psycopg://sync:***@127.0.0.1:1/ledger cannot be reached"
    )
    assert SECRET not in str(caught.value)
    assert isinstance(caught.value, WorldError)
    assert caught.value.code == "error_ledger"


def test_a_database_that_does_not_exist_is_told(server: object, clock: Clock) -> None:
    with pytest.raises(LedgerUnusable, match=r'database "nowhere" does not exist'):
        open_ledger("postgresql://postgres@127.0.0.1/nowhere", fingerprint_key=KEY, clock=clock)


def test_a_password_among_the_options_is_not_told_either(clock: Clock) -> None:
    pytest.importorskip("psycopg")
    with pytest.raises(LedgerUnusable) as caught:
        open_ledger(f"postgresql://sync@127.0.0.1:1/l?password={SECRET}", fingerprint_key=KEY, clock=clock)
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("DiskFull", "has no room left on its disk"),
        ("LockNotAvailable", "is locked by another session"),
        ("DeadlockDetected", "is locked by another session"),
        ("InsufficientPrivilege", "refuses this account"),
        ("InvalidPassword", "refuses this account"),
        ("InvalidCatalogName", "does not exist"),
        ("ReadOnlySqlTransaction", "cannot be written"),
        ("TooManyConnections", "has no resources left"),
        ("AdminShutdown", "went away"),
        ("ConnectionFailure", "cannot be reached"),
        ("DataCorrupted", "is damaged"),
        ("OperationalError", "cannot be reached"),
    ],
)
def test_what_a_server_says_of_the_world_is_told_with_a_remedy(name: str, what: str) -> None:
    errors = pytest.importorskip("psycopg.errors")
    with (
        pytest.raises(LedgerUnusable, match=f"The ledger pg {what} \\(because\\).") as caught,
        translated(Address("pg")),
    ):
        raise getattr(errors, name)("because.\nDETAIL: more")
    assert caught.value.remedy


@pytest.mark.parametrize("name", ["UniqueViolation", "UndefinedTable", "NotNullViolation", "DataError"])
def test_a_bug_is_not_taken_for_the_world(name: str) -> None:
    errors = pytest.importorskip("psycopg.errors")
    with pytest.raises(getattr(errors, name)), translated(Address("pg")):
        raise getattr(errors, name)("because")


def lose_the_connection(ledger: Ledger, url: str) -> None:
    with ledger.read() as tx:
        pid = tx.execute(text("SELECT pg_backend_pid()")).scalar_one()
        engine = create_engine(url)
        with engine.begin() as other:
            other.execute(text(f"SELECT pg_terminate_backend({pid})"))
        engine.dispose()
        tx.execute(text("SELECT 1"))


@on_postgresql
def test_a_shut_server_connection_is_told_and_the_next_transaction_works(
    ledger: Ledger, url: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL, "sqlalchemy")
    with pytest.raises(LedgerUnusable, match=r"went away|cannot be reached"):
        lose_the_connection(ledger, url)
    with ledger.read() as tx:
        assert tx.execute(text("SELECT 1")).scalar() == 1


def test_times_without_a_zone_are_refused(ledger: Ledger) -> None:
    with pytest.raises(Exception, match="has no time zone"), ledger.write() as tx:
        events.add(tx, "captured", who="ann", at=START.replace(tzinfo=None))


def test_times_come_back_as_they_went_in(ledger: Ledger) -> None:
    with ledger.write() as tx:
        events.add(tx, "captured", who="ann", at=START)
        assert [each.at for each in events.of_kind(tx, "captured")] == [START]


def test_postgresql_without_psycopg_says_what_to_install(monkeypatch: pytest.MonkeyPatch, clock: Clock) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(LedgerUnusable) as caught:
        open_ledger("postgresql://u@h/db", fingerprint_key=KEY, clock=clock)
    assert caught.value.remedy == "Install requirements-postgres.txt beside requirements.txt."
