"""Runs: one at a time for a version of a file, gone on with until they are over."""

import re
import threading
from collections.abc import Callable
from datetime import datetime, timedelta, timezone

import pytest
from sqlalchemy.exc import IntegrityError

from sync_operators.errors import Busy
from sync_operators.ledger import Ledger, files, runs
from sync_operators.ledger.runs import DagRun, RunState
from sync_operators.ledger.tables import FINAL_STATES

from .conftest import START, Clock

Begin = Callable[..., str]


@pytest.fixture
def file_id(ledger: Ledger) -> int:
    with ledger.write() as tx:
        return files.add(
            tx, folder="", name="u.csv", place="u.csv", sha256="0", size=1, origin="drop", at=START, state="waiting"
        ).id


def test_a_run_id_sorts_by_time_and_fits_into_a_name() -> None:
    at = datetime(2026, 11, 22, 5, 0, 1, tzinfo=timezone(timedelta(hours=1)))
    assert re.fullmatch(r"20261122T040001Z-[0-9a-f]{6}", runs.new_run_id(at))


def test_a_run_starts_with_nothing_done(ledger: Ledger, begin: Begin, site: int, file_id: int) -> None:
    run_id = begin(file_id)
    with ledger.read() as tx:
        found = runs.get(tx, run_id)
    assert found == runs.Run(
        id=run_id,
        file_id=file_id,
        site_id=site,
        command="users",
        mode="delta",
        simulate=False,
        settings_digest="settings",
        plan_digest=None,
        planned_at=None,
        verdict=None,
        holds=0,
        decided_by=None,
        decided_at=None,
        reason=None,
        state="running",
        code=None,
        args={},
        counts={},
        warnings={},
        warning_counts={},
        calls={},
        correlation_id="erp-1",
        started_by="ann",
        started=START,
        ended=None,
        products={},
    )
    assert found.unfinished


@pytest.mark.parametrize("state", RunState)
def test_a_version_has_one_unfinished_run(ledger: Ledger, begin: Begin, file_id: int, state: RunState) -> None:
    first = begin(file_id)
    with ledger.write() as tx:
        runs.change(tx, first, state=state)
    if state in FINAL_STATES:
        assert begin(file_id) != first
        return
    with pytest.raises(Busy) as caught:
        begin(file_id)
    assert caught.value.message == (
        f"Version {file_id} of the file is already being worked on by run {first} ({state})."
    )
    with ledger.read() as tx:
        found = runs.unfinished_for_file(tx, file_id)
        assert found is not None
        assert found.id == first


def test_the_database_itself_refuses_a_second_unfinished_run(ledger: Ledger, begin: Begin, file_id: int) -> None:
    first, second = begin(file_id), begin(None)
    with pytest.raises(IntegrityError), ledger.write() as tx:
        runs.change(tx, second, file_id=file_id)
    assert first != second


def test_of_two_processes_that_start_a_run_one_is_told_busy(ledger: Ledger, begin: Begin, file_id: int) -> None:
    ends: list[str] = []

    def start() -> None:
        try:
            ends.append(begin(file_id)[:4])
        except Busy:
            ends.append("busy")

    threads = [threading.Thread(target=start) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(ends) == ["2026", "busy", "busy", "busy"]


def test_simulations_are_free(ledger: Ledger, begin: Begin, file_id: int) -> None:
    begin(file_id)
    begin(file_id, simulate=True)
    begin(file_id, simulate=True)
    with ledger.read() as tx:
        assert runs.unfinished_for_file(tx, file_id) is not None


def test_runs_without_a_file_do_not_hinder_each_other(begin: Begin) -> None:
    assert begin(None) != begin(None)


def test_what_is_to_be_gone_on_with_comes_oldest_first(ledger: Ledger, begin: Begin, site: int, clock: Clock) -> None:
    ids = []
    for _ in range(3):
        ids.append(begin())
        clock.advance(1)
    begin(command="users_delete")
    begin(simulate=True)
    with ledger.write() as tx:
        runs.change(tx, ids[1], state="done", ended=clock())
        runs.change(tx, ids[2], state="failed")
        assert [run.id for run in runs.unfinished(tx, site, "users")] == [ids[0], ids[2]]


def test_the_last_to_end_counts_simulations_left_out(ledger: Ledger, begin: Begin, site: int, clock: Clock) -> None:
    early, late, simulated = begin(), begin(), begin(simulate=True)
    with ledger.write() as tx:
        assert runs.last_ended(tx, site, "users") is None
        for run_id in (late, early, simulated):
            clock.advance(1)
            runs.change(tx, run_id, state="done", ended=clock())
        found = runs.last_ended(tx, site, "users")
    assert found is not None
    assert found.id == early


def test_an_airflow_run_that_joins_twice_is_told_once(ledger: Ledger, run: str) -> None:
    with ledger.write() as tx:
        for attempt in (1, 1, 2):
            runs.joined(tx, run, "sync_users", "scheduled__1", attempt)
        assert sorted(runs.dag_runs_of(tx, run), key=lambda found: found.try_number) == [
            DagRun(run, "sync_users", "scheduled__1", 1),
            DagRun(run, "sync_users", "scheduled__1", 2),
        ]
        assert [found.id for found in runs.of_dag_run(tx, "sync_users", "scheduled__1")] == [run]


def test_a_run_nobody_knows_is_a_bug_told_at_once(ledger: Ledger) -> None:
    with pytest.raises(KeyError), ledger.read() as tx:
        runs.get(tx, "x")
    with pytest.raises(KeyError), ledger.write() as tx:
        runs.change(tx, "x", state="done")
