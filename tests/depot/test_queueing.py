import hashlib
import io

import pytest

from sync_operators.depot.moving import Custody, finish_moves
from sync_operators.depot.queueing import promote, promote_all
from sync_operators.depot.storage import Depot
from sync_operators.ledger import files
from sync_operators.ledger.files import FileState
from sync_operators.ledger.opening import Ledger


@pytest.fixture
def custody(clock):
    return Custody("test", clock(), "promoted")


@pytest.fixture
def queue(depot, ledger, clock):
    """Let some contents wait behind the name a.csv."""

    def queue(*contents, name="a.csv"):
        for n, content in enumerate(contents):
            place = f".queued/20261122T04000{n}Z-a1b2c3_{name}"
            depot.put(place, io.BytesIO(content))
            with ledger.write() as tx:
                files.add(
                    tx, folder="", name=name, place=place, sha256=hashlib.sha256(content).hexdigest(),
                    size=len(content), origin="drop", at=clock(), state=FileState.QUEUED,
                )  # fmt: skip

    return queue


@pytest.fixture
def at_place(depot, ledger, clock):
    """Let a version lie at a.csv in some state."""

    def at_place(state, content=b"first"):
        depot.put("a.csv", io.BytesIO(content))
        with ledger.write() as tx:
            return files.add(
                tx, folder="", name="a.csv", place="a.csv", sha256=hashlib.sha256(content).hexdigest(),
                size=len(content), origin="drop", at=clock(), state=state,
            )  # fmt: skip

    return at_place


def read(depot, place):
    with depot.open(place) as file:
        return file.read()


def test_the_oldest_queued_version_takes_a_free_place_and_waits(depot, ledger, queue, custody):
    queue(b"first", b"second")
    version = promote(ledger, depot, "", "a.csv", custody)
    assert (version.place, version.state) == ("a.csv", "waiting")
    assert read(depot, "a.csv") == b"first"
    assert len(depot.listing(".queued")) == 1
    assert promote(ledger, depot, "", "a.csv", custody) is None


def test_nothing_queued_is_nothing_to_promote(depot, ledger, custody):
    assert promote(ledger, depot, "", "a.csv", custody) is None


@pytest.mark.parametrize("state", [FileState.WAITING, FileState.RUNNING, FileState.HELD, FileState.STORED])
def test_a_version_at_the_place_keeps_it(depot, ledger, queue, at_place, custody, state):
    at_place(state)
    queue(b"second")
    assert promote(ledger, depot, "", "a.csv", custody) is None
    assert read(depot, "a.csv") == b"first"


def test_a_version_that_runs_elsewhere_keeps_its_turn(depot, ledger, queue, at_place, custody):
    version = at_place(FileState.HELD)
    depot.remove("a.csv")
    with ledger.write() as tx:
        files.change(tx, version.id, place=None)
    queue(b"second")
    assert promote(ledger, depot, "", "a.csv", custody) is None


def test_a_file_put_there_by_hand_keeps_the_place(depot, ledger, queue, custody):
    queue(b"second")
    depot.put("a.csv", io.BytesIO(b"theirs"))
    assert promote(ledger, depot, "", "a.csv", custody) is None
    assert read(depot, "a.csv") == b"theirs"


def test_every_free_name_is_promoted(depot, ledger, queue, custody):
    queue(b"a")
    queue(b"b", name="b.csv")
    assert [version.place for version in promote_all(ledger, depot, custody)] == ["a.csv", "b.csv"]


class Crash(BaseException):
    """The process ends here."""


@pytest.mark.parametrize("nth", range(1, 5))
def test_a_promotion_that_died_anywhere_is_seen_through(depot, ledger, queue, custody, monkeypatch, nth):
    queue(b"first", b"second")
    calls = []

    def watch(owner, name):
        real = getattr(owner, name)

        def effect(*args, **kwargs):
            calls.append(name)
            if len(calls) == nth:
                raise Crash
            return real(*args, **kwargs)

        return effect

    with monkeypatch.context() as patch:
        for owner, name in ((Depot, "duplicate"), (Depot, "remove"), (Ledger, "write")):
            patch.setattr(owner, name, watch(owner, name))
        with pytest.raises(Crash):
            promote(ledger, depot, "", "a.csv", custody)
    finish_moves(ledger, depot, custody)
    promote_all(ledger, depot, custody)
    assert read(depot, "a.csv") == b"first"
    with ledger.read() as tx:
        assert [version.state for version in files.of_name(tx, "", "a.csv")] == ["waiting", "queued"]
