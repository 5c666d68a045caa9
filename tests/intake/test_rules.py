import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from sync_operators.configuration.sections import Drop
from sync_operators.intake.drop import DropFolder, FileKind, Found
from sync_operators.intake.resting import Looks
from sync_operators.intake.rules import Marks, sort_listing, why_ignored
from sync_operators.ledger.drop_names import DropName
from tests.intake.world import connected

START = datetime(2026, 11, 24, 4, tzinfo=UTC)


def look(world, *, seconds=2.0, known=(), rules=None, meanwhile=lambda: None):
    """Names at rest and names that change, by one capture's looks; and how long it slept."""
    naps = []

    async def sleep(length):
        naps.append(length)
        meanwhile()

    async def run():
        async with connected(world.server.port) as session:
            drop = DropFolder(session, "/drop", parallel=8)
            listing = await drop.listing()
            looks = Looks(drop, seconds, {name.name: name for name in known}, START, sleep)
            return await looks.rested(sort_listing(listing, rules or Drop()).candidates, of=len(listing))

    result = asyncio.run(run())
    return [each.found.shown for each in result.complete], [each.found.shown for each in result.changing], naps


def seen(world, name, *, ago, **other):
    """What a capture so many seconds ago saw of a file."""
    status = (world.drop.folder / name).stat()
    told = {"size": status.st_size, "mtime": int(status.st_mtime)} | other
    return DropName(name.encode(), since=START - timedelta(seconds=ago), code="deferred_limit", **told)


AGES = [0, 10, 86_400 * 365 * 30, -60, -3600, -86_400 * 365 * 30]


@pytest.mark.parametrize("age", AGES)
def test_a_new_file_is_looked_at_twice_whatever_its_time(world, age):
    world.put("a.csv", age=age)
    assert look(world) == (["a.csv"], [], [2.0])


@pytest.mark.parametrize("age", AGES)
def test_a_file_that_grows_is_not_complete_whatever_its_time(world, age):
    world.put("a.csv", b"half", age=age)
    assert look(world, meanwhile=lambda: world.put("a.csv", b"half and more", age=age)) == ([], ["a.csv"], [2.0])


@pytest.mark.parametrize(
    ("ago", "other", "naps"),
    [
        (2, {}, []),
        (600, {}, []),
        (1.9, {}, [2.0]),
        (-600, {}, [2.0]),
        (600, {"size": 12}, [2.0]),
        (600, {"mtime": 1}, [2.0]),
    ],
)
def test_a_look_remembered_from_an_earlier_capture_spares_the_wait_if_nothing_has_changed(world, ago, other, naps):
    world.put("a.csv", age=0)
    assert look(world, known=[seen(world, "a.csv", ago=ago, **other)]) == (["a.csv"], [], naps)


def test_who_wants_no_wait_gets_none(world):
    world.put("a.csv", age=0)
    assert look(world, seconds=0.0) == (["a.csv"], [], [])


def test_many_new_files_are_looked_at_by_one_listing(world):
    for n in range(60):
        world.put(f"{n:02}.csv")
    complete, changing, _ = look(world, meanwhile=lambda: world.put("07.csv", b"more"))
    assert (len(complete), changing) == (59, ["07.csv"])
    assert Counter(world.drop.requests)["lstat"] == 0
    assert Counter(world.drop.requests)["scandir"] == 2


@pytest.mark.parametrize(
    "change",
    [
        lambda world: world.put("a.csv", b"more", age=0),
        lambda world: world.put("a.csv", age=-9),
        lambda world: (world.drop.folder / "a.csv").unlink(),
    ],
)
def test_what_the_second_look_finds_otherwise_waits(world, change):
    world.put("a.csv", age=0)
    world.put("b.csv", age=0)
    assert look(world, meanwhile=lambda: change(world)) == (["b.csv"], ["a.csv"], [2.0])


@pytest.mark.parametrize(
    ("companion", "naps"), [("a.csv.done", []), ("a.csv.sha256", []), ("b.csv.done", [2.0]), ("a.csv.ok", [2.0])]
)
def test_a_companion_spares_the_looks(world, companion, naps):
    world.put("a.csv", age=60)
    world.put(companion, b"", age=60)
    rules = Drop(done_suffix=".done", checksum_suffix=".sha256")
    assert look(world, rules=rules)[2] == naps


def test_a_done_file_older_than_its_file_may_be_of_a_former_delivery_and_spares_none(world):
    world.put("a.csv", age=60)
    world.put("a.csv.done", b"", age=70)
    assert look(world, rules=Drop(done_suffix=".done")) == (["a.csv"], [], [2.0])


def found(name, kind=FileKind.FILE):
    return Found(name, kind, 1, 1)


@pytest.mark.parametrize(
    ("listed", "code"),
    [
        (found(b"a.csv"), ""),
        (found(b".a.part"), "ignored_hidden"),
        (found(b"_a", FileKind.DIRECTORY), "ignored_underscore"),
        (found(b"writing"), "ignored_lock"),
        (found(b"ours.lck"), "ignored_lock"),
        (found(b"alock.txt"), "ignored_lock"),
        (found(b"a.csv", FileKind.DIRECTORY), "ignored_directory"),
        (found(b"a.csv", FileKind.OTHER), "ignored_not_a_file"),
        (found(b"a.uploading"), "ignored_partial"),
        (found(b"a.part"), ""),
        (found(b"a.csv.done"), "ignored_marker"),
        (found(b"in/.a.csv"), "ignored_hidden"),
        (found(b"in/_a.csv"), "ignored_underscore"),
        (found(b"in/writing"), "ignored_lock"),
        (found(b"../a.csv", FileKind.NAMELESS), "ignored_name"),
    ],
)
def test_the_first_rule_that_holds_says_why_a_name_is_left(listed, code):
    rules = Drop(alock="writing", lock="ours.lck", partial_suffixes=(".uploading",), done_suffix=".done")
    assert why_ignored(listed, Marks.of(rules)) == code


def test_our_own_lock_is_neither_taken_nor_told():
    assert sort_listing([found(b"lock.txt")], Drop()) == sort_listing([], Drop())


@pytest.mark.parametrize(
    ("raw", "shown"),
    [(b"a b(1).csv", "a b(1).csv"), ("é😀".encode(), "é😀"), (b"a\nb\x1b", "a\\nb\\x1b"), (b"caf\xe9", "caf\\xe9")],
)
def test_a_name_is_shown_on_one_line(raw, shown):
    assert found(raw).shown == shown
