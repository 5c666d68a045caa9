"""Limits, long files and idle captures: what is asked of the server and the ledger is counted."""

import asyncio
import hashlib
import os
import time
import tracemalloc
from collections import Counter

import asyncssh
import pytest
from sqlalchemy import event

from include.sandbox.faults import DropFault
from sync_operators.depot.errors import DepotFull
from sync_operators.intake import parts, taking
from sync_operators.intake.capture import Terms
from sync_operators.intake.drop import DropFile
from sync_operators.intake.errors import DropError
from sync_operators.ledger import drop_names

MIB = 1 << 20


def statements(world):
    """Statements that the ledger is asked from now on."""
    seen = []
    event.listen(world.ledger.engine, "before_cursor_execute", lambda _c, _cu, sql, *_: seen.append(sql))
    return seen


# Limits


def test_the_bytes_of_a_capture_are_limited_in_name_order(world):
    for name, size in (("a.csv", 6), ("b.csv", 4), ("c.csv", 1), ("d.csv", 11)):
        world.put(name, b"x" * size)
    assert world.codes(rules={"max_bytes": 10}) == [
        ("a.csv", "captured"), ("b.csv", "captured"), ("c.csv", "deferred_limit"), ("d.csv", "error_transfer"),
    ]  # fmt: skip
    world.sleeps.clear()
    assert world.codes(rules={"max_bytes": 10, "settle_seconds": 0.001})[0] == ("c.csv", "captured")
    assert world.sleeps == [], "it was looked at before"


def test_a_reserve_stays_free_in_the_depot(world, monkeypatch):
    monkeypatch.setattr(type(world.depot), "free_bytes", lambda _: 1000)
    world.put("a.csv", b"x" * 101)
    with pytest.raises(
        DepotFull, match=r"for the 101 bytes .* 1000 are free, of which 900 stay free \(depot.reserve\)"
    ):
        world.capture(terms=Terms(reserve=900))
    assert (world.in_drop(), world.versions(), world.tree()) == (["a.csv"], [], {})
    world.put("a.csv", b"x" * 100)
    assert world.capture(terms=Terms(reserve=900)).counts == {"captured": 1}


def test_a_depot_that_is_full_troubles_nobody_while_nothing_comes(world, monkeypatch):
    monkeypatch.setattr(type(world.depot), "free_bytes", lambda _: 0)
    assert world.capture(terms=Terms(reserve=900)).counts == {}


# Long files


@pytest.fixture
def cut(world, monkeypatch):
    """A file of 20 MiB whose transfer broke off when it read beyond 12 MiB; up to 2 MiB before may have been lost."""
    content = os.urandom(20 * MIB)
    world.put("long.csv", content)
    read = DropFile.read

    async def read_until(self, size, offset):
        if offset >= 12 * MIB:
            world.drop.faults.add(DropFault(kind="drop", of="read"))
        return await read(self, size, offset)

    with monkeypatch.context() as patch:
        patch.setattr(DropFile, "read", read_until)
        with pytest.raises(DropError):
            world.capture()
    world.drop.faults.clear()
    return content


def read_from(monkeypatch):
    """Where the next transfers read."""
    offsets, read = [], DropFile.read

    async def noted(self, size, offset):
        if size > 4096:
            offsets.append(offset)
        return await read(self, size, offset)

    monkeypatch.setattr(DropFile, "read", noted)
    return offsets


def part(world):
    with world.ledger.read() as tx:
        return drop_names.of_name(tx, b"long.csv").part


def test_a_long_file_goes_on_where_its_transfer_broke_off(world, cut, monkeypatch):
    left = part(world)
    assert 9 * MIB < left.bytes <= 13 * MIB
    assert left.sha256 == hashlib.sha256(cut[: left.bytes]).hexdigest()
    offsets = read_from(monkeypatch)
    assert world.codes() == [("long.csv", "captured")]
    assert min(offsets) == left.bytes
    world.check_exactly_once([cut])


def spoil(world):
    path = world.root / part(world).place
    content = bytearray(path.read_bytes())
    content[5 * MIB] ^= 255
    path.write_bytes(content)


@pytest.mark.parametrize(
    "happens",
    [
        spoil,
        lambda world: (world.root / part(world).place).unlink(),
        lambda world: os.truncate(world.root / part(world).place, part(world).bytes - 1),
        lambda world: os.utime(world.drop.folder / "long.csv", (5, 5)),
    ],
)
def test_a_part_that_is_not_what_it_was_is_read_again_from_the_start(world, cut, monkeypatch, happens):
    happens(world)
    offsets = read_from(monkeypatch)
    assert world.codes() == [("long.csv", "captured")]
    assert min(offsets) == 0
    world.capture()
    world.check_exactly_once([cut])


def test_more_than_was_noted_is_cut_off(world, cut):
    with (world.root / part(world).place).open("ab") as file:
        file.write(b"never noted")
    assert world.codes() == [("long.csv", "captured")]
    world.check_exactly_once([cut])


def test_a_part_of_a_file_that_is_gone_does_not_stay(world, cut):
    (world.drop.folder / "long.csv").unlink()
    world.capture()
    world.capture()
    assert world.tree() == {}
    with world.ledger.read() as tx:
        assert drop_names.of_name(tx, b"long.csv").gone is not None


def test_a_long_file_is_noted_on_the_way_so_that_a_kill_costs_the_rest_only(world, monkeypatch):
    monkeypatch.setattr(parts, "_NOTED_EVERY", 4 * MIB)
    noted, note = [], parts.Parts._note

    def noting(self, filling):
        note(self, filling)
        noted.append(filling.size)

    world.put("long.csv", os.urandom(11 * MIB))
    monkeypatch.setattr(parts.Parts, "_note", noting)
    assert world.codes() == [("long.csv", "captured")]
    assert len(noted) == 2
    assert all(4 * MIB * n <= size < 4 * MIB * n + MIB for n, size in enumerate(noted, 1))
    with world.ledger.read() as tx:
        assert drop_names.of_name(tx, b"long.csv") is None


def test_a_short_file_leaves_no_part(world, monkeypatch):
    world.put("a.csv", b"x" * 100)
    world.drop.faults.add(DropFault(kind="drop", of="read", nth=1))
    with pytest.raises(DropError):
        world.capture()
    assert [place for place in world.tree() if ".tmp-" in place] == []


def test_memory_stays_flat_whatever_the_size(world):
    world.put("long.csv", b"")
    os.truncate(world.drop.folder / "long.csv", 200 * MIB)
    tracemalloc.start()
    world.capture()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 60 * MIB, f"{peak / MIB:.0f} MiB; the server shares the process"


# Idle


@pytest.fixture
def packets(monkeypatch):
    """Every SFTP request the server gets, with the one that opens the session."""
    seen, process = [], asyncssh.sftp.SFTPServerHandler._process_packet

    async def counted(self, pkttype, pktid, packet):
        seen.append(pkttype)
        await process(self, pkttype, pktid, packet)

    monkeypatch.setattr(asyncssh.sftp.SFTPServerHandler, "_process_packet", counted)
    return seen


def test_an_idle_capture_asks_for_a_listing_and_takes_no_lock(world, packets):
    world.put(".hidden")
    world.put("_report_x.html")
    world.put("a.csv.part")
    world.capture()
    world.drop.requests.clear()
    packets.clear()
    asked = statements(world)
    assert set(world.capture().counts) == {"ignored_hidden", "ignored_underscore", "ignored_partial"}
    assert world.drop.requests == ["scandir"]
    assert len(packets) == 5, "limits (by the library), open, names, end of names, close"
    assert not [sql for sql in asked if not sql.startswith("SELECT") and "leases" not in sql]


def test_a_file_that_still_grows_takes_no_lock(world):
    world.put("a.csv", b"1", age=0)
    world.during_sleep = lambda: world.put("a.csv", b"12", age=0)
    assert world.codes() == [("a.csv", "deferred_unstable")]
    assert Counter(world.drop.requests) == {"scandir": 1, "lstat": 1}


@pytest.fixture
def many(world):
    """A drop with 20,000 names that were seen before."""
    for n in range(20_000):
        (world.drop.folder / f".{n:05}").touch()
    world.capture()
    world.drop.requests.clear()
    return world


def test_twenty_thousand_names_cost_no_query_and_no_request_each(many):
    for n in range(10):
        many.put(f"{n}.csv")
    asked = statements(many)
    started = time.monotonic()
    assert many.capture().counts == {"captured": 10, "ignored_hidden": 20_000}
    print(f"{time.monotonic() - started:.2f} s for 20,000 names, 10 of them new; {len(asked)} statements")
    assert len(many.drop.requests) < 10 * 9 + 20
    assert len(asked) < 10 * 12 + 40


def test_a_drop_that_deletes_nothing_is_not_asked_for_each_of_thousands(world):
    for n in range(300):
        world.put(f"{n:03}.csv")
    world.drop.settings = world.drop.settings.model_copy(update={"read_only": True})
    world.capture(rules={"parallel": 8})
    world.drop.requests.clear()
    assert world.capture(rules={"parallel": 8}).counts == {"captured_left_behind": 300}
    assert Counter(world.drop.requests)["remove"] == 8
    world.drop.settings = world.drop.settings.model_copy(update={"read_only": False})
    assert world.capture(rules={"parallel": 8}).counts == {}
    assert world.in_drop() == []


def test_a_long_transfer_tells_how_far_it_is(world, monkeypatch, caplog):
    caplog.set_level("INFO")
    read = DropFile.read

    async def read_slowly(self, size, offset):
        await asyncio.sleep(0.3)
        return await read(self, size, offset)

    world.put("long.csv", b"x" * 5 * MIB)
    monkeypatch.setattr(DropFile, "read", read_slowly)
    monkeypatch.setattr(taking, "_PROGRESS_SECONDS", taking._GATHER_SECONDS)
    world.capture()
    told = [message for message in caplog.messages if message.startswith("capture: files=0 of=1 bytes=")]
    assert any(not message.endswith("bytes=0") for message in told)
