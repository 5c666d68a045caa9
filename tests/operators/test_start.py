"""The DAG of what waits is started once for each file, by what the ledger knows."""

from dataclasses import replace

import pytest
from airflow.sdk.exceptions import DagRunTriggerException

from sync_operators.hooks.workplace import store
from sync_operators.ledger import files
from sync_operators.ledger.files import FileState
from sync_operators.operators.start import StartOperator
from tests.operators.airflow_parts import context

START = {"dag_id": "sync_users", "run_id": "drop-1", "commands": ["users"]}


@pytest.fixture
def waiting(tmp_path, monkeypatch):
    monkeypatch.setenv("SYNC__DEPOT__URL", (tmp_path / "depot").as_uri())
    with store("test") as kept, kept.ledger.write() as tx:
        files.add(
            tx, folder="", name="userimport.csv", place="userimport.csv", sha256="0" * 64, size=1, origin="drop",
            at=kept.clock(), state=FileState.WAITING,
        )  # fmt: skip


def step(told, dags=None):
    return StartOperator(task_id="start", dags=dags or {"sync_users": ("users",)}).step(told)


def test_a_file_that_waits_starts_its_dag(waiting):
    told = context()
    with pytest.raises(DagRunTriggerException) as caught:
        step(told)
    assert (caught.value.trigger_dag_id, caught.value.dag_run_id, caught.value.conf) == ("sync_users", "drop-1", {})
    assert told["ti"].pushed == {"return_value": START}


def test_a_file_whose_dag_was_started_starts_no_other(waiting):
    told = context()
    told["ti"] = replace(told["ti"], dag_runs=("sync_users/drop-1",))
    assert step(told) == START
    assert told["ti"].pushed == {}


def test_nothing_is_started_when_no_file_waits(waiting):
    assert step(context(), {"sync_enrolments": ("enrolments",)}) is None


def test_a_dags_test_starts_nothing(waiting):
    assert step(context(by="dag_test")) == START
