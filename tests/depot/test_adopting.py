import io
import os
import time
from datetime import UTC, datetime

import pytest

from sync_operators.depot.adopting import Adoption, adopt
from sync_operators.depot.versions import in_states
from sync_operators.ledger import events, files
from sync_operators.ledger.files import FileState

RUN = "20261122T040001Z-a1b2c3"


def lay(depot, place, content=b"username\nann\n"):
    if depot.exists(place):
        depot.remove(place)
    depot.put(place, io.BytesIO(content))


def versions(ledger):
    with ledger.read() as tx:
        return [(version.place, version.state) for version in in_states(tx, *FileState)]


def test_files_in_the_root_and_in_free_folders_are_adopted(depot, ledger, clock):
    lay(depot, "userimport.csv")
    lay(depot, "law/2026/a.csv", b"abc")
    lay(depot, "_notes.txt")
    adopted = adopt(ledger, depot, clock)
    assert sorted((version.place, version.folder, version.name) for version in adopted.added) == [
        ("_notes.txt", "", "_notes.txt"),
        ("law/2026/a.csv", "law/2026", "a.csv"),
        ("userimport.csv", "", "userimport.csv"),
    ]
    version = next(version for version in adopted.added if version.name == "a.csv")
    assert (version.origin, version.bytes, version.sha256) == ("adopted", 3, depot.sha256("law/2026/a.csv"))
    with ledger.read() as tx:
        assert [event.what for event in events.of_file(tx, version.id)] == ["adopted"]


@pytest.mark.parametrize(
    "place",
    ["archives/2026/11/a.csv", "reports/a", "quarantine/a", "tryback/a", "undo/a", ".queued/a", ".tmp-1", "law/.a"],
)
def test_what_is_ours_is_not_adopted(depot, ledger, clock, place):
    lay(depot, place)
    assert adopt(ledger, depot, clock).added == ()


def test_links_are_not_adopted(local_depot, root, ledger, clock, tmp_path):
    (tmp_path / "secret").write_bytes(b"secret")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "a.csv").write_bytes(b"secret")
    root.mkdir()
    (root / "link.csv").symlink_to(tmp_path / "secret")
    (root / "folder").symlink_to(tmp_path / "folder")
    os.mkfifo(root / "fifo")
    assert adopt(ledger, local_depot, clock).added == ()


def test_a_name_that_is_no_utf_8_is_left_alone(local_depot, root, ledger, clock):
    root.mkdir()
    (root / os.fsdecode(b"caf\xe9.csv")).write_bytes(b"")
    assert adopt(ledger, local_depot, clock).added == ()


def test_a_second_adoption_finds_nothing_new(depot, ledger, clock):
    lay(depot, "a.csv")
    adopt(ledger, depot, clock)
    for _ in range(2):
        assert adopt(ledger, depot, clock) == type(adopt(ledger, depot, clock))()
    assert versions(ledger) == [("a.csv", "waiting")]


def test_a_file_waits_only_if_some_command_could_take_it(depot, ledger, clock):
    lay(depot, "userimport.csv")
    lay(depot, "readme.txt")
    adopt(ledger, depot, clock, lambda place: place == "userimport.csv")
    assert sorted(versions(ledger)) == [("readme.txt", "stored"), ("userimport.csv", "waiting")]
    adopt(ledger, depot, clock, lambda place: place == "readme.txt")
    assert sorted(versions(ledger)) == [("readme.txt", "waiting"), ("userimport.csv", "stored")]


def test_a_vanished_file_is_gone(depot, ledger, clock):
    lay(depot, "a.csv")
    (version,) = adopt(ledger, depot, clock).added
    depot.remove("a.csv")
    assert [gone.id for gone in adopt(ledger, depot, clock).gone] == [version.id]
    assert versions(ledger) == [(None, "gone")]
    with ledger.read() as tx:
        assert [event.what for event in events.of_file(tx, version.id)] == ["adopted", "gone"]


@pytest.mark.parametrize("content", [b"another size", b"username\nbob\n"])
def test_a_file_changed_in_place_is_a_new_version(depot, ledger, clock, content):
    lay(depot, "a.csv", b"username\nann\n")
    adopt(ledger, depot, clock)
    lay(depot, "a.csv", content)
    (version,) = adopt(ledger, depot, clock).added
    assert version.sha256 == depot.sha256("a.csv")
    assert versions(ledger) == [(None, "gone"), ("a.csv", "waiting")]


@pytest.mark.parametrize("state", [FileState.RUNNING, FileState.HELD])
def test_a_file_in_the_hands_of_a_run_is_left_to_it(depot, ledger, clock, state):
    lay(depot, "a.csv")
    (version,) = adopt(ledger, depot, clock).added
    with ledger.write() as tx:
        files.set_state(tx, version.id, state, clock())
    lay(depot, "a.csv", b"changed")
    assert adopt(ledger, depot, clock).added == ()
    depot.remove("a.csv")
    assert adopt(ledger, depot, clock).gone == ()
    assert versions(ledger) == [("a.csv", state)]


def test_a_file_that_goes_makes_room_for_the_next_of_its_name(depot, ledger, clock):
    lay(depot, "a.csv", b"first")
    adopt(ledger, depot, clock)
    place = f".queued/{RUN}_a.csv"
    lay(depot, place, b"second")
    with ledger.write() as tx:
        files.add(
            tx, folder="", name="a.csv", place=place, sha256=depot.sha256(place), size=6, origin="drop",
            at=clock(), state=FileState.QUEUED,
        )  # fmt: skip
    depot.remove("a.csv")
    adopt(ledger, depot, clock)
    assert versions(ledger) == [(None, "gone"), ("a.csv", "waiting")]


def test_a_file_that_is_being_copied_here_waits_for_the_next_adoption(local_depot, root, ledger):
    root.mkdir()
    (root / "old.csv").write_bytes(b"old")
    copying = root / "a.csv"
    copying.write_bytes(b"half")

    def real():
        return datetime.now(UTC)

    def sleep(seconds):
        naps.append(seconds)
        copying.write_bytes(b"half and more")

    naps = []
    adopted = Adoption(ledger, local_depot, real, sleep=sleep).run()
    assert ([version.name for version in adopted.added], adopted.changing, naps) == (["old.csv"], ("a.csv",), [2.0])
    adopted = Adoption(ledger, local_depot, real, sleep=naps.append).run()
    assert [version.name for version in adopted.added] == ["a.csv"]


def test_two_adoptions_at_once_adopt_once(depot, ledger, clock):
    lay(depot, "a.csv")
    adoption = Adoption(ledger, depot, clock)
    there, other = adoption._adopt("a.csv"), adoption._adopt("a.csv")
    assert (there.place, other) == ("a.csv", None)


def test_a_thousand_files_are_adopted_in_little_time(local_depot, root, ledger, clock):
    root.mkdir()
    for n in range(1000):
        (root / f"{n}.csv").write_bytes(b"%d" % n)
    began = time.monotonic()
    assert len(adopt(ledger, local_depot, clock).added) == 1000
    assert time.monotonic() - began < 20
