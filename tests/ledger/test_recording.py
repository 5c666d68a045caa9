"""Recording: which rows `applied_rows` is told of."""

import pytest

from sync_operators.codes import Kind
from sync_operators.ledger import Ledger, operations
from sync_operators.ledger.operations import RowEntry

WELL = RowEntry(1, 2, 2, None, "ann", 11, 0, "created", Kind.OK)
ILL = WELL._replace(code="error_create", kind=Kind.ERROR)
OPEN = WELL._replace(code=None, kind=None, open_operations=1)
WITHOUT_PRINT = WELL._replace(fingerprint=None)


@pytest.mark.parametrize(
    ("rows", "well", "ill"),
    [
        ([WELL], [1], []),
        ([ILL], [], [1]),
        ([WITHOUT_PRINT, WELL], [2], []),
        ([WELL, WITHOUT_PRINT], [1], []),
        ([WITHOUT_PRINT, OPEN], [], []),
        ([ILL, OPEN], [], [1, 2]),
        ([ILL, WELL], [], [1, 2]),
        ([WITHOUT_PRINT, ILL], [], [1, 2]),
    ],
    ids=[
        "well",
        "ill",
        "last has the print",
        "first has the print",
        "one open",
        "ill and open",
        "ill first",
        "ill last",
    ],
)
def test_rows_of_one_key_share_their_fate(
    ledger: Ledger, run: str, rows: list[RowEntry], well: list[int], ill: list[int]
) -> None:
    written = [entry._replace(row=number) for number, entry in enumerate(rows, start=1)]
    with ledger.write() as tx:
        operations.add_rows(tx, run, [*written, ILL._replace(row=9, key="bob")])
        found = operations.recordable(tx, run, [entry for entry in written if not entry.open_operations])
    assert [entry.row for entry in found.well] == well
    assert [entry.row for entry in found.ill] == ill


def test_rows_without_a_key_are_nobodys(ledger: Ledger, run: str) -> None:
    with ledger.write() as tx:
        operations.add_rows(tx, run, [ILL._replace(key=None)])
        assert operations.recordable(tx, run, [ILL._replace(key=None)]) == operations.Recordable((), ())


def test_rows_plan_found_by_itself_are_taken_once(ledger: Ledger, run: str) -> None:
    with ledger.write() as tx:
        operations.add_rows(tx, run, [WELL._replace(row=row, key=str(row)) for row in range(1, 6)])
        operations.add_rows(tx, run, [OPEN._replace(row=6, key="open")])
    taken = []
    for _ in range(4):
        with ledger.write() as tx:
            taken.append([entry.row for entry in operations.take_unrecorded(tx, run, limit=2)])
    assert taken == [[1, 2], [3, 4], [5], []]


def test_rows_taken_in_a_transaction_that_is_rolled_back_are_taken_again(ledger: Ledger, run: str) -> None:
    with ledger.write() as tx:
        operations.add_rows(tx, run, [WELL])
    with pytest.raises(InterruptedError):
        _take_and_be_cut_off(ledger, run)
    with ledger.write() as tx:
        assert operations.take_unrecorded(tx, run) == [WELL]


def _take_and_be_cut_off(ledger: Ledger, run: str) -> None:
    with ledger.write() as tx:
        assert operations.take_unrecorded(tx, run) == [WELL]
        raise InterruptedError
