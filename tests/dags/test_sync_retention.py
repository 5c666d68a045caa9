"""`sync_retention` takes away what is old and says what went; it needs no Moodle, and the drop only to sweep it."""

import pytest

OLD = "reports/2001/01/20010101T000000Z-a1b2c3_userimport.html"
USERS = "username;firstname;lastname;idnumber;email\nann.lee;Ann;Lee;E5001;ann.lee@example.org\n"


@pytest.fixture
def old(airflow, monkeypatch):
    monkeypatch.delenv("AIRFLOW_CONN_SYNC_MOODLE")
    monkeypatch.delenv("AIRFLOW_CONN_SYNC_DROP")
    path = airflow.depot / OLD
    path.parent.mkdir(parents=True)
    path.write_text("old")
    return path


@pytest.mark.parametrize("simulate", [True, False])
def test_what_is_old_goes_and_the_xcom_says_what(airflow, old, simulate):
    outcome = airflow.run("sync_retention", **({"simulate": True} if simulate else {}))
    assert outcome.state == "success"
    assert outcome.xcoms["retain", "return_value"] == {
        "simulate": simulate, "counts": {"reports": 1}, "bytes": 3, "files": [OLD], "left_out": 0,
    }  # fmt: skip
    assert old.exists() == simulate


def test_it_takes_only_its_own_conf(airflow, old):
    outcome = airflow.run("sync_retention", days=3)
    assert (outcome.state, outcome.message("retain")[:28]) == ("failed", "Unknown key in conf: `days`.")
    assert old.exists()


def test_a_run_is_answered_in_the_drop_by_the_task_that_ends_it(airflow):
    airflow.drop("userimport.csv", USERS)
    assert airflow.run("sync_users").state == "success"
    assert sorted(path.suffix for path in airflow.sandbox.drop.iterdir()) == [".html", ".jsonl"]


def test_a_drop_that_cannot_be_written_makes_no_run_red_and_the_next_capture_answers(airflow):
    airflow.drop("userimport.csv", USERS)
    airflow.run("sync_capture")
    airflow.sandbox.control.set_read_only()
    outcome = airflow.run("sync_users")
    assert (outcome.state, outcome.runs) == ("success", [("users", "done", {"created": 1})])
    airflow.sandbox.control.set_read_only(on=False)
    assert airflow.run("sync_capture").state == "success"
    assert sorted(path.suffix for path in airflow.sandbox.drop.iterdir()) == [".html", ".jsonl"]
