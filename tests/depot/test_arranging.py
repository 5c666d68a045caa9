"""What people do with files and folders: what a crash on the way leaves, and what is never replaced."""

import io

import pytest

from sync_operators.depot.arranging import Desk
from sync_operators.depot.errors import AlreadyThere, BadName, InUse, Managed, TooLarge
from sync_operators.depot.moving import Custody, finish_moves
from sync_operators.depot.uploading import Uploads
from sync_operators.ledger import events, files


@pytest.fixture
def desk(ledger, depot, clock):
    return Desk(ledger, depot, lambda place: place == "users.csv", "ann", clock)


@pytest.fixture
def uploads(ledger, depot, clock):
    return Uploads(ledger, depot, lambda place: place == "users.csv", "ann", clock, largest=100)


def put(uploads, name, content=b"1", folder=""):
    upload = uploads.begin(folder, name)
    upload.write(content)
    return upload.close()


def read(depot, place):
    with depot.open(place) as file:
        return file.read()


def current(ledger, file_id):
    with ledger.read() as tx:
        return files.get(tx, file_id)


def test_a_renamed_file_waits_only_where_a_command_takes_it(desk, uploads, ledger, depot):
    version = put(uploads, "users.csv")
    assert version.state == "waiting"
    desk.move(version.id, "", "later.csv")
    assert (current(ledger, version.id).state, read(depot, "later.csv")) == ("stored", b"1")
    desk.move(version.id, "", "users.csv")
    assert (current(ledger, version.id).state, read(depot, "users.csv")) == ("waiting", b"1")


def test_the_next_version_takes_the_place_of_one_that_goes(desk, uploads, depot, ledger):
    first, second, third = (put(uploads, "users.csv", content) for content in (b"1", b"2", b"3"))
    assert [each.state for each in (first, second, third)] == ["waiting", "queued", "queued"]
    desk.move(first.id, "", "later.csv")
    assert read(depot, "users.csv") == b"2"
    desk.delete(second.id)
    assert read(depot, "users.csv") == b"3"
    assert current(ledger, third.id).state == "waiting"


def test_a_rename_that_a_crash_cut_off_is_seen_through_under_the_new_name(
    desk, uploads, ledger, depot, clock, monkeypatch
):
    version = put(uploads, "users.csv")

    def crash(*_):
        raise SystemExit

    monkeypatch.setattr(Desk, "_put", crash)
    with pytest.raises(SystemExit):
        desk.move(version.id, "", "later.csv")
    finish_moves(ledger, depot, Custody("next", clock()))
    found = current(ledger, version.id)
    assert (found.name, found.place, found.state) == ("later.csv", "later.csv", "stored")
    assert read(depot, "later.csv") == b"1"
    assert not depot.exists("users.csv")


def test_a_rename_that_was_cut_off_gives_way_to_what_people_put_there_since(
    desk, uploads, ledger, depot, clock, monkeypatch
):
    version = put(uploads, "users.csv")
    monkeypatch.setattr(Desk, "_put", lambda *_: None)
    monkeypatch.setattr("sync_operators.depot.arranging.arrive", lambda *_: (_ for _ in ()).throw(SystemExit))
    with pytest.raises(SystemExit):
        desk.move(version.id, "", "later.csv")
    depot.put("later.csv", io.BytesIO(b"by hand"))
    finish_moves(ledger, depot, Custody("next", clock()))
    found = current(ledger, version.id)
    assert (found.name, found.state, read(depot, found.place)) == ("later.csv", "queued", b"1")
    assert (read(depot, "later.csv"), depot.exists("users.csv")) == (b"by hand", False)


def test_what_people_put_there_by_hand_meanwhile_is_not_replaced(desk, uploads, ledger, depot):
    version = put(uploads, "users.csv")
    depot.put("later.csv", io.BytesIO(b"by hand"))
    with pytest.raises(AlreadyThere):
        desk.move(version.id, "", "later.csv")
    found = current(ledger, version.id)
    assert (found.name, found.place, found.moving_to, found.state) == ("users.csv", "users.csv", None, "waiting")
    assert (read(depot, "later.csv"), read(depot, "users.csv")) == (b"by hand", b"1")
    queued = put(uploads, "later.csv", b"2")
    assert queued.state == "queued"


def test_a_file_that_a_run_has_in_its_hands_is_neither_moved_nor_deleted(desk, uploads, ledger, clock):
    version = put(uploads, "users.csv", folder="in")
    for state in ("running", "held", "bundled"):
        with ledger.write() as tx:
            files.set_state(tx, version.id, state, clock())
        for write in (
            lambda: desk.move(version.id, "", "x.csv"),
            lambda: desk.delete(version.id),
            lambda: desk.move_folder("in", "", "out"),
            lambda: desk.delete_folder("in"),
        ):
            with pytest.raises(InUse):
                write()


PLACES = [
    ("archives", "x", Managed),
    ("Archives", "x", Managed),
    ("archives/2026", "x", Managed),
    ("", "undo", Managed),
    (".queued", "x", Managed),
    ("..", "x", BadName),
    ("a/..", "x", BadName),
    ("a//b", "x", BadName),
    ("", "", BadName),
    ("", "a/b", BadName),
    ("", "\ud800", BadName),
    ("/".join(["f" * 190] * 5), "x", BadName),
]


@pytest.mark.parametrize(("folder", "name", "error"), PLACES)
def test_no_place_but_one_in_a_folder_of_peoples_own_is_taken(desk, folder, name, error):
    with pytest.raises(error):
        desk.make_folder(folder, name)


def test_an_upload_beyond_the_limit_or_cut_off_leaves_nothing(uploads, depot, ledger, clock):
    upload = uploads.begin("", "users.csv")
    with pytest.raises(TooLarge):
        upload.write(b"1" * 101)
    upload.discard()
    uploads.begin("", "other.csv").staged.close()
    assert len(depot.listing(".uploads")) == 1
    uploads.tidy()
    assert len(depot.listing(".uploads")) == 1
    clock.step(days=400)
    uploads.tidy()
    assert depot.listing(".uploads") == []
    with ledger.read() as tx:
        assert files.live(tx) == []


def test_an_upload_that_a_crash_cut_off_after_its_last_byte_is_kept(uploads, ledger, depot, clock, monkeypatch):
    upload = uploads.begin("", "users.csv")
    upload.write(b"1")
    monkeypatch.setattr("sync_operators.depot.uploading.put_there", lambda *_: (_ for _ in ()).throw(SystemExit))
    with pytest.raises(SystemExit):
        upload.close()
    finish_moves(ledger, depot, Custody("next", clock()))
    assert read(depot, "users.csv") == b"1"
    with ledger.read() as tx:
        (version,) = files.live(tx)
        assert (version.place, version.state) == ("users.csv", "waiting")
        assert events.of_file(tx, version.id)[0].what == "uploaded"
