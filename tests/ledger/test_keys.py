"""The key of the fingerprints: made once, outside the tables, for nobody else to read."""

import sqlite3
import stat
import threading
import time
from pathlib import Path

import pytest

from sync_operators.ledger import LedgerUnusable, open_ledger

from .conftest import KEY, Clock, on_postgresql, on_sqlite


def key_file(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///") + ".key")


@on_sqlite
def test_a_sqlite_ledger_keeps_its_key_beside_it_for_its_owner_only(fresh_url: str, clock: Clock) -> None:
    with open_ledger(fresh_url, clock=clock) as first, open_ledger(fresh_url, clock=clock) as second:
        assert first.key == second.key == key_file(fresh_url).read_bytes()
    assert stat.S_IMODE(key_file(fresh_url).stat().st_mode) == 0o600
    assert [path.name for path in key_file(fresh_url).parent.glob("*.new")] == []


@on_sqlite
def test_two_ledgers_have_two_keys(url: str, fresh_url: str, clock: Clock) -> None:
    with open_ledger(url, clock=clock) as one, open_ledger(fresh_url, clock=clock) as other:
        assert one.key != other.key
        assert len(one.key) == 64


@on_sqlite
def test_the_key_is_not_in_the_tables(fresh_url: str, clock: Clock) -> None:
    with open_ledger(fresh_url, clock=clock) as ledger:
        key = ledger.key
    assert key not in Path(fresh_url.removeprefix("sqlite:///")).read_bytes()


@on_sqlite
def test_a_draft_left_by_a_killed_process_is_no_key(fresh_url: str, clock: Clock) -> None:
    open_ledger(fresh_url, clock=clock).close()
    path = key_file(fresh_url)
    path.unlink()
    path.with_name(path.name + ".new").write_text("abc")
    with open_ledger(fresh_url, clock=clock) as ledger:
        assert len(ledger.key) == 64


@on_sqlite
def test_of_two_processes_the_later_takes_the_key_of_the_first(url: str, clock: Clock) -> None:
    """Whoever makes the key holds the ledger's write lock, and looks once more when it gets it."""
    key_file(url).unlink()
    first = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
    first.execute("BEGIN IMMEDIATE")
    keys: list[bytes] = []
    later = threading.Thread(target=lambda: keys.append(open_ledger(url, clock=clock).key))
    later.start()
    time.sleep(0.5)
    assert not key_file(url).exists()
    key_file(url).write_bytes(KEY)
    first.execute("COMMIT")
    first.close()
    later.join()
    assert keys == [KEY]


@on_sqlite
def test_a_broken_key_file_is_told_not_replaced(url: str, clock: Clock) -> None:
    key_file(url).write_text("short")
    with pytest.raises(LedgerUnusable) as caught:
        open_ledger(url, clock=clock)
    assert caught.value.message == f"The key file {key_file(url)} of the ledger {url} holds no key."
    assert key_file(url).read_text() == "short"


@on_sqlite
def test_a_given_key_goes_before_the_file(url: str, clock: Clock) -> None:
    with open_ledger(url, fingerprint_key=KEY, clock=clock) as ledger:
        assert ledger.key == KEY


@on_postgresql
def test_postgresql_without_a_key_is_refused_with_the_line_that_makes_one(fresh_url: str, clock: Clock) -> None:
    with pytest.raises(LedgerUnusable) as caught:
        open_ledger(fresh_url, clock=clock)
    assert caught.value.message == f"The ledger {fresh_url} has no key for its fingerprints."
    assert caught.value.remedy == (
        'Make one with `python -c "import secrets; print(secrets.token_hex(32))"`; '
        "keep it as extra `fingerprint_key` of the connection `sync_ledger`."
    )


@pytest.mark.parametrize("given", [b"", b"fifteen bytes..", b"x" * 65])
def test_a_key_that_can_be_guessed_or_does_not_fit_is_refused(fresh_url: str, clock: Clock, given: bytes) -> None:
    with pytest.raises(LedgerUnusable, match=f"has {len(given)} bytes, not 16 to 64"):
        open_ledger(fresh_url, fingerprint_key=given, clock=clock)
