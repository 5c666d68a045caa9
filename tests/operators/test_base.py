"""How a step ends: well, with our own words, or with the trace of a bug; and never behind its supervisor's back."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from airflow.sdk.exceptions import AirflowFailException

from include.sandbox.environment import ROOT
from sync_operators.errors import ConfigurationError, WorldError
from sync_operators.operators.base import SyncOperator, is_dag_test
from tests.operators.airflow_parts import context


class Step(SyncOperator):
    def __init__(self, *, does, **kwargs):
        super().__init__(**kwargs)
        self.does = does

    def step(self, context):
        return self.does()


def fails(error):
    def does():
        raise error

    return Step(task_id="step", does=does)


def test_what_a_step_gives_is_the_tasks_answer():
    assert Step(task_id="step", does=lambda: {"run_id": "x"}).execute(context(by="dag_test")) == {"run_id": "x"}


@pytest.mark.parametrize("kind", [ConfigurationError, WorldError])
def test_an_expected_failure_ends_at_once_with_message_and_remedy(kind, caplog):
    told = context(by="dag_test")
    with pytest.raises(AirflowFailException) as caught:
        fails(kind("Moodle is away.", remedy="Look whether it is up.")).execute(told)
    assert str(caught.value) == "Moodle is away. Look whether it is up."
    assert told["ti"].pushed == {"message": "Moodle is away. Look whether it is up."}
    assert [record.message for record in caplog.records] == ["Moodle is away.", "Look whether it is up."]


def test_a_bug_is_left_to_airflow_which_shows_its_trace_and_tries_again():
    with pytest.raises(ZeroDivisionError):
        Step(task_id="step", does=lambda: 1 / 0).execute(context(by="dag_test"))


@pytest.mark.parametrize(("by", "is_test"), [("dag_test", True), ("erp", False), (None, False)])
def test_dags_test_is_told_from_real_runs(by, is_test):
    assert is_dag_test(context(by=by)) is is_test


SUPERVISOR = """
import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", sys.argv[1]], stdout=subprocess.PIPE, text=True)
print(child.stdout.readline().strip(), flush=True)
child.wait()
"""
TASK = """
import os, sys, time
from sync_operators.operators.base import die_with_parent
from tests.operators.airflow_parts import context
die_with_parent(context(by={by!r}))
print(os.getpid(), flush=True)
time.sleep(60)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the fence of the lease alone stops an orphan")
@pytest.mark.parametrize(("by", "lives"), [("erp", False), ("dag_test", True)])
def test_a_task_dies_with_its_supervisor_but_a_test_not_with_its_shell(by, lives):
    command = [sys.executable, "-c", SUPERVISOR, TASK.format(by=by)]
    environment = {**os.environ, "PYTHONPATH": f"{ROOT / 'plugins'}:{ROOT}"}
    supervisor = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    task = int(supervisor.stdout.readline())
    supervisor.kill()
    supervisor.communicate()
    assert _alive(task, within=2) is lives
    if lives:
        os.kill(task, signal.SIGKILL)


def _alive(pid, *, within):
    until = time.monotonic() + within
    while time.monotonic() < until:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            return False
        if state == "Z":
            return False
        time.sleep(0.05)
    return True
