import hashlib
import io
import os
import resource
import sqlite3
import stat
import tempfile
from contextlib import closing, contextmanager

import pytest
from fsspec.implementations.memory import MemoryFileSystem

from sync_operators.depot.errors import (
    AlreadyThere,
    DepotError,
    NotThere,
    OutsideDepot,
    ScratchFull,
    scratch_errors,
)  # fmt: skip
from sync_operators.depot.storage import Depot


def put(depot, place, content=b"abc", **options):
    depot.put(place, io.BytesIO(content), **options)


def read(depot, place):
    with depot.open(place) as file:
        return file.read()


def test_a_file_comes_back_as_it_was_put(depot):
    put(depot, "law/2026/a.csv", b"x" * 3_000_000)
    assert read(depot, "law/2026/a.csv") == b"x" * 3_000_000
    assert depot.size("law/2026/a.csv") == 3_000_000
    assert depot.listing("law/2026") == ["a.csv"]
    assert depot.sha256("law/2026/a.csv") == hashlib.sha256(b"x" * 3_000_000).hexdigest()


def test_put_never_replaces(depot):
    put(depot, "a.csv", b"first")
    with pytest.raises(AlreadyThere, match=r"^depot: something lies at a.csv already\.$"):
        put(depot, "a.csv", b"second")
    assert read(depot, "a.csv") == b"first"
    assert depot.listing() == ["a.csv"]


def test_put_takes_a_path(depot, tmp_path):
    (tmp_path / "input").write_bytes(b"abc")
    depot.put("a.csv", tmp_path / "input")
    assert read(depot, "a.csv") == b"abc"


def test_move_gives_another_place(depot):
    put(depot, "a.csv")
    depot.move("a.csv", "archives/2026/11/a.csv")
    assert not depot.exists("a.csv")
    assert read(depot, "archives/2026/11/a.csv") == b"abc"


def test_move_never_replaces(depot):
    put(depot, "a.csv", b"first")
    put(depot, "b.csv", b"second")
    with pytest.raises(AlreadyThere):
        depot.move("b.csv", "a.csv")
    assert (read(depot, "a.csv"), read(depot, "b.csv")) == (b"first", b"second")


def test_a_missing_file_is_not_there(depot):
    for use in (depot.open, depot.size, depot.sha256, lambda place: depot.move(place, "b.csv")):
        with pytest.raises(NotThere):
            use("a.csv")
    depot.remove("a.csv")
    assert depot.listing() == []
    assert depot.listing("no/folder") == []


def test_a_removed_file_is_gone(depot):
    put(depot, "a.csv")
    depot.remove("a.csv")
    assert not depot.exists("a.csv")


def test_a_staged_file_has_no_name_of_its_own_until_it_is_moved(depot):
    staged = depot.stage()
    staged.write(b"abc")
    staged.close()
    assert staged.place.startswith(".tmp-")
    depot.move(staged.place, "a.csv")
    staged.discard()
    assert (depot.listing(), read(depot, "a.csv")) == (["a.csv"], b"abc")


def test_a_discarded_file_leaves_nothing(depot):
    staged = depot.stage()
    staged.write(b"abc")
    staged.discard()
    assert depot.listing() == []


def test_a_local_copy_can_be_read_by_its_path(depot):
    put(depot, "a.csv")
    with depot.local_copy("a.csv") as path:
        assert path.read_bytes() == b"abc"


PLACES = ["../a", "/a", "a/../../b", "a//b", ".", "..", "", "a/", "./a", "nul\0", "sur\udce9rogate"]


@pytest.mark.parametrize("place", PLACES)
def test_a_place_outside_the_depot_is_refused(depot, place, tmp_path):
    put(depot, "own.csv")
    for use in (
        depot.open,
        depot.exists,
        depot.remove,
        lambda bad: put(depot, bad),
        lambda bad: depot.move("own.csv", bad),
        lambda bad: depot.move(bad, "b"),
        lambda bad: depot.local_copy(bad).__enter__(),
    ):
        with pytest.raises(OutsideDepot):
            use(place)
    assert depot.listing() == ["own.csv"]
    assert [path.name for path in tmp_path.iterdir() if path.name != "depot"] == []


def test_a_link_never_leads_out_of_the_depot(local_depot, root, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "secret").write_bytes(b"secret")
    put(local_depot, "own.csv")
    (root / "out").symlink_to(tmp_path / "elsewhere")
    (root / "link.csv").symlink_to(tmp_path / "secret")
    for use in (lambda: put(local_depot, "out/a.csv"), lambda: local_depot.move("own.csv", "out/a.csv")):
        with pytest.raises(OutsideDepot):
            use()
    with pytest.raises(DepotError):
        local_depot.open("link.csv")
    with pytest.raises(AlreadyThere):
        put(local_depot, "link.csv")
    assert local_depot.listing() == ["own.csv"]
    assert list((tmp_path / "elsewhere").iterdir()) == []
    assert (tmp_path / "secret").read_bytes() == b"secret"


@pytest.mark.parametrize("mode", [0o600, 0o644])
def test_a_file_has_the_mode_that_was_told_even_while_it_is_written(local_depot, root, mode):
    seen = []

    class Source(io.BytesIO):
        def read(self, size=-1):
            seen.extend(stat.S_IMODE(path.stat().st_mode) for path in root.glob(".tmp-*"))
            return super().read(size)

    local_depot.put("a.csv", Source(b"abc"), mode=mode)
    local_depot.move("a.csv", "archives/a.csv")
    assert stat.S_IMODE((root / "archives/a.csv").stat().st_mode) == mode
    assert set(seen) == {mode}


def test_a_put_that_breaks_off_leaves_nothing(local_depot, root):
    class Broken(io.BytesIO):
        def read(self, size=-1):
            raise RuntimeError

    with pytest.raises(RuntimeError):
        local_depot.put("a.csv", Broken())
    assert list(root.iterdir()) == []


def test_a_file_put_meanwhile_by_somebody_else_is_not_replaced(local_depot, root):
    class Slow(io.BytesIO):
        def read(self, size=-1):
            (root / "a.csv").write_bytes(b"theirs")
            return super().read(size)

    with pytest.raises(AlreadyThere):
        local_depot.put("a.csv", Slow(b"ours"))
    assert (root / "a.csv").read_bytes() == b"theirs"
    assert local_depot.listing() == ["a.csv"]


@pytest.mark.parametrize("error", ["EPERM", "EXDEV"])
def test_a_file_system_without_links_is_moved_on_too(local_depot, root, monkeypatch, error):
    import errno

    real, refusals = os.link, [getattr(errno, error)]

    def link(source, target, **options):
        if error == "EPERM" or refusals:
            raise OSError(refusals.pop() if error == "EXDEV" else errno.EPERM, "no")
        return real(source, target, **options)

    put(local_depot, "a.csv")
    put(local_depot, "taken.csv", b"theirs")
    monkeypatch.setattr(os, "link", link)
    local_depot.move("a.csv", "archives/b.csv")
    assert local_depot.listing() == ["archives", "taken.csv"]
    assert read(local_depot, "archives/b.csv") == b"abc"
    refusals.append(errno.EXDEV)
    with pytest.raises(AlreadyThere):
        local_depot.move("archives/b.csv", "taken.csv")
    assert read(local_depot, "taken.csv") == b"theirs"


def test_free_space_is_known_of_a_folder_only(depot):
    free = depot.free_bytes()
    assert free is None or free > 0


def test_a_full_disk_says_so(local_depot, monkeypatch):
    monkeypatch.setattr(os, "fsync", lambda _: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(
        DepotError, match=r"^depot: no space left for a.csv\. Free space in the depot, then run again\.$"
    ):
        put(local_depot, "a.csv")
    assert local_depot.listing() == []


@contextmanager
def no_file_may_grow():
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def _temporary_file():
    with scratch_errors(), tempfile.TemporaryFile() as out:
        out.write(b"abc")


def test_a_full_folder_for_temporary_files_says_so_by_its_name():
    with no_file_may_grow(), pytest.raises(ScratchFull) as caught:
        _temporary_file()
    told = "no space left for temporary files. Free space there, or name another folder in the variable `TMPDIR`"
    assert str(caught.value) == f"{tempfile.gettempdir()}: {told}, then run again."


def test_a_copy_of_a_stored_object_that_has_no_room_says_so():
    depot = Depot(MemoryFileSystem(), "memory://scratch/depot")
    put(depot, "a.csv")
    with no_file_may_grow(), pytest.raises(ScratchFull), depot.local_copy("a.csv"):
        pass


def test_what_else_goes_wrong_with_a_temporary_file_is_not_called_a_lack_of_room():
    with pytest.raises(IsADirectoryError), scratch_errors():
        raise IsADirectoryError(21, "Is a directory")


def test_a_database_in_a_temporary_file_that_is_full_is_told_in_the_same_words():
    with closing(sqlite3.connect("")) as database:
        database.execute("PRAGMA max_page_count = 2")
        database.execute("CREATE TABLE made (text)")
        with pytest.raises(ScratchFull), scratch_errors():
            database.execute("INSERT INTO made VALUES (?)", ("x" * 100_000,))
        with pytest.raises(sqlite3.OperationalError), scratch_errors():
            database.execute("SELECT * FROM missing")
