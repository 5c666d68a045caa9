import asyncio
import time

import pytest

from sync_operators.configuration.sections import Drop
from sync_operators.intake.drop import DropFolder, FileKind, Found
from sync_operators.intake.rules import settled, sort_listing, why_ignored
from tests.intake.world import connected


def look(world, *, seconds, server_time, meanwhile=lambda: None):
    naps = []

    async def sleep(length):
        naps.append(length)
        meanwhile()

    async def run():
        async with connected(world.server.port) as session:
            drop = DropFolder(session, "/drop", parallel=8)
            listing = await drop.listing()
            return await settled(drop, listing, seconds=seconds, server_time=server_time, sleep=sleep)

    result = asyncio.run(run())
    return [found.shown for found in result.complete], [found.shown for found in result.changing], naps


@pytest.mark.parametrize(
    ("age", "seconds", "naps"),
    [(10, 2.0, []), (3, 2.0, []), (2, 2.0, [2.0]), (0, 2.0, [2.0]), (-60, 2.0, [2.0]), (5, 60.0, [60.0])],
)
def test_only_a_file_younger_than_the_settings_say_gets_a_second_look(world, age, seconds, naps):
    world.put("a.csv", age=age)
    server_time = int((world.drop.folder / "a.csv").stat().st_mtime) + age
    assert look(world, seconds=seconds, server_time=server_time) == (["a.csv"], [], naps)


def test_without_the_server_s_time_every_file_gets_a_second_look(world):
    world.put("a.csv")
    assert look(world, seconds=2.0, server_time=None) == (["a.csv"], [], [2.0])


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
    found = look(world, seconds=2.0, server_time=int(time.time()), meanwhile=lambda: change(world))
    assert found == (["b.csv"], ["a.csv"], [2.0])


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
    ],
)
def test_the_first_rule_that_holds_says_why_a_name_is_left(listed, code):
    rules = Drop(alock="writing", lock="ours.lck", partial_suffixes=(".uploading",))
    assert why_ignored(listed, rules) == code


def test_our_own_lock_is_neither_taken_nor_told():
    assert sort_listing([found(b"lock.txt")], Drop()) == sort_listing([], Drop())


@pytest.mark.parametrize(
    ("raw", "shown"),
    [(b"a b(1).csv", "a b(1).csv"), ("é😀".encode(), "é😀"), (b"a\nb\x1b", "a\\nb\\x1b"), (b"caf\xe9", "caf\\xe9")],
)
def test_a_name_is_shown_on_one_line(raw, shown):
    assert found(raw).shown == shown
