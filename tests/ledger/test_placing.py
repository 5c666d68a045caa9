"""Where entities lie: remembered, counted by what they lie in, on both databases."""

from typing import Any

import pytest

from sync_operators.ledger import Ledger, applied, operations, placing
from sync_operators.ledger.operations import Operation, RowEntry
from sync_operators.ledger.placing import Place


def put(ledger: Ledger, site: int, **places: tuple[str, str]) -> None:
    """`user7=("Law", "")`."""
    with ledger.write() as tx:
        placing.put(tx, site, {(name[:-1], int(name[-1])): Place(*place) for name, place in places.items()})


def record(ledger: Ledger, site: int, command: str, *rows: tuple[str, Any]) -> None:
    with ledger.write() as tx:
        applied.record(tx, site, command, "run", [(key, 1, refs) for key, refs in rows])


def test_a_place_said_later_holds_and_a_name_that_is_not_told_again_stays(ledger: Ledger, site: int) -> None:
    put(ledger, site, course1=("3", "ONB"), user1=("Law", ""))
    put(ledger, site, course1=("4", ""), user1=("", ""))
    with ledger.read() as tx:
        found = placing.of(tx, site, [("course", 1), ("user", 1), ("user", 2)])
        elsewhere = placing.of(tx, site + 1, [("course", 1)])
    assert found == {("course", 1): Place("4", "ONB"), ("user", 1): Place()}
    assert elsewhere == {}


@pytest.mark.parametrize("name", ["Law\0", "Law \ud800", "L" * 5000, "", "'; DROP TABLE placed"])
def test_whatever_a_place_is_called_is_kept(ledger: Ledger, site: int, name: str) -> None:
    put(ledger, site, user1=(name, name))
    with ledger.read() as tx:
        assert placing.of(tx, site, [("user", 1)])[("user", 1)].name[:3] == name[:3]


def test_living_entities_are_counted_in_what_they_lie_in(ledger: Ledger, site: int) -> None:
    put(ledger, site, user1=("Law", ""), user2=("Law", ""), user3=("Arts", ""), course5=("3", ""), group8=("5", ""))
    record(ledger, site, "users", ("a", (("user", 1),)), ("c", (("user", 3),)))
    record(ledger, site, "enrolments", ("x", (("user", 1), ("course", 5))), ("y", (("user", 3), ("course", 5))))
    record(ledger, site, "group_members", ("z", (("user", 1), ("course", 5), ("group", 8))))
    with ledger.read() as tx:
        assert placing.known_in(tx, site, "user", ["Law"]) == 1
        assert placing.known_in(tx, site, "user", ["Law", "Arts"]) == 2
        assert placing.known_in(tx, site, "course", ["3"]) == 1
        assert placing.known_in(tx, site, "group", ["3"], through="course") == 1
        assert placing.known_in(tx, site, "group", ["4"], through="course") == 0
        assert placing.rows_on(tx, site, "enrolments", ("course", 5)) == 2
        assert placing.rows_in(tx, site, "enrolments", "course", ["3"]) == 2
        assert placing.rows_in(tx, site, "enrolments", "user", ["Arts"]) == 1
        assert placing.rows_in(tx, site, "users", "course", ["3"]) == 0


def test_acts_tell_themselves_or_what_their_rows_stand_on(ledger: Ledger, site: int, run: str) -> None:
    with ledger.write() as tx:
        refs = (("user", 1), ("course", 5))
        operations.add_rows(tx, run, [RowEntry(n, n, n, None, f"k{n}", 1, 1, refs=refs) for n in (1, 2, 3)])
        acts = [(1, "unenrol", "enrolment", None), (2, "delete", "user", 7), (3, "enrol", "enrolment", None)]
        operations.add_operations(
            tx, run, [Operation(n, n, 0, None, verb, entity, "k", moodle_id) for n, verb, entity, moodle_id in acts]
        )
    with ledger.read() as tx:
        chunks = list(placing.acts(tx, run, ["unenrol", "delete"], 1))
    assert chunks == [[("enrolment", [("user", 1), ("course", 5)])], [("user", [("user", 7)])]]
