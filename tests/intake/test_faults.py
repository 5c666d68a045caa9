"""A capture of five files in a bad world, on the sandbox's server and OpenSSH's; one more, and each is in once."""

import os
import shutil
import signal
import sqlite3
from contextlib import suppress
from datetime import timedelta

import pytest
from sqlalchemy import create_engine, event, text

from include.sandbox.faults import DropFault
from sync_operators.depot.errors import DepotFull
from sync_operators.depot.local import LocalStaged
from sync_operators.intake.drop import DropFolder
from sync_operators.intake.errors import DropDenied, DropError
from sync_operators.intake.locks import DropLock
from sync_operators.ledger import LedgerUnusable

NAMES = [f"{n}.csv" for n in range(5)]
CONTENTS = [name.encode() * 100 for name in NAMES]
CUTS = [1, 2, 3, 5, 8, 13, 18, 23, 28, 33, 38, 43]
"""More than a capture of five files has requests is no harm: it is left alone then."""
ALL = range(1, 66)
WRITES = (1, 2, 3)
"""Of the ledger: the lease, the files, their deletion; what fails after them costs a warning."""


def fill(world):
    for name, content in zip(NAMES, CONTENTS, strict=True):
        world.put(name, content)


def make_good(world):
    """Whatever was: one more capture, and each file is in the depot once and gone from the drop."""
    world.drop.faults.clear()
    world.capture()
    world.check_exactly_once(CONTENTS)


# What the server refuses


@pytest.mark.parametrize("kind", ["deny", "fail"])
@pytest.mark.parametrize(
    ("of", "counts"),
    [
        ("read", {"captured": 4, "error_transfer": 1}),
        ("remove", {"captured": 4, "captured_left_behind": 1}),
    ],
)
def test_what_is_refused_costs_one_file(either, kind, of, counts):
    fill(either)
    either.drop.faults.add(DropFault(kind=kind, of=of, nth=3))
    assert either.capture().counts == counts
    make_good(either)


def test_a_drop_that_may_not_be_listed_is_named_so(either):
    fill(either)
    either.drop.faults.add(DropFault(kind="deny", of="scandir"))
    with pytest.raises(DropDenied, match=r"^drop: the listing of the drop was refused \(Permission denied\)\. "):
        either.capture()
    make_good(either)


def test_a_drop_that_may_not_be_renamed_in_says_so(either):
    fill(either)
    either.drop.faults.add(DropFault(kind="deny", of="rename"))

    async def rename(drop):
        await drop.rename(b"0.csv", b"new.csv")

    with pytest.raises(DropDenied, match=r"^drop: the renaming of b'0.csv' was refused \(Permission denied\)"):
        either.ask(rename)
    make_good(either)


def test_a_rename_over_a_name_that_is_there_is_refused(either):
    fill(either)

    async def rename(drop):
        await drop.rename(b"0.csv", b"1.csv")

    with pytest.raises(DropError):
        either.ask(rename)
    make_good(either)


# Lines that break or stall


def cut(world, nth, when):
    fill(world)
    world.drop.faults.add(DropFault(kind="drop", nth=nth, when=when))
    with suppress(DropError):
        world.capture()
    make_good(world)


@pytest.mark.parametrize("nth", CUTS)
def test_a_line_cut_at_a_request_loses_and_doubles_nothing(either, nth):
    cut(either, nth, ("before", "after")[nth % 2])


@pytest.mark.torture
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("nth", ALL)
def test_a_line_cut_at_any_request_loses_and_doubles_nothing(either, nth, when):
    cut(either, nth, when)


@pytest.mark.parametrize("of", ["scandir", "open", "read", "close", "lstat", "remove"])
def test_a_server_that_falls_silent_is_given_up(either, of, monkeypatch):
    monkeypatch.setitem(DropFolder.__init__.__kwdefaults__, "patience", 0.5)
    fill(either)
    either.drop.faults.add(DropFault(kind="hang", of=of))
    with suppress(DropError) if of == "close" else pytest.raises(DropError, match="no answer"):
        either.capture()
    monkeypatch.undo()
    make_good(either)


# Files that change


@pytest.mark.parametrize(
    ("happens", "code"),
    [
        (lambda path: path.write_bytes(b"grown" * 1000), "deferred_unstable"),
        (lambda path: path.write_bytes(b""), "deferred_unstable"),
        (lambda path: os.utime(path, (5, 5)), "deferred_unstable"),
        (lambda path: (path.with_name(".new").write_bytes(b"other"), path.with_name(".new").replace(path)), "deferred"),
        (lambda path: path.unlink(), "error_transfer"),
    ],
    ids=["grows", "is emptied", "is touched", "is replaced", "vanishes"],
)
def test_a_file_that_changes_between_listing_and_reading_is_not_taken_as_it_was(either, happens, code, monkeypatch):
    fill(either)
    path, create = either.drop.folder / NAMES[2], DropLock._create

    async def create_and(self):
        refused = await create(self)
        happens(path)
        return refused

    with monkeypatch.context() as patch:
        patch.setattr(DropLock, "_create", create_and)
        codes = dict(either.codes())
    assert codes.pop(NAMES[2]).startswith(code)
    assert set(codes.values()) == {"captured"}
    left = [path.read_bytes()] if path.exists() else []
    either.capture()
    either.check_exactly_once([*CONTENTS[:2], *CONTENTS[3:], *left])


def test_a_file_left_behind_is_not_deleted_while_the_erp_replaces_it(either, monkeypatch):
    fill(either)
    either.drop.faults.add(DropFault(kind="deny", of="remove", nth=1, times=5))
    assert either.capture().counts == {"captured_left_behind": 5}
    either.drop.faults.clear()
    create = DropLock._create

    async def create_and(self):
        refused = await create(self)
        either.put("alock.txt")
        return refused

    with monkeypatch.context() as patch:
        patch.setattr(DropLock, "_create", create_and)
        assert either.capture().counts == {"captured_left_behind": 5, "capture_locked": 1}
    assert either.in_drop() == [*NAMES, "alock.txt"]
    (either.drop.folder / "alock.txt").unlink()
    make_good(either)


# A full disk


@pytest.mark.parametrize("nth", range(1, 6))
def test_a_disk_that_fills_up_in_the_middle_keeps_no_half_file(either, nth, monkeypatch):
    fill(either)
    write, seen = LocalStaged.write, []

    def full(self, chunk):
        seen.append(chunk)
        if len(seen) >= nth:
            write(self, chunk[:7])
            raise OSError(28, "No space left on device")
        write(self, chunk)

    with monkeypatch.context() as patch:
        patch.setattr(LocalStaged, "write", full)
        with pytest.raises(DepotFull):
            either.capture()
    either.check()
    make_good(either)


# A ledger that fails


class Lock:
    """Another process that has the ledger, from the n-th writing transaction on."""

    def __init__(self, world, _connection):
        self._other = sqlite3.connect(
            world.url.removeprefix("sqlite:///"), isolation_level=None, check_same_thread=False
        )
        self._other.execute("BEGIN IMMEDIATE")

    def end(self):
        self._other.close()


class Gone:
    """A database server that ends our session."""

    def __init__(self, world, connection):
        pid = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar()
        admin = create_engine(world.url, isolation_level="AUTOCOMMIT")
        with admin.connect() as other:
            other.execute(text(f"SELECT pg_terminate_backend({pid})"))
        admin.dispose()

    def end(self):
        pass


def fail_at(world, nth, kind):
    """Let the ledger fail at its n-th writing transaction; gives what to end it with."""
    seen, failures = [], []

    def connected(connection):
        if connection.get_execution_options().get("writes"):
            seen.append(1)
            if len(seen) == nth:
                failures.append(kind(world, connection))

    event.listen(world.ledger.engine, "engine_connect", connected)
    return failures


def mend(world):
    """The ledger is well again, and the lease that could not be let go has expired."""
    world.later = timedelta(minutes=2)
    world.open_ledger()
    make_good(world)


def capture_with(world, nth, kind):
    """A capture whose ledger fails at a write; what it says of it."""
    fill(world)
    failures = fail_at(world, nth, kind)
    try:
        with pytest.raises(LedgerUnusable) as caught:
            world.capture()
    finally:
        for failure in failures:
            failure.end()
    return str(caught.value)


@pytest.fixture
def impatient(world):
    """A world whose ledger does not wait long for a lock."""
    world.open_ledger("?timeout=0.2")
    return world


@pytest.mark.parametrize("nth", WRITES)
def test_a_ledger_that_is_locked_in_the_middle_loses_and_doubles_nothing(impatient, nth):
    assert "is locked by another process" in capture_with(impatient, nth, Lock)
    mend(impatient)


@pytest.mark.parametrize("nth", WRITES)
def test_a_ledger_that_is_gone_in_the_middle_loses_and_doubles_nothing(on_postgresql, nth):
    assert "went away" in capture_with(on_postgresql, nth, Gone)
    mend(on_postgresql)


def test_a_ledger_gone_for_good_leaves_the_files_in_the_drop(world, tmp_path):
    fill(world)
    world.ledger.close()
    path = tmp_path / "ledger.sqlite3"
    path.unlink()
    path.mkdir()
    with pytest.raises(LedgerUnusable, match="cannot be opened"):
        world.capture()
    assert (world.in_drop(), world.tree()) == (NAMES, {})
    shutil.rmtree(path)
    mend(world)


# Kills


def killed(world, forker, nth, when):
    fill(world)
    ended = forker.run(
        world, before=lambda pid: world.drop.faults.add(DropFault(kind="kill", nth=nth, when=when, pid=pid))
    )
    world.drop.faults.clear()
    assert forker.run(world)["status"] == 0
    world.check_exactly_once(CONTENTS)
    return ended["status"] == -signal.SIGKILL


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("nth", [2, 4, 8, 13, 18, 23, 28, 33])
def test_a_capture_killed_at_a_request_is_made_good(either, forker, nth, when):
    assert killed(either, forker, nth, when)


@pytest.mark.torture
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("nth", ALL)
def test_a_capture_killed_at_any_request_is_made_good(either, forker, nth, when):
    killed(either, forker, nth, when)
