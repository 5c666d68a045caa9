"""Starting another DAG run: once for each id, whatever is tried again."""

import pytest
from airflow.sdk.exceptions import DagRunTriggerException

from sync_operators.operators.close import following
from sync_operators.operators.triggering import trigger
from tests.operators.airflow_parts import TaskInstance, context


def test_the_answer_is_pushed_before_airflow_takes_over():
    told = context()
    with pytest.raises(DagRunTriggerException) as caught:
        trigger(told, "sync_held", "held-1", {"run_id": "r"}, answer={"state": "held"})
    asked = caught.value
    assert (asked.trigger_dag_id, asked.dag_run_id, asked.conf) == ("sync_held", "held-1", {"run_id": "r"})
    assert (asked.wait_for_completion, asked.reset_dag_run, asked.skip_when_already_exists) == (False, False, True)
    assert told["ti"].pushed == {"return_value": {"state": "held"}}


def test_a_run_that_is_there_already_is_left_alone():
    told = context() | {"ti": TaskInstance(dag_runs=("sync_held/held-1",))}
    trigger(told, "sync_held", "held-1", {}, answer={})
    assert told["ti"].pushed == {}


@pytest.mark.parametrize(
    ("run_id", "next_id"),
    [
        ("erp-42", "more-1-erp-42"),
        ("more-1-erp-42", "more-2-erp-42"),
        ("more-9-erp-42", "more-10-erp-42"),
        ("more-or-less", "more-1-more-or-less"),
        ("scheduled__2026-11-24T06:00:00+00:00", "more-1-scheduled__2026-11-24T06:00:00+00:00"),
    ],
)
def test_one_run_goes_on_for_all_commands_and_each_is_another(run_id, next_id):
    assert following(run_id) == next_id


def test_an_id_as_long_as_airflow_takes_goes_on_and_on():
    first = following("x" * 250)
    assert [len(first), len(following(first))] == [250, 250]
    assert following(first) != first
