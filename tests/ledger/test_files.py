"""Versions of files: where they lie, in which order they came, what became of them."""

from typing import Any

import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from sync_operators.ledger import Ledger, files

from .conftest import START, Clock


def add(tx: Connection, name: str, **columns: Any) -> files.FileVersion:
    values: dict[str, Any] = {"folder": "", "place": name, "sha256": "0" * 64, "size": 3, "origin": "drop"}
    return files.add(tx, **(values | {"at": START, "state": "waiting", "name": name} | columns))


def test_a_version_comes_back_as_it_was_added(ledger: Ledger) -> None:
    with ledger.write() as tx:
        made = add(
            tx, "é ☃.csv", folder="a/b", origin_name=b"\xff\0", remote_size=3, remote_mtime=2**40, left_behind=True
        )
    with ledger.read() as tx:
        assert files.get(tx, made.id) == made
    assert made == files.FileVersion(
        id=made.id,
        folder="a/b",
        name="é ☃.csv",
        place="é ☃.csv",
        moving_to=None,
        sha256="0" * 64,
        bytes=3,
        origin="drop",
        origin_name=b"\xff\0",
        remote_size=3,
        remote_mtime=2**40,
        left_behind=True,
        arrived=START,
        arrival_no=1,
        state="waiting",
        state_since=START,
        dialect=None,
    )


def test_two_versions_never_lie_at_one_place(ledger: Ledger) -> None:
    with ledger.write() as tx:
        add(tx, "users.csv")
    with pytest.raises(IntegrityError), ledger.write() as tx:
        add(tx, "users.csv")


def test_any_number_of_versions_are_gone(ledger: Ledger) -> None:
    with ledger.write() as tx:
        gone = [add(tx, "users.csv", place=None, state="gone") for _ in range(2)]
        assert [file.place for file in gone] == [None, None]


def test_waiting_versions_come_by_name_then_arrival(ledger: Ledger) -> None:
    with ledger.write() as tx:
        for name, place in (("b.csv", "b.csv"), ("a.csv", "a.csv"), ("B.csv", "B.csv"), ("a.csv", ".queued/a.csv")):
            add(tx, name, place=place)
        add(tx, "0.csv", state="running")
        assert [file.place for file in files.waiting(tx)] == ["B.csv", "a.csv", ".queued/a.csv", "b.csv"]
        assert [file.place for file in files.live(tx)] == ["0.csv", "B.csv", "a.csv", ".queued/a.csv", "b.csv"]


def test_numbers_set_aside_keep_the_order_of_names_whichever_ends_first(ledger: Ledger) -> None:
    with ledger.write() as tx:
        first = files.next_arrival(tx)
        add(tx, "users.csv", place="two", arrival_no=first + 1)
        add(tx, "users.csv", place="one", arrival_no=first)
        add(tx, "users.csv", place="three")
        assert [file.place for file in files.of_name(tx, "", "users.csv")] == ["one", "two", "three"]


@pytest.mark.parametrize(
    ("state", "alive"),
    [
        ("waiting", True),
        ("queued", True),
        ("running", True),
        ("held", True),
        ("done", False),
        ("quarantined", False),
        ("stored", False),
        ("gone", False),
    ],
)
def test_versions_still_to_be_run_are_the_live_ones_of_a_name(ledger: Ledger, state: str, alive: bool) -> None:
    with ledger.write() as tx:
        add(tx, "users.csv", state=state)
        add(tx, "users.csv", folder="other", place="other/users.csv")
        assert bool(files.of_name(tx, "", "users.csv")) is alive


def test_a_state_says_since_when(ledger: Ledger, clock: Clock) -> None:
    with ledger.write() as tx:
        made = add(tx, "users.csv")
        clock.advance(5)
        files.set_state(tx, made.id, "held", clock())
        found = files.get(tx, made.id)
    assert (found.state, found.state_since, found.arrived) == ("held", clock(), START)


def test_what_is_moving_or_left_behind_is_found_again(ledger: Ledger) -> None:
    with ledger.write() as tx:
        one, other = add(tx, "one.csv"), add(tx, "other.csv", left_behind=True)
        files.change(tx, one.id, moving_to="archives/one.csv", dialect={"separator": ";"})
        assert [file.id for file in files.moving(tx)] == [one.id]
        assert [file.id for file in files.left_behind(tx)] == [other.id]
        assert files.get(tx, one.id).dialect == {"separator": ";"}
        assert files.at_place(tx, "other.csv") == other
        assert files.at_place(tx, "nowhere.csv") is None


def test_an_id_is_never_used_again(ledger: Ledger) -> None:
    with ledger.write() as tx:
        made = add(tx, "users.csv")
        tx.exec_driver_sql("DELETE FROM files")
        assert add(tx, "users.csv").id > made.id


def test_a_version_nobody_knows_is_a_bug_told_at_once(ledger: Ledger) -> None:
    with pytest.raises(KeyError), ledger.read() as tx:
        files.get(tx, 7)
    with pytest.raises(KeyError), ledger.write() as tx:
        files.set_state(tx, 7, "done", START)
