"""Settling: what an operation's end means for its row and for those that needed it."""

from typing import Any

import pytest

from sync_operators.codes import Kind
from sync_operators.ledger import Ledger, operations
from sync_operators.ledger.operations import Operation, RowEntry, Settled

from .conftest import START

CREATED = {"code": "created", "kind": "ok"}
UNSUPPORTED = {"code": "error_unsupported", "kind": "error", "args": {"column": "course1"}}


def row(number: int, operations_open: int, **columns: Any) -> RowEntry:
    return RowEntry(number, number + 1, number + 1, None, f"key{number}", number, operations_open, **columns)


def op(seq: int, of_row: int, *, needs: int | None = None, **columns: Any) -> Operation:
    values: dict[str, Any] = {"wave": 0, "verb": "create", "entity": "user", "key": f"key{of_row}"} | columns
    return Operation(seq=seq, row=of_row, needs=needs, **values)


def write(ledger: Ledger, run: str, rows: list[RowEntry], ops: list[Operation]) -> None:
    with ledger.write() as tx:
        operations.add_rows(tx, run, rows)
        operations.add_operations(tx, run, ops)


def settle(ledger: Ledger, run: str, *settled: Settled) -> list[RowEntry]:
    with ledger.write() as tx:
        closed = operations.settle(tx, run, settled, START)
        stored = {entry.row: entry for entry in operations.rows(tx, run)}
    assert closed == [stored[entry.row] for entry in closed], "what is given is what is stored"
    return closed


def outcomes(entries: list[RowEntry]) -> list[tuple[int, str | None, str | None]]:
    return [(entry.row, entry.code, entry.kind) for entry in entries]


def test_a_row_with_one_operation_ends_as_it_does(ledger: Ledger, run: str) -> None:
    write(ledger, run, [row(1, 1), row(2, 1)], [op(1, 1), op(2, 2)])
    settled = Settled(2, "error_create", Kind.ERROR, "invalidparameter", None, {"reason": "no e-mail"})
    closed = settle(ledger, run, settled, Settled(1, "created", Kind.OK, None, 12))
    assert outcomes(closed) == [(1, "created", "ok"), (2, "error_create", "error")]
    assert closed[0].refs == (("user", 12),)
    assert (closed[1].args, closed[1].moodle_code, closed[1].parts) == ({"reason": "no e-mail"}, "invalidparameter", ())
    with ledger.read() as tx:
        assert operations.count_rows(tx, run) == ({"created": 1, "error_create": 1}, 0)
        assert operations.count_open(tx, run) == 0


def test_a_row_waits_for_its_last_operation(ledger: Ledger, run: str) -> None:
    write(ledger, run, [row(1, 2)], [op(1, 1), op(2, 1, wave=1, verb="update")])
    assert settle(ledger, run, Settled(2, "updated", Kind.OK)) == []
    with ledger.read() as tx:
        (waiting,) = operations.rows(tx, run)
    assert (waiting.open_operations, waiting.code) == (1, None)
    (closed,) = settle(ledger, run, Settled(1, "created", Kind.OK))
    assert [(part["code"], part["verb"]) for part in closed.parts] == [("created", "create"), ("updated", "update")]


@pytest.mark.parametrize(
    ("codes", "principal"),
    [
        ([("created", "ok"), ("updated", "ok")], "created"),
        ([("updated", "ok"), ("created", "ok")], "updated"),
        ([("created", "ok"), ("skipped_exists", "skip")], "skipped_exists"),
        ([("warn_not_stored", "warn"), ("skipped_exists", "skip")], "warn_not_stored"),
        ([("error_update", "error"), ("error_create", "error")], "error_update"),
        ([("created", "ok"), ("error_update", "error"), ("warn_not_stored", "warn")], "error_update"),
    ],
)
def test_a_rows_code_is_that_of_its_worst_part_the_first_of_equals(
    ledger: Ledger, run: str, codes: list[tuple[str, str]], principal: str
) -> None:
    write(ledger, run, [row(1, len(codes))], [op(seq, 1) for seq in range(1, len(codes) + 1)])
    (closed,) = settle(ledger, run, *[Settled(seq, code, kind) for seq, (code, kind) in enumerate(codes, start=1)])
    assert closed.code == principal
    assert [(part["code"], part["kind"]) for part in closed.parts] == codes


def test_parts_that_plan_found_stand_behind_those_that_were_carried_out(ledger: Ledger, run: str) -> None:
    write(ledger, run, [row(1, 1, parts=(UNSUPPORTED,))], [op(1, 1)])
    (closed,) = settle(ledger, run, Settled(1, "created", Kind.OK, None, 12))
    assert outcomes([closed]) == [(1, "error_unsupported", "error")]
    assert closed.args == {"column": "course1"}
    assert [part["code"] for part in closed.parts] == ["created", "error_unsupported"]
    assert closed.refs == (("user", 12),)


def test_warnings_stand_beside_and_make_the_kind_a_warning(ledger: Ledger, run: str) -> None:
    write(ledger, run, [row(1, 1, warnings=("warn_duplicate_row",)), row(2, 1)], [op(1, 1), op(2, 2)])
    closed = settle(
        ledger,
        run,
        Settled(1, "created", Kind.OK, warnings=("warn_not_stored",)),
        Settled(2, "error_create", Kind.ERROR, warnings=("warn_not_stored",)),
    )
    assert outcomes(closed) == [(1, "created", "warn"), (2, "error_create", "error")]
    assert closed[0].warnings == ("warn_duplicate_row", "warn_not_stored")
    with ledger.read() as tx:
        assert operations.count_warnings(tx, run) == {"warn_duplicate_row": 1, "warn_not_stored": 2}


def test_what_needed_a_failed_operation_is_not_reached_and_another_row_has_its_error_however_far(
    ledger: Ledger, run: str
) -> None:
    rows = [row(1, 3), row(2, 1), row(3, 1)]
    ops = [op(1, 1), op(2, 1, needs=1), op(3, 1, needs=2), op(4, 2, needs=3), op(5, 3)]
    write(ledger, run, rows, ops)
    closed = settle(ledger, run, Settled(1, "error_create", Kind.ERROR))
    assert outcomes(closed) == [(1, "error_create", "error"), (2, "error_create", "error")]
    assert [part["code"] for part in closed[0].parts] == ["error_create", "skipped_not_reached", "skipped_not_reached"]
    with ledger.read() as tx:
        assert [one.seq for one in operations.planned(tx, run, 0)] == [5]


def test_what_needed_an_operation_that_ended_well_stays_planned(ledger: Ledger, run: str) -> None:
    write(ledger, run, [row(1, 2)], [op(1, 1), op(2, 1, needs=1)])
    assert settle(ledger, run, Settled(1, "created", Kind.OK, None, 12)) == []
    with ledger.read() as tx:
        assert [one.seq for one in operations.planned(tx, run, 0)] == [2]
        assert operations.needed_ids(tx, run, [1]) == {1: 12}


def test_a_dependant_that_is_done_already_is_left_as_it_ended(ledger: Ledger, run: str) -> None:
    write(ledger, run, [row(1, 1), row(2, 1)], [op(1, 1), op(2, 2, needs=1)])
    settle(ledger, run, Settled(2, "updated", Kind.OK))
    assert outcomes(settle(ledger, run, Settled(1, "error_create", Kind.ERROR))) == [(1, "error_create", "error")]
    with ledger.read() as tx:
        assert operations.count_rows(tx, run)[0] == {"updated": 1, "error_create": 1}


def test_settling_twice_changes_nothing(ledger: Ledger, run: str) -> None:
    write(ledger, run, [row(1, 2)], [op(1, 1), op(2, 1)])
    assert settle(ledger, run, Settled(1, "created", Kind.OK)) == []
    assert settle(ledger, run, Settled(1, "error_create", Kind.ERROR)) == []
    (closed,) = settle(ledger, run, Settled(2, "updated", Kind.OK))
    assert [part["code"] for part in closed.parts] == ["created", "updated"]


def test_a_row_stands_on_what_it_touched_but_not_on_what_it_deleted(ledger: Ledger, run: str) -> None:
    rows = [row(1, 2, refs=(("course", 3),)), row(2, 1, refs=(("user", 8),))]
    ops = [
        op(1, 1, verb="update", moodle_id=7),
        op(2, 1, entity="enrolment", moodle_id=99),
        op(3, 2, verb="delete", moodle_id=8),
    ]
    write(ledger, run, rows, ops)
    closed = settle(ledger, run, *[Settled(seq, "updated", Kind.OK) for seq in (1, 2, 3)])
    assert [entry.refs for entry in closed] == [(("course", 3), ("user", 7)), ()]


def test_a_row_stands_on_what_another_row_made_for_it(ledger: Ledger, run: str) -> None:
    ops = [
        op(1, 1, verb="make_group", entity="group"),
        op(2, 2, entity="member", needs=1),
        op(3, 3, entity="enrolment"),
        op(4, 3, entity="member", needs=3),
    ]
    write(ledger, run, [row(1, 1), row(2, 1), row(3, 2)], ops)
    closed = settle(ledger, run, *[Settled(seq, "updated", Kind.OK, None, 70 + seq) for seq in (1, 2, 3, 4)])
    assert [entry.refs for entry in closed] == [(("group", 71),), (("group", 71),), ()]


def test_a_batch_of_thousands_is_settled_whole(ledger: Ledger, run: str) -> None:
    numbers = range(1, 2501)
    write(ledger, run, [row(number, 1) for number in numbers], [op(number, number) for number in numbers])
    closed = settle(ledger, run, *[Settled(number, "created", Kind.OK, None, number) for number in numbers])
    assert [entry.row for entry in closed] == list(numbers)


def test_settling_another_runs_numbers_touches_this_run_only(ledger: Ledger, begin: Any) -> None:
    one, other = begin(), begin()
    for run in (one, other):
        write(ledger, run, [row(1, 1)], [op(1, 1)])
    settle(ledger, one, Settled(1, "created", Kind.OK))
    with ledger.read() as tx:
        assert operations.count_open(tx, other) == operations.count_rows(tx, other)[1] == 1
