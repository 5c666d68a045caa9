"""`sync_capture` takes files and runs nothing; it needs no Moodle."""

import io
import zipfile

import pytest

USERS = "username;firstname;lastname;idnumber;email\nann.lee;Ann;Lee;E5001;ann.lee@example.org\n"


def test_complete_files_come_into_the_depot_and_nothing_is_run(airflow, monkeypatch):
    monkeypatch.delenv("AIRFLOW_CONN_SYNC_MOODLE")
    airflow.drop("userimport.csv", USERS)
    airflow.drop("_notes.csv", "x")
    airflow.drop(".hidden.csv", "x")
    outcome = airflow.run("sync_capture", correlation_id="erp-1")
    assert outcome.state == "success"
    assert outcome.xcoms["capture", "return_value"] == {
        "counts": {"captured": 1, "ignored_hidden": 1, "ignored_underscore": 1},
        "files": [
            {"name": "userimport.csv", "code": "captured", "reason": ""},
            {"name": ".hidden.csv", "code": "ignored_hidden", "reason": ""},
            {"name": "_notes.csv", "code": "ignored_underscore", "reason": ""},
        ],
        "left_out": 0,
    }
    assert outcome.result == {"state": "none", "correlation_id": "erp-1", "runs": []}
    assert sorted(path.name for path in airflow.sandbox.drop.iterdir()) == [".hidden.csv", "_notes.csv"]
    assert (airflow.depot / "userimport.csv").read_text() == USERS
    assert airflow.sandbox.control.counts().total == 0


def test_it_takes_no_conf_of_a_command(airflow):
    outcome = airflow.run("sync_capture", simulate=True)
    said = "Unknown key in conf: `simulate`. Known are `correlation_id`."
    assert (outcome.state, outcome.message("capture")) == ("failed", said)


@pytest.mark.parametrize("missing", ["sync_drop"])
def test_a_missing_connection_is_red_and_named(airflow, monkeypatch, missing):
    monkeypatch.delenv(f"AIRFLOW_CONN_{missing.upper()}")
    outcome = airflow.run("sync_capture")
    assert outcome.state == "failed"
    assert outcome.message("capture").startswith(f"Not set: the connection `{missing}`.")
    assert outcome.result["messages"] == [outcome.message("capture")]


def test_a_bundle_waits_for_the_dag_that_runs_all_and_only_that_one_runs_it(airflow):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("userimport.csv", USERS)
    airflow.drop("bundle_1.zip", out.getvalue())
    assert airflow.run("sync_capture").state == "success"
    assert (airflow.depot / "userimport.csv").exists()
    assert airflow.run("sync_users").result["state"] == "none"
    outcome = airflow.run("sync_all")
    assert [(run["command"], run["state"]) for run in outcome.result["runs"]] == [("users", "done")]
