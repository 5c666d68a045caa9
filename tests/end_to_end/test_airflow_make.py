"""`make airflow` runs any Airflow command against what the environment names, and against nothing else."""

import os
import subprocess
from dataclasses import dataclass

import pytest

from include.sandbox.demo import connections
from include.sandbox.environment import ROOT

pytestmark = [pytest.mark.airflow, pytest.mark.timeout(120)]

USERS = "username;firstname;lastname;idnumber;email\nann.lee;Ann;Lee;E5001;ann.lee@example.org\n"


@dataclass(frozen=True)
class Done:
    status: int
    told: str


@pytest.fixture
def make(tmp_path):
    """`make airflow ARGS=…` with a home of its own, and of our variables only those that are given."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "SYNC_", "MAKE"))}

    def run(arguments, **variables):
        environment = {**inherited, "AIRFLOW_HOME": str(tmp_path / "home"), **variables}
        command = ["make", "--no-print-directory", "airflow", f"ARGS={arguments}"]
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
        return Done(done.returncode, done.stdout + done.stderr)

    return run


def test_arguments_reach_airflow_with_their_quotes_and_a_green_run_ends_well(make, sandbox, tmp_path):
    (sandbox.drop / "userimport.csv").write_text(USERS)
    conf = '{"simulate": true, "command": "users", "file": "userimport.csv"}'
    done = make(f"dags test sync_users --conf '{conf}'", **connections(sandbox, tmp_path / "depot"))
    assert (done.status, "result: state=simulated runs=1" in done.told) == (0, True), done.told[-2000:]
    assert sandbox.control.counts().writes == 0
    assert (sandbox.drop / "userimport.csv").exists()


def test_a_held_run_is_green_and_says_that_nobody_was_asked(make, sandbox, tmp_path):
    (sandbox.drop / "userimport.csv").write_text(USERS)
    variables = connections(sandbox, tmp_path / "depot") | {"SYNC__GUARDS__USERS__CREATE__COUNT": "0"}
    done = make("dags test sync_users", **variables)
    assert done.status == 0, done.told[-2000:]
    assert "is held; under `dags test` nothing asks a person, the next real run does" in done.told


def test_without_connections_it_is_red_and_says_which_are_missing_and_how_to_set_them(make):
    done = make("dags test sync_users")
    # make has a status of its own for a command that failed, and tells the command's.
    assert (done.status, "Error 1" in done.told) == (2, True)
    assert "Not set: the connections `sync_drop`, `sync_moodle`. Set under Admin > Connections, or in" in done.told
    assert "AIRFLOW_CONN_SYNC_MOODLE='{" in done.told
