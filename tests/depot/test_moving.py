import hashlib
import io

import pytest

from sync_operators.depot.errors import AlreadyThere, NotThere
from sync_operators.depot.moving import Custody, arrive, finish_moves, move_file, put_there
from sync_operators.depot.storage import Depot
from sync_operators.ledger import events, files
from sync_operators.ledger.files import FileState
from sync_operators.ledger.opening import Ledger

ARCHIVED = "archives/2026/11/20261122T040001Z-a1b2c3_a.csv"
CONTENT = b"username\n" + b"ann\n" * 1000


class Crash(BaseException):
    """The process ends here."""


@pytest.fixture
def custody(clock):
    return Custody("test", clock())


@pytest.fixture
def lay(depot, ledger, clock):
    """Put a file with its ledger row into the depot."""

    def lay(place="a.csv", content=CONTENT, *, name=None, state=FileState.RUNNING):
        depot.put(place, io.BytesIO(content))
        folder, _, own = place.rpartition("/")
        with ledger.write() as tx:
            return files.add(
                tx,
                folder="" if place.startswith(".queued") else folder,
                name=name or own,
                place=place,
                sha256=hashlib.sha256(content).hexdigest(),
                size=len(content),
                origin="drop",
                at=clock(),
                state=state,
            )

    return lay


def get(ledger, version):
    with ledger.read() as tx:
        return files.get(tx, version.id)


def read(depot, place):
    with depot.open(place) as file:
        return file.read()


def assert_archived(depot, ledger, version):
    current = get(ledger, version)
    assert (current.place, current.moving_to) == (ARCHIVED, None)
    assert read(depot, ARCHIVED) == CONTENT
    assert not depot.exists("a.csv")


def test_a_moved_file_is_at_its_new_place_with_its_new_state(depot, ledger, lay, custody):
    version = move_file(ledger, depot, lay(), ARCHIVED, custody, state=FileState.DONE)
    assert (version.place, version.state) == (ARCHIVED, "done")
    assert_archived(depot, ledger, version)
    with ledger.read() as tx:
        (event,) = events.of_file(tx, version.id)
    assert (event.what, event.who, event.detail) == ("moved", "test", {"from": "a.csv", "to": ARCHIVED})


def test_a_move_done_already_changes_nothing(depot, ledger, lay, custody):
    version = lay()
    for _ in range(2):
        move_file(ledger, depot, version, ARCHIVED, custody, state=FileState.DONE)
    assert_archived(depot, ledger, version)
    with ledger.read() as tx:
        assert len(events.of_file(tx, version.id)) == 1


def test_a_move_never_replaces(depot, ledger, lay, custody):
    version = lay()
    depot.put("law/a.csv", io.BytesIO(b"theirs"))
    with pytest.raises(AlreadyThere, match=r"^depot: another file lies at law/a.csv already\.$"):
        move_file(ledger, depot, version, "law/a.csv", custody)
    assert (read(depot, "law/a.csv"), read(depot, "a.csv")) == (b"theirs", CONTENT)


def test_a_vanished_file_cannot_be_moved(depot, ledger, lay, custody):
    version = lay()
    depot.remove("a.csv")
    with pytest.raises(NotThere):
        move_file(ledger, depot, version, ARCHIVED, custody)


def test_a_target_with_the_same_content_counts_as_done(depot, ledger, lay, custody):
    version = lay()
    depot.put(ARCHIVED, io.BytesIO(CONTENT))
    move_file(ledger, depot, version, ARCHIVED, custody)
    assert_archived(depot, ledger, version)


@pytest.mark.parametrize("half", [b"", CONTENT[:1], CONTENT[:-1]])
def test_a_half_target_is_written_again(depot, ledger, lay, custody, half):
    version = lay()
    depot.put(ARCHIVED, io.BytesIO(half))
    move_file(ledger, depot, version, ARCHIVED, custody)
    assert_archived(depot, ledger, version)


def _crash_at(monkeypatch, nth, when):
    """Let the n-th effect on depot or ledger be the last, before or after it happens."""
    seen = []

    def watch(owner, name):
        real = getattr(owner, name)

        def effect(*args, **kwargs):
            seen.append(name)
            if len(seen) == nth and when == "before":
                raise Crash
            result = real(*args, **kwargs)
            if len(seen) == nth and when == "after":
                raise Crash
            return result

        monkeypatch.setattr(owner, name, effect)

    for name in ("duplicate", "remove", "sync"):
        watch(Depot, name)
    watch(Ledger, "write")
    return seen


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("nth", range(1, 6))
@pytest.mark.parametrize("who", ["finish_moves", "the same move"])
def test_a_move_that_died_anywhere_is_seen_through(depot, ledger, lay, custody, monkeypatch, nth, when, who):
    version = lay()
    with monkeypatch.context() as patch:
        seen = _crash_at(patch, nth, when)
        with pytest.raises(Crash):
            move_file(ledger, depot, version, ARCHIVED, custody)
        assert len(seen) == nth
    if who == "finish_moves":
        finish_moves(ledger, depot, custody)
    if get(ledger, version).place != ARCHIVED:
        move_file(ledger, depot, version, ARCHIVED, custody)
    assert_archived(depot, ledger, version)


def test_an_orphan_that_wakes_late_takes_nobody_s_file_away(depot, ledger, lay, custody):
    version = lay()
    with ledger.write() as tx:
        files.change(tx, version.id, moving_to=ARCHIVED)
        orphan = files.get(tx, version.id)
    put_there(depot, orphan)
    # Another sees the move through, and the next version of the name, of the same content, takes the place.
    finish_moves(ledger, depot, custody)
    following = lay("a.csv", CONTENT, state=FileState.WAITING)
    put_there(depot, orphan)
    with ledger.write() as tx:
        arrive(tx, depot, orphan, custody)
    assert read(depot, "a.csv") == CONTENT
    assert get(ledger, following).place == "a.csv"


def test_a_lost_file_whose_move_had_begun_is_gone(depot, ledger, lay, custody):
    version = lay()
    with ledger.write() as tx:
        files.change(tx, version.id, moving_to=ARCHIVED, left_behind=True)
    depot.remove("a.csv")
    finish_moves(ledger, depot, custody)
    current = get(ledger, version)
    assert (current.state, current.place, current.moving_to, current.left_behind) == ("gone", None, None, False)


def test_a_staged_file_whose_place_was_taken_by_hand_is_queued(depot, ledger, lay, custody):
    version = lay(".queued/.tmp-12", CONTENT, name="a.csv", state=FileState.WAITING)
    with ledger.write() as tx:
        files.change(tx, version.id, moving_to="a.csv")
    depot.put("a.csv", io.BytesIO(b"theirs"))
    finish_moves(ledger, depot, custody)
    current = get(ledger, version)
    assert (current.state, current.moving_to) == ("queued", None)
    assert read(depot, current.place) == CONTENT
    assert depot.listing(".queued") == [current.place.removeprefix(".queued/")]
    assert current.place.endswith("_a.csv")
    assert read(depot, "a.csv") == b"theirs"
