import asyncio
import hashlib
import os
import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest

from include.sandbox.faults import DropFault
from sync_operators.codes import Fault, code
from sync_operators.depot.errors import DepotFull
from sync_operators.depot.local import LocalStaged
from sync_operators.depot.names import safe_name
from sync_operators.errors import Busy
from sync_operators.intake.drop import DropFile, DropFolder
from sync_operators.intake.errors import DropError
from sync_operators.intake.locks import DropLock
from sync_operators.intake.placing import Placing
from sync_operators.intake.report import CaptureReport, Taken
from sync_operators.ledger import events
from sync_operators.ledger.files import FileState
from sync_operators.ledger.leases import hold
from tests.intake.world import connected


def sha256(content):
    return hashlib.sha256(content).hexdigest()


def test_a_complete_file_is_in_the_depot_and_gone_from_the_drop(world):
    world.put("userimport.csv", b"username\nann\n")
    assert world.capture() == CaptureReport(
        (Taken("userimport.csv", "captured", 13, sha256(b"username\nann\n"), "userimport.csv"),), ()
    )
    world.check_exactly_once([b"username\nann\n"])
    (version,) = world.versions()
    assert (version.state, version.origin, version.origin_name) == ("waiting", "drop", b"userimport.csv")
    assert (world.root / "userimport.csv").stat().st_mode & 0o777 == 0o600


def test_an_empty_drop_gives_nothing(world):
    assert world.capture() == CaptureReport()
    assert world.in_drop() == []


def test_an_empty_file_and_a_large_one_come_through(world):
    large = os.urandom(9_000_001)
    world.put("empty.csv", b"")
    world.put("large.csv", large)
    assert world.capture().counts == {"captured": 2}
    world.check_exactly_once([b"", large])


def test_one_capture_numbers_in_name_order_whichever_transfer_ends_first(world):
    names = [f"{n:02}.csv" for n in range(30)]
    for n, name in enumerate(reversed(names)):
        world.put(name, b"x" * (3_000_000 if n > 25 else 10))
    world.capture()
    assert [(version.name, version.arrival_no) for version in world.versions()] == [
        (name, n) for n, name in enumerate(names, 1)
    ]


@pytest.mark.parametrize(
    ("name", "found"),
    [
        (".userimport.csv", "ignored_hidden"),
        ("_report_x.csv", "ignored_underscore"),
        ("locked.txt", "ignored_lock"),
        ("block_users.csv", "captured"),
        ("clocks.csv", "captured"),
        ("Lock.txt", "captured"),
        ("lock.txt.csv", "captured"),
        ("users.csv.part", "ignored_partial"),
        ("users.csv.PART", "ignored_partial"),
        ("users.filepart", "ignored_partial"),
        ("users.tmp", "ignored_partial"),
        ("users.swp", "ignored_partial"),
        ("users.csv~", "ignored_partial"),
        ("party.csv", "captured"),
    ],
)
def test_a_name_is_taken_or_left_by_its_rule(world, name, found):
    world.put(name)
    assert world.codes() == [(name, found)]
    assert world.in_drop() == ([] if found == "captured" else [name])
    assert code(found)


def test_what_is_no_plain_file_stays(world):
    folder = world.drop.folder
    (folder / "directory.csv").mkdir()
    (folder / "secret").write_bytes(b"x")
    (folder / "link.csv").symlink_to(folder / "secret")
    (folder / "broken.csv").symlink_to(folder / "nowhere")
    os.mkfifo(folder / "fifo.csv")
    os.utime(folder / "secret", (1, 1))
    assert world.codes() == [
        ("broken.csv", "ignored_not_a_file"),
        ("directory.csv", "ignored_directory"),
        ("fifo.csv", "ignored_not_a_file"),
        ("link.csv", "ignored_not_a_file"),
        ("secret", "captured"),
    ]
    assert world.in_drop() == ["broken.csv", "directory.csv", "fifo.csv", "link.csv"]


@pytest.mark.parametrize(
    "raw", [b"a\x01b.csv", b"caf\xe9.csv", b"x" * 201 + b".csv", b" padded.csv ", b"a\\b", b"archives"]
)
def test_an_unsafe_name_is_captured_under_a_safe_one(world, raw):
    world.put(raw)
    assert [item.code for item in world.capture().items] == ["captured"]
    (version,) = world.versions()
    assert (version.name, version.origin_name) == (safe_name(raw)[0], raw)
    world.check_exactly_once([b"username\nann\n"])


def test_names_that_only_look_alike_do_not_meet(world):
    world.put(b"a\x01.csv", b"one")
    world.put(b"a\x02.csv", b"two")
    assert world.capture().counts == {"captured": 2}
    assert [version.state for version in world.versions()] == ["waiting", "waiting"]


# Complete or not


def test_a_young_file_is_looked_at_twice(world):
    world.put("a.csv", age=0)
    assert world.codes() == [("a.csv", "captured")]
    assert world.sleeps == [2.0]


def test_a_file_that_grows_between_two_looks_waits(world):
    world.put("a.csv", b"half", age=0)
    world.put("b.csv", b"whole")
    world.during_sleep = lambda: world.put("a.csv", b"half and more", age=0)
    assert world.codes() == [("a.csv", "deferred_unstable"), ("b.csv", "captured")]
    assert world.in_drop() == ["a.csv"]
    world.during_sleep = lambda: None
    assert world.codes() == [("a.csv", "captured")]
    world.check_exactly_once([b"half and more", b"whole"])


def test_a_file_rewritten_with_the_same_size_between_two_looks_waits(world):
    world.put("a.csv", b"1234", age=0)
    world.during_sleep = lambda: world.put("a.csv", b"5678", age=-5)
    assert world.codes() == [("a.csv", "deferred_unstable")]


def test_a_file_from_the_future_is_looked_at_twice(world):
    world.put("a.csv", age=-3600)
    assert world.codes() == [("a.csv", "captured")]
    assert world.sleeps == [2.0]


@pytest.mark.parametrize(
    ("what", "found"),
    [
        (lambda path: path.write_bytes(b"grown and grown"), "deferred_unstable"),
        (lambda path: path.write_bytes(b""), "deferred_unstable"),
        (lambda path: os.utime(path, (5, 5)), "deferred_unstable"),
    ],
)
def test_a_file_that_changes_while_it_is_read_is_not_kept(world, monkeypatch, what, found):
    read = DropFile.read

    async def read_late(self, size, offset):
        data = await read(self, size, offset)
        what(world.drop.folder / "a.csv")
        return data

    world.put("a.csv", b"as listed")
    monkeypatch.setattr(DropFile, "read", read_late)
    assert world.codes() == [("a.csv", found)]
    assert world.tree() == {}
    assert world.versions() == []


def test_a_file_of_which_the_server_gives_less_than_it_says_is_not_kept(world, monkeypatch):
    read = DropFile.read

    async def read_less(self, size, offset):
        return (await read(self, size, offset))[:-1]

    world.put("a.csv", b"as listed")
    monkeypatch.setattr(DropFile, "read", read_less)
    assert world.codes() == [("a.csv", "deferred_unstable")]
    assert (world.tree().keys() - {".queued/.lock"}, world.versions()) == (set(), [])


def test_a_file_that_vanishes_while_it_is_read_is_an_error_of_its_own(world, monkeypatch):
    world.put("a.csv")
    world.put("b.csv", age=0)
    once_locked(monkeypatch, (world.drop.folder / "a.csv").unlink)
    report = world.capture()
    assert [(item.name, item.code) for item in report.items] == [("a.csv", "error_transfer"), ("b.csv", "captured")]
    assert report.items[0].reason == "No such file or directory"
    world.check()


def test_a_file_that_may_not_be_read_is_an_error_of_its_own(world):
    world.put("a.csv")
    world.put("b.csv")
    world.drop.faults.add(fault("fail", of="read"))
    codes = world.codes()
    assert sorted(found for _, found in codes) == ["captured", "error_transfer"]
    assert len(world.in_drop()) == 1
    world.check()
    assert [found for _, found in world.codes()] == ["captured"]
    assert len(world.versions()) == 2


def fault(kind, **options):
    return DropFault(kind=kind, **options)


def once_locked(monkeypatch, happens):
    """Let something happen right after we have locked the drop."""
    create = DropLock._create

    async def create_and(self):
        refused = await create(self)
        happens()
        return refused

    monkeypatch.setattr(DropLock, "_create", create_and)


# Locks


def test_while_the_erp_writes_nothing_is_taken(world):
    world.put("alock.txt", b"", age=60)
    world.put("a.csv")
    assert world.codes() == [("a.csv", "capture_locked"), ("alock.txt", "capture_locked")]
    assert world.in_drop() == ["a.csv", "alock.txt"]


def test_an_old_lock_of_the_erp_warns_and_still_stops(world):
    world.put("alock.txt", b"", age=3 * 3600 + 60)
    world.put("a.csv")
    report = world.capture()
    assert report.counts == {"capture_locked": 2}
    assert report.warnings == (Fault("warn_stale_lock", {"name": "alock.txt"}),)
    assert world.in_drop() == ["a.csv", "alock.txt"]


def test_a_live_lock_of_another_stops(world):
    world.put("lock.txt", b"1763900000\nanother\n", age=60)
    world.put("a.csv")
    assert world.codes() == [("a.csv", "capture_locked"), ("lock.txt", "capture_locked")]
    assert world.in_drop() == ["a.csv", "lock.txt"]
    assert (world.drop.folder / "lock.txt").read_bytes() == b"1763900000\nanother\n"


def test_a_stale_lock_of_another_is_taken_over_with_a_warning(world):
    world.put("lock.txt", b"1763900000\nanother\n", age=3 * 3600 + 60)
    world.put("a.csv")
    report = world.capture()
    assert report.counts == {"captured": 1}
    assert report.warnings == (Fault("warn_stale_lock", {"name": "lock.txt"}),)
    assert world.in_drop() == []
    with world.ledger.read() as tx:
        assert [event.detail["lock"] for event in events.of_kind(tx, "lock_taken_over")] == ["lock.txt"]


def test_a_stale_lock_that_another_took_over_first_is_theirs(world, monkeypatch):
    server_now = DropLock._server_now

    async def look_slowly(self):
        seconds = await server_now(self)
        world.put("lock.txt", b"a third one", age=0)
        return seconds

    world.put("lock.txt", b"another", age=3 * 3600 + 60)
    world.put("a.csv")
    monkeypatch.setattr(DropLock, "_server_now", look_slowly)
    assert world.codes() == [("a.csv", "capture_locked"), ("lock.txt", "capture_locked")]
    assert (world.drop.folder / "lock.txt").read_bytes() == b"a third one"


def test_an_erp_that_locks_while_we_lock_is_heeded(world, monkeypatch):
    world.put("a.csv")
    once_locked(monkeypatch, lambda: world.put("alock.txt", b""))
    assert world.codes() == [("a.csv", "capture_locked"), ("alock.txt", "capture_locked")]
    assert world.in_drop() == ["a.csv", "alock.txt"]


@pytest.mark.parametrize("of", ["open", "write", "close"])
def test_a_drop_that_takes_no_lock_is_captured_all_the_same(world, of):
    world.put("a.csv")
    world.drop.faults.add(fault("fail", of=of))
    assert world.codes() == [("a.csv", "captured")]
    assert world.sleeps == [2.0]
    world.check_exactly_once([b"username\nann\n"])


def test_our_lock_says_since_when_and_who_and_is_gone_afterwards(world, monkeypatch):
    seen = []
    world.put("a.csv", age=0)
    once_locked(monkeypatch, lambda: seen.append((world.drop.folder / "lock.txt").read_text()))
    world.capture(holder="capture-7")
    since, holder, end = seen[0].split("\n")
    assert (abs(int(since) - time.time()) < 60, holder, end) == (True, "capture-7", "")
    assert world.in_drop() == []


def test_our_lock_is_gone_after_an_error(world, monkeypatch):
    def fail(*_):
        raise RuntimeError

    world.put("a.csv", age=0)
    monkeypatch.setattr(Placing, "keep", fail)
    with pytest.raises(RuntimeError):
        world.capture()
    assert world.in_drop() == ["a.csv"]


def test_a_lock_that_another_wrote_meanwhile_is_left(world, monkeypatch):
    world.put("a.csv", age=0)
    once_locked(monkeypatch, lambda: world.put("lock.txt", b"theirs"))
    world.capture()
    assert world.in_drop() == ["lock.txt"]


@pytest.mark.parametrize("of", ["open", "write", "close"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_lock_left_by_a_capture_that_died_is_taken_over_at_once(world, of, when):
    world.put("a.csv")
    world.drop.faults.add(fault("drop", of=of, when=when))
    with pytest.raises(DropError):
        world.capture()
    assert world.capture().counts == {"captured": 1}
    world.check_exactly_once([b"username\nann\n"])


def test_what_told_a_dead_capture_the_time_is_taken_away(world):
    world.put(".clock-0123")
    world.capture()
    assert world.in_drop() == []


def test_a_dead_capture_s_lock_goes_even_while_the_erp_writes(world):
    world.put("a.csv", age=0)
    world.drop.faults.add(fault("drop", of="read"))
    with pytest.raises(DropError):
        world.capture()
    world.put("alock.txt", b"")
    assert "lock.txt" in world.in_drop()
    assert world.codes() == [("a.csv", "capture_locked"), ("alock.txt", "capture_locked")]
    assert "lock.txt" not in world.in_drop()


def test_captures_of_ours_wait_for_each_other(world):
    world.put("a.csv")
    with hold(world.ledger, "drop", holder="another capture", wait=0), pytest.raises(Busy, match="another capture"):
        world.capture(lease_wait=0)
    assert world.in_drop() == ["a.csv"]


def test_two_captures_at_once_take_each_file_once(world):
    contents = [b"%d" % n for n in range(40)]
    for n, content in enumerate(contents):
        world.put(f"{n:02}.csv", content)
    with ThreadPoolExecutor(2) as pool:
        reports = [pool.submit(world.capture, holder=f"capture-{n}") for n in range(2)]
    assert sum(report.result().counts.get("captured", 0) for report in reports) == 40
    world.check_exactly_once(contents)


# Left behind


def test_a_read_only_drop_is_captured_once_and_left_behind(world):
    world.put("a.csv")
    world.drop.settings = world.drop.settings.model_copy(update={"read_only": True})
    first, second = world.capture(), world.capture()
    assert first.counts == second.counts == {"captured_left_behind": 1}
    assert len(world.versions()) == 1
    assert world.in_drop() == ["a.csv"]
    world.drop.settings = world.drop.settings.model_copy(update={"read_only": False})
    assert world.capture().counts == {}
    world.check_exactly_once([b"username\nann\n"])


def test_a_new_file_under_the_name_of_one_left_behind_is_captured(world):
    world.put("a.csv", b"old")
    world.drop.faults.add(fault("fail", of="remove"))
    assert world.codes() == [("a.csv", "captured_left_behind")]
    world.put("a.csv", b"new content")
    assert world.codes() == [("a.csv", "captured")]
    world.check_exactly_once([b"old", b"new content"])


def test_a_file_left_behind_that_went_by_itself_is_forgotten(world):
    world.put("a.csv", b"old", age=100)
    world.drop.faults.add(fault("fail", of="remove"))
    world.capture()
    (world.drop.folder / "a.csv").unlink()
    assert world.capture().counts == {}
    assert not world.versions()[0].left_behind
    world.put("a.csv", b"old", age=100)
    assert world.capture().counts == {"captured": 1}


def test_a_file_replaced_just_before_its_deletion_is_not_deleted(world, monkeypatch):
    keep = Placing.keep

    def keep_slowly(self, batch):
        world.put("a.csv", b"the next one")
        return keep(self, batch)

    world.put("a.csv", b"the first")
    monkeypatch.setattr(Placing, "keep", keep_slowly)
    assert world.codes() == [("a.csv", "captured")]
    monkeypatch.undo()
    assert world.codes() == [("a.csv", "captured")]
    world.check_exactly_once([b"the first", b"the next one"])


# One name, several versions


def test_a_second_drop_of_a_waiting_name_queues(world):
    for content in (b"first", b"second", b"second", b"third"):
        world.put("a.csv", content)
        assert world.codes() == [("a.csv", "captured")]
    world.check_exactly_once([b"first", b"second", b"second", b"third"])
    assert [version.state for version in world.versions()] == ["waiting", "queued", "queued", "queued"]
    assert (world.root / "a.csv").read_bytes() == b"first"
    assert all(version.place.startswith(".queued/") for version in world.versions()[1:])


@pytest.mark.parametrize("state", [FileState.RUNNING, FileState.HELD, FileState.STORED])
def test_a_name_with_a_version_in_its_place_is_not_free(world, state):
    world.put("a.csv", b"first")
    world.capture()
    world.change(world.versions()[0], state=state)
    world.put("a.csv", b"second")
    world.capture()
    assert (world.root / "a.csv").read_bytes() == b"first"
    assert world.versions()[1].state == "queued"


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_what_people_put_into_the_depot_is_never_replaced(world, kind):
    world.root.mkdir()
    (world.root / "a.csv").write_bytes(b"theirs") if kind == "file" else (world.root / "a.csv").mkdir()
    world.put("a.csv", b"ours")
    assert world.codes() == [("a.csv", "captured")]
    assert world.versions()[0].state == "queued"
    if kind == "file":
        assert (world.root / "a.csv").read_bytes() == b"theirs"


def test_a_queued_version_takes_its_place_at_the_next_capture_once_that_is_free(world):
    for content in (b"first", b"second", b"third"):
        world.put("a.csv", content)
        world.capture()
    (world.root / "a.csv").rename(world.root / "done")
    world.change(world.versions()[0], place="done", state=FileState.DONE)
    world.capture()
    assert (world.root / "a.csv").read_bytes() == b"second"
    assert [version.state for version in world.versions()] == ["done", "waiting", "queued"]
    world.check()


# Limits and a bad world


def test_no_more_files_are_taken_than_allowed_and_the_rest_is_said(world):
    for n in range(5):
        world.put(f"{n}.csv")
    assert world.codes(rules={"max_files": 2}) == [
        ("0.csv", "captured"), ("1.csv", "captured"),
        ("2.csv", "deferred_limit"), ("3.csv", "deferred_limit"), ("4.csv", "deferred_limit"),
    ]  # fmt: skip
    assert code("deferred_limit").kind == "skip"
    assert world.in_drop() == ["2.csv", "3.csv", "4.csv"]


def test_a_file_larger_than_allowed_stays_with_an_error(world):
    world.put("a.csv", b"x" * 11)
    world.put("b.csv", b"x" * 10)
    report = world.capture(rules={"max_bytes": 10})
    assert report.items[0] == Taken("a.csv", "error_transfer", 11, reason="larger than drop.max_bytes, 10")
    assert report.items[1].code == "captured"
    assert world.in_drop() == ["a.csv"]


def test_without_space_nothing_is_taken(world, monkeypatch):
    usage = shutil.disk_usage("/")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=10))
    world.put("a.csv", b"x" * 8)
    world.put("b.csv", b"x" * 8)
    with pytest.raises(DepotFull) as caught:
        world.capture()
    assert str(caught.value) == (
        "depot: no space for the 16 bytes that lie in the drop: 10 are free, of which 0 stay free (depot.reserve). "
        "Nothing was taken. "
        "Free space in the depot, then run again; the files wait in the drop."
    )
    assert world.in_drop() == ["a.csv", "b.csv"]
    assert (world.tree(), world.versions()) == ({}, [])


def test_a_disk_that_fills_up_meanwhile_keeps_no_half_file(world, monkeypatch):
    def full(self, chunk):
        raise OSError(28, "No space left on device")

    world.put("a.csv")
    with monkeypatch.context() as patch:
        patch.setattr(LocalStaged, "write", full)
        with pytest.raises(DepotFull):
            world.capture()
    assert (world.tree(), world.versions(), world.in_drop()) == ({}, [], ["a.csv"])
    assert world.codes() == [("a.csv", "captured")]


def test_a_missing_directory_says_what_to_do(world):
    with pytest.raises(DropError) as caught:
        world.capture(path="/nowhere")
    assert str(caught.value) == (
        "drop: there is no directory /nowhere. Check server, account and `path` of the connection `sync_drop`; "
        "files in the drop stay where they are."
    )


def test_a_server_that_never_answers_is_a_lost_connection(world):
    async def look():
        async with connected(world.server.port) as session:
            try:
                await DropFolder(session, "/drop", parallel=4, patience=0.2).look(b"a.csv")
            finally:
                world.server.wake()

    world.drop.faults.add(fault("hang", of="lstat"))
    with pytest.raises(DropError, match=r"^drop: no answer to a look at b'a.csv'\."):
        asyncio.run(look())


def test_what_was_taken_before_the_connection_was_lost_is_kept(world):
    contents = [b"%d" % n for n in range(20)]
    for n, content in enumerate(contents):
        world.put(f"{n:02}.csv", content)
    world.drop.faults.add(fault("drop", of="remove", nth=5))
    with pytest.raises(DropError, match="files were captured before and are kept"):
        world.capture()
    kept = len(world.versions())
    assert kept > 0
    world.capture()
    world.check_exactly_once(contents)


@pytest.mark.parametrize("nth", range(1, 32))
def test_a_connection_cut_at_any_request_loses_and_doubles_nothing(world, nth):
    contents = [b"a1", b"a2", b"b1"]
    world.put("a.csv", contents[0])
    world.capture()
    world.put("a.csv", contents[1])
    world.put("b.csv", contents[2], age=0)
    world.drop.faults.add(fault("drop", nth=nth, when=("before", "after")[nth % 2]))
    with suppress(DropError):
        world.capture()
    world.drop.faults.clear()
    world.capture()
    world.check_exactly_once(contents)
    states = [(version.name, version.state) for version in world.versions()]
    assert sorted(states) == [("a.csv", "queued"), ("a.csv", "waiting"), ("b.csv", "waiting")]
    assert (world.root / "a.csv").read_bytes() == contents[0]
