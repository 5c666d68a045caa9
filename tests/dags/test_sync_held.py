"""`sync_held`: a person is asked about a plan over a limit, in Required Actions; what follows from each answer."""

import json
import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

NEW = """username;firstname;lastname;idnumber;email
ann.lee;Ann;Lee;E5001;ann.lee@example.org
bob.ray;Bob;Ray;E5002;bob.ray@example.org
"""


@pytest.fixture(scope="module")
def api(airflow_home):
    """Airflow's own API on this process's database, logged in as admin."""
    from airflow.api_fastapi.app import create_app
    from starlette.testclient import TestClient

    users = airflow_home / "passwords.json"
    users.write_text(json.dumps({"admin": "admin"}))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS", "admin:admin")
        patch.setenv("AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE", str(users))
        with TestClient(create_app(apps="core")) as client:
            answer = client.post("/auth/token", json={"username": "admin", "password": "admin"})
            client.headers["authorization"] = f"Bearer {answer.json()['access_token']}"
            yield client


@pytest.fixture
def held(airflow, monkeypatch):
    """The conf by which a gate triggers `sync_held`: two new accounts, where one is the limit."""
    monkeypatch.setenv("SYNC__GUARDS__USERS__CREATE__COUNT", "1")
    airflow.drop("userimport.csv", NEW)
    outcome = airflow.run("sync_users")
    assert outcome.result["state"] == "held"
    return {"run_id": outcome.result["runs"][0]["run_id"], "command": "users"}


def answered(airflow, api, conf, option, meanwhile=lambda: None, **form):
    """What became of the DAG run whose question was answered so, and the question; `meanwhile`: before the answer."""
    with ThreadPoolExecutor(1) as pool:
        question = pool.submit(_answer, api, option, meanwhile, form)
        return airflow.run("sync_held", **conf), question.result()


def _answer(api, option, meanwhile, form):
    for _ in range(300):
        found = api.get("/api/v2/dags/sync_held/dagRuns/~/hitlDetails", params={"response_received": False}).json()
        waiting = [one for one in found["hitl_details"] if one["task_instance"]["state"] == "awaiting_input"]
        if waiting:
            meanwhile()
            time.sleep(1)  # an answer at once would meet Airflow's race with its own parking
            task = waiting[0]["task_instance"]
            url = f"/api/v2/dags/sync_held/dagRuns/{task['dag_run_id']}/taskInstances/approve/-1/hitlDetails"
            done = api.patch(url, json={"chosen_options": [option], "params_input": form})
            assert done.status_code == 200, done.text
            return waiting[0]
        time.sleep(0.1)
    raise AssertionError("nobody was asked")


def test_an_approved_plan_is_applied(airflow, api, held):
    outcome, _ = answered(airflow, api, held, "Approve", reason="new term")
    assert (outcome.state, outcome.runs) == ("success", [("users", "done", {"created": 2})])
    assert {"ann.lee", "bob.ray"} <= set(airflow.sandbox.control.people())
    assert airflow.names("archives") == ["userimport.csv"]
    assert run_row(airflow, "verdict, decided_by, reason, holds") == ("approved", "admin", "new term", 1)
    assert "new term" in report(airflow)


def test_the_question_names_plan_limit_setting_and_operations(airflow, api, held):
    digest = run_row(airflow, "plan_digest")[0]
    _, question = answered(airflow, api, held, "Reject")
    assert question["subject"] == f"userimport.csv: create 2? Plan {digest[:12]}, hold 1"
    body = question["body"]
    assert "users: 2 create of 0 known entities (no share can be told), limit 1 (guards.users.create.count)" in body
    assert "1. create `username=ann.lee`" in body or "1. create `idnumber=E5001`" in body
    assert (body.count("1. create"), digest in body, held["run_id"] in body) == (2, True, True)
    assert question["options"] == ["Approve", "Reject"]
    assert list(question["params"]) == ["reason"]


def test_a_rejected_file_goes_into_quarantine_with_who_and_why_and_the_run_is_green(airflow, api, held):
    outcome, _ = answered(airflow, api, held, "Reject", reason="half the faculty")
    assert (outcome.state, outcome.result["state"]) == ("success", "rejected")
    assert [outcome.tasks[name] for name in ("plan", "gate", "apply", "close")] == ["skipped"] * 3 + ["success"]
    assert airflow.sandbox.control.counts().writes == 0
    assert airflow.names("quarantine") == ["userimport.csv", "userimport.csv.why.txt"]
    why = next((airflow.depot / "quarantine").rglob("*.why.txt")).read_text()
    assert "admin" in why
    assert "half the faculty" in why


def test_no_reason_need_be_given(airflow, api, held):
    assert answered(airflow, api, held, "Approve", reason=None)[0].result["state"] == "done"
    assert run_row(airflow, "verdict, decided_by, reason") == ("approved", "admin", None)


def test_an_answer_to_a_plan_that_has_changed_since_is_void(airflow, api, held):
    def change():
        with sqlite3.connect(airflow.depot / ".ledger" / "ledger.sqlite3", timeout=30) as ledger:
            ledger.execute("UPDATE runs SET plan_digest = 'another', holds = 2")

    outcome, _ = answered(airflow, api, held, "Approve", meanwhile=change)
    assert (outcome.state, outcome.result["state"]) == ("success", "held")
    assert [outcome.tasks[name] for name in ("plan", "gate", "apply")] == ["skipped"] * 3
    assert airflow.sandbox.control.counts().writes == 0


def test_who_may_not_answer_any_more_when_the_answer_comes_changes_nothing_and_is_asked_again(
    airflow, api, held, monkeypatch
):
    asked = []

    def other_approvers():
        monkeypatch.setenv("SYNC__APPROVALS__APPROVERS", "[boss]" if not asked else "[admin]")
        asked.append(run_row(airflow, "verdict, decided_by"))

    with ThreadPoolExecutor(1) as pool:
        second = pool.submit(_answer_twice, api, other_approvers)
        outcome = airflow.run("sync_held", **held)
        second.result()
    assert asked == [("hold", None), ("hold", None)]
    assert (outcome.result["state"], outcome.result["runs"][0]["decided_by"]) == ("done", "admin")


def _answer_twice(api, meanwhile):
    _answer(api, "Approve", meanwhile, {"reason": "at once"})
    _answer(api, "Approve", meanwhile, {"reason": "as the boss"})


def test_a_run_that_is_held_no_more_asks_nobody(airflow, api, held):
    answered(airflow, api, held, "Approve")
    writes = airflow.sandbox.control.counts().writes
    outcome = airflow.run("sync_held", **held)
    assert (outcome.state, outcome.result["state"]) == ("success", "done")
    assert [outcome.tasks[name] for name in ("approve", "plan", "gate", "apply")] == ["success"] + ["skipped"] * 3
    assert airflow.sandbox.control.counts().writes == writes


def test_an_unknown_run_is_refused_by_name(airflow):
    outcome = airflow.run("sync_held", run_id="20260101T000000Z-abcdef", command="users")
    assert outcome.state == "failed"
    assert outcome.message("approve") == (
        "The ledger knows no run `20260101T000000Z-abcdef`. A gate triggers this DAG; by hand, give a held run's id."
    )


def test_an_unknown_key_is_refused_by_name(airflow):
    outcome = airflow.run("sync_held", run_id="20260101T000000Z-abcdef", command="users", reason="x")
    assert (outcome.state, outcome.message("approve")) == (
        "failed",
        "Unknown key in conf: `reason`. Known are `command`, `run_id`.",
    )


def run_row(airflow, columns):
    with sqlite3.connect(airflow.depot / ".ledger" / "ledger.sqlite3") as ledger:
        return ledger.execute(f"SELECT {columns} FROM runs").fetchone()


def report(airflow):
    found = [path for path in (airflow.depot / "reports").rglob("*.html") if "held" not in path.name]
    return found[0].read_text()
