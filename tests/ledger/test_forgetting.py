"""What the ledger forgets of old runs, a thousand rows at a time, and what it keeps: on both databases."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, func, select

from sync_operators.ledger import Ledger, events, operations, runs
from sync_operators.ledger.forgetting import Forgetting, runs_of, stamp
from sync_operators.ledger.operations import Operation, RowEntry
from sync_operators.ledger.tables import metadata

from .conftest import START, Clock

DAY = timedelta(days=1)
MANY = 2500


@pytest.fixture
def filled(ledger: Ledger, begin: Callable[..., str]) -> Callable[..., str]:
    """A run with so many rows, operations and three events; `state` None: it goes on."""

    def fill(state: str | None = "done", *, size: int = 3, **how: Any) -> str:
        run_id = begin(**how)
        with ledger.write() as tx:
            operations.add_rows(tx, run_id, [RowEntry(row, row, None, None, f"k{row}", None) for row in range(size)])
            operations.add_operations(
                tx, run_id, [Operation(seq, seq, 0, None, "create", "user", f"k{seq}") for seq in range(size)]
            )
            for _ in range(3):
                events.add(tx, "told", who="test", at=START, run_id=run_id)
            runs.joined(tx, run_id, "dag", "run", 1)
            if state:
                runs.change(tx, run_id, state=state, ended=START, counts={"created": size})
        return run_id

    return fill


def held(ledger: Ledger) -> dict[str, int]:
    names = ("rows", "operations", "events", "dag_runs", "runs")
    with ledger.read() as tx:
        return {
            name: tx.execute(select(func.count()).select_from(metadata.tables[name])).scalar_one() for name in names
        }


@pytest.fixture
def sizes(ledger: Ledger) -> Iterator[list[int]]:
    """How many rows each DELETE took away."""
    found: list[int] = []

    def note(_connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith("DELETE"):
            found.append(cursor.rowcount)

    event.listen(ledger.engine, "after_cursor_execute", note)
    yield found
    event.remove(ledger.engine, "after_cursor_execute", note)


def test_details_of_ended_runs_go_and_the_runs_stay_as_they_were(ledger: Ledger, filled: Callable[..., str]) -> None:
    run_id = filled()
    with ledger.read() as tx:
        before = runs.get(tx, run_id)
    assert Forgetting(ledger, simulate=False).details(START + DAY) == {"rows": 3, "operations": 3, "events": 3}
    assert held(ledger) == {"rows": 0, "operations": 0, "events": 0, "dag_runs": 1, "runs": 1}
    with ledger.read() as tx:
        assert runs.get(tx, run_id) == before


def test_no_transaction_takes_more_than_a_thousand_rows(
    ledger: Ledger, filled: Callable[..., str], sizes: list[int]
) -> None:
    filled(size=MANY)
    assert Forgetting(ledger, simulate=False).details(START + DAY)["rows"] == MANY
    assert sorted(sizes, reverse=True) == [1000, 1000, 1000, 1000, 500, 500, 3]


@pytest.mark.parametrize(
    ("state", "days"), [("held", 1), ("failed", 1), (None, 1), ("done", 0)], ids=["held", "failed", "running", "young"]
)
def test_details_of_other_runs_stay(
    ledger: Ledger, filled: Callable[..., str], state: str | None, days: int, clock: Clock
) -> None:
    run_id = filled(None)
    with ledger.write() as tx:
        ended = START if state == "done" else None
        runs.change(tx, run_id, ended=ended, **({"state": state} if state else {}))
    before = held(ledger)
    assert Forgetting(ledger, simulate=False).details(START + days * DAY) == {}
    assert held(ledger) == before


def test_a_long_run_counts_from_its_end(ledger: Ledger, filled: Callable[..., str]) -> None:
    run_id = filled()
    with ledger.write() as tx:
        runs.change(tx, run_id, ended=START + 2 * DAY)
    assert Forgetting(ledger, simulate=False).details(START + DAY) == {}
    assert Forgetting(ledger, simulate=False).details(START + 3 * DAY)["rows"] == 3


def test_a_simulation_goes_whole_ended_or_not_and_no_other_run_with_it(
    ledger: Ledger, filled: Callable[..., str]
) -> None:
    kept = filled()
    filled("simulated", simulate=True)
    filled(None, simulate=True)
    assert Forgetting(ledger, simulate=False).simulations(START) == {}
    gone = Forgetting(ledger, simulate=False).simulations(START + DAY)
    assert gone == {"rows": 6, "operations": 6, "events": 6, "simulations": 2}
    assert held(ledger) == {"rows": 3, "operations": 3, "events": 3, "dag_runs": 1, "runs": 1}
    with ledger.read() as tx:
        assert runs.get(tx, kept).id == kept


def test_counting_is_what_forgetting_does_and_changes_nothing(ledger: Ledger, filled: Callable[..., str]) -> None:
    filled(size=MANY)
    filled("simulated", simulate=True)
    before = held(ledger)
    counting, doing = Forgetting(ledger, simulate=True), Forgetting(ledger, simulate=False)
    told = counting.simulations(START + DAY)
    assert held(ledger) == before
    assert told == doing.simulations(START + DAY)
    assert counting.details(START + DAY) == doing.details(START + DAY)


def test_runs_that_have_no_details_left_cost_nothing_more(
    ledger: Ledger, filled: Callable[..., str], clock: Clock
) -> None:
    for _ in range(5):
        filled()
    Forgetting(ledger, simulate=False).details(START + DAY)
    asked: list[str] = []
    event.listen(ledger.engine, "before_cursor_execute", lambda *told: asked.append(told[2]))
    Forgetting(ledger, simulate=False).details(START + DAY)
    assert len([one for one in asked if one.startswith("SELECT")]) <= 6


def test_a_stamp_sorts_beside_the_ids_of_runs(filled: Callable[..., str]) -> None:
    run_id = filled()
    assert stamp(START) < run_id < stamp(START + timedelta(seconds=1))


def test_what_is_over_is_told_of_each_run(ledger: Ledger, filled: Callable[..., str]) -> None:
    over, under_way, simulated = filled(), filled(None), filled(None, simulate=True)
    with ledger.read() as tx:
        found = runs_of(tx, [over, under_way, simulated, "nobody"])
    assert {run_id: run.is_over for run_id, run in found.items()} == {over: True, under_way: False, simulated: True}
