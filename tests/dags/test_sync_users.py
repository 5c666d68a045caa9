"""`sync_users` on real sockets: what a conf asks for, what happens, what the ERP is told, which colour it has."""

import json

import pytest
from airflow.sdk.exceptions import AirflowFailException

from sync_operators.operators.close import CloseOperator

USERS = """username;firstname;lastname;idnumber;email
ann.lee;Ann;Lee;E5001;ann.lee@example.org
bob.ray;Bob;Ray;E5002;bob.ray@example.org
"""
BAD_ROW = "cat.fox;Cat;Fox;E5004;not-an-address\n"
SUSPEND = "username\namelie.laurent\n"
STEPS = ("gate", "apply", "close")


def steps(outcome, command):
    """States of a command's steps after `plan`."""
    return [outcome.tasks[f"{command}.{step}"] for step in STEPS]


def test_without_a_file_every_group_is_skipped_and_the_run_is_green(airflow):
    outcome = airflow.run("sync_users")
    assert outcome.state == "success"
    assert outcome.result == {"state": "none", "correlation_id": None, "runs": []}
    for command in ("users", "users_delete", "users_suspend"):
        assert outcome.tasks[f"{command}.plan"] == "success"
        assert steps(outcome, command) == ["skipped"] * 3


def test_each_command_runs_its_own_file_and_the_others_are_left_alone(airflow):
    airflow.drop("userimport.csv", USERS)
    airflow.drop("usersuspend.csv", SUSPEND)
    outcome = airflow.run("sync_users", correlation_id="erp-42")
    assert outcome.state == "success"
    assert outcome.runs == [("users", "done", {"created": 2}), ("users_suspend", "done", {"suspended": 1})]
    assert (outcome.result["state"], outcome.result["correlation_id"]) == ("done", "erp-42")
    assert steps(outcome, "users_delete") == ["skipped"] * 3
    assert airflow.names("archives") == ["userimport.csv", "usersuspend.csv"]
    people = airflow.sandbox.control.people()
    assert ("ann.lee" in people, people["amelie.laurent"]["suspended"]) == (True, 1)


def test_the_result_tells_the_erp_what_the_design_promises(airflow):
    airflow.drop("userimport.csv", USERS + BAD_ROW)
    outcome = airflow.run("sync_users")
    assert set(outcome.result) == {"state", "correlation_id", "runs"}
    (run,) = outcome.result["runs"]
    assert list(run) == [
        "run_id", "command", "file", "sha256", "state", "code", "counts", "report", "tryback", "undo",
        "decided_by", "reason", "ran_in",
    ]  # fmt: skip
    assert (run["state"], run["counts"]) == ("done_with_errors", {"created": 2, "error_invalid_value": 1})
    assert (airflow.depot / run["tryback"]).read_text() == USERS.splitlines(keepends=True)[0] + BAD_ROW
    assert (airflow.depot / run["report"]).suffix == ".html"


def test_rows_in_error_make_the_run_red_where_the_site_wants_that(airflow, monkeypatch):
    monkeypatch.setenv("SYNC__REPORT__FAIL_ON", "errors")
    airflow.drop("userimport.csv", USERS + BAD_ROW)
    outcome = airflow.run("sync_users")
    assert (outcome.state, outcome.result["state"]) == ("failed", "done_with_errors")
    assert airflow.names("archives") == ["userimport.csv"]


def test_a_simulation_writes_nothing_captures_nothing_and_moves_nothing(airflow):
    airflow.drop("userimport.csv", USERS)
    airflow.run("sync_capture")
    airflow.drop("usersuspend.csv", SUSPEND)
    outcome = airflow.run("sync_users", simulate=True)
    assert (outcome.state, outcome.result["state"]) == ("success", "simulated")
    assert [run["command"] for run in outcome.result["runs"]] == ["users"]
    assert steps(outcome, "users") == ["success", "skipped", "success"]
    assert airflow.sandbox.control.counts().writes == 0
    assert (airflow.depot / "userimport.csv").exists()
    assert (airflow.sandbox.drop / "usersuspend.csv").exists()
    assert airflow.names("archives") == []


def test_a_simulation_reads_a_named_file_where_it_lies_in_the_drop(airflow):
    airflow.drop("new.csv", USERS)
    outcome = airflow.run("sync_users", simulate=True, command="users", file="new.csv")
    assert (outcome.state, outcome.result["state"]) == ("success", "simulated")
    assert airflow.sandbox.control.counts().writes == 0
    assert (airflow.sandbox.drop / "new.csv").read_text() == USERS
    assert not (airflow.depot / "new.csv").exists()


def test_a_command_alone_leaves_the_files_of_the_others(airflow):
    airflow.drop("userimport.csv", USERS)
    airflow.drop("usersuspend.csv", SUSPEND)
    outcome = airflow.run("sync_users", command="users_suspend")
    assert [run[:2] for run in outcome.runs] == [("users_suspend", "done")]
    assert (airflow.depot / "userimport.csv").exists()


def test_a_named_file_runs_instead_of_the_active_one(airflow):
    airflow.drop("userimport.csv", USERS)
    airflow.drop("special.csv", USERS.replace("ann.lee", "ann.fox"))
    outcome = airflow.run("sync_users", command="users", file="special.csv")
    assert [(run["file"], run["state"]) for run in outcome.result["runs"]] == [("special.csv", "done")]
    assert (airflow.depot / "userimport.csv").exists()


def test_a_named_file_that_is_not_there_is_a_refused_run(airflow):
    outcome = airflow.run("sync_users", command="users", file="absent.csv")
    assert outcome.state == "failed"
    (run,) = outcome.result["runs"]
    assert (run["state"], run["code"], run["file"]) == ("refused", "error_no_file", "absent.csv")


def test_reconcile_compares_every_row_again(airflow):
    airflow.drop("userimport.csv", USERS)
    airflow.run("sync_users")
    ann = airflow.sandbox.control.people()["ann.lee"]
    airflow.sandbox.control.change_account(ann["id"], firstname="Anna")
    airflow.drop("userimport.csv", USERS)
    assert airflow.run("sync_users").runs == [("users", "done", {"unchanged": 2})]
    airflow.drop("userimport.csv", USERS)
    assert airflow.run("sync_users", mode="reconcile").runs == [("users", "done", {"unchanged": 1, "updated": 1})]
    assert airflow.sandbox.control.people()["ann.lee"]["firstname"] == "Ann"


def test_a_refused_file_is_red_and_the_next_command_runs(airflow):
    airflow.drop("userimport.csv", "username;colour\nann.lee;red\n")
    airflow.drop("usersuspend.csv", SUSPEND)
    outcome = airflow.run("sync_users")
    assert outcome.state == "failed"
    assert [run[:2] for run in outcome.runs] == [("users", "refused"), ("users_suspend", "done")]
    assert airflow.names("quarantine") == ["userimport.csv", "userimport.csv.why.txt"]


def test_a_failed_command_lets_the_next_one_run_and_its_file_waits(airflow):
    airflow.drop("userimport.csv", USERS)
    airflow.drop("usersuspend.csv", SUSPEND)
    airflow.sandbox.control.remove_capability("moodle/user:create")
    outcome = airflow.run("sync_users")
    assert outcome.state == "failed"
    assert [run[:2] for run in outcome.runs] == [("users", "failed"), ("users_suspend", "done")]
    assert steps(outcome, "users") == ["success", "failed", "success"]
    assert "core_user_create_users" in outcome.message("users.apply")
    assert outcome.result["messages"] == [outcome.message("users.apply")]
    assert (airflow.depot / "userimport.csv").exists()


def test_a_step_that_breaks_does_not_keep_the_very_next_command_from_running(airflow, monkeypatch):
    def broken(self, context, step=CloseOperator.step):
        if self.command == "users":
            raise AirflowFailException("a bug")
        return step(self, context)

    monkeypatch.setattr(CloseOperator, "step", broken)
    airflow.drop("userimport.csv", USERS)
    airflow.drop("userdelete.csv", SUSPEND)
    outcome = airflow.run("sync_users")
    assert (outcome.state, outcome.tasks["users.close"]) == ("failed", "failed")
    assert [run[:2] for run in outcome.runs] == [("users", "running"), ("users_delete", "done")]


@pytest.mark.parametrize(
    ("conf", "says"),
    [
        (
            {"correlatio_id": "x", "dry": True},
            (
                "Unknown key in conf: `correlatio_id` (did you mean `correlation_id`?), `dry`. "
                "Known are `command`, `correlation_id`, `file`, `force`, `mode`, `simulate`."
            ),
        ),
        (
            {"file": "userimport.csv"},
            (
                "The conf names a `file`, but not the `command` it is for. "
                "Add `command`: one of users, users_delete, users_suspend."
            ),
        ),
    ],
    ids=["unknown keys", "file without command"],
)
def test_a_conf_that_airflow_would_take_is_refused_by_the_first_task(airflow, conf, says):
    airflow.drop("userimport.csv", USERS)
    outcome = airflow.run("sync_users", **conf)
    assert (outcome.state, outcome.tasks["capture"], outcome.message("capture")) == ("failed", "failed", says)
    assert outcome.result == {"state": "failed", "correlation_id": None, "runs": [], "messages": [says]}
    assert steps(outcome, "users") == ["skipped"] * 3
    assert (airflow.sandbox.drop / "userimport.csv").exists()


def test_a_faulty_configuration_fails_the_first_task_with_all_its_faults(airflow, monkeypatch, tmp_path):
    config = tmp_path / "sync.yaml"
    config.write_text("users:\n  fiel: x.csv\nschedules:\n  timezone: Nowhere/Land\n")
    monkeypatch.setenv("SYNC_CONFIG", str(config))
    outcome = airflow.run("sync_users")
    assert (outcome.state, outcome.tasks["capture"]) == ("failed", "failed")
    said = outcome.message("capture")
    assert "sync.yaml, line 2" in said
    assert "Did you mean `users.file`?" in said
    assert "sync.yaml, line 4" in said
    assert outcome.result["messages"] == [said]


def test_missing_connections_are_all_named_by_the_first_task(airflow, monkeypatch):
    monkeypatch.delenv("AIRFLOW_CONN_SYNC_DROP")
    monkeypatch.delenv("AIRFLOW_CONN_SYNC_MOODLE")
    outcome = airflow.run("sync_users")
    assert (outcome.state, outcome.tasks["capture"]) == ("failed", "failed")
    assert outcome.message("capture").startswith("Not set: the connections `sync_drop`, `sync_moodle`.")
    assert outcome.result["messages"] == [outcome.message("capture")]


def test_a_drop_that_cannot_be_used_is_red_and_nothing_is_planned(airflow, monkeypatch):
    told = airflow.connection("sync_drop")
    monkeypatch.setenv("AIRFLOW_CONN_SYNC_DROP", json.dumps({**told, "password": "wrong"}))
    outcome = airflow.run("sync_users")
    assert outcome.state == "failed"
    assert outcome.message("capture").startswith("drop: the login was refused (Permission denied")
    assert outcome.result["runs"] == []
    assert [outcome.tasks[f"{command}.plan"] for command in ("users", "users_delete")] == ["success"] * 2
    assert steps(outcome, "users") == ["skipped"] * 3


def test_a_token_without_a_function_ends_before_anything_is_planned(airflow):
    airflow.sandbox.control.remove_function("core_user_update_users")
    airflow.drop("userimport.csv", USERS)
    outcome = airflow.run("sync_users")
    assert (outcome.state, [run[:2] for run in outcome.runs]) == ("failed", [("users", "failed")])
    assert outcome.message("users.plan") == (
        "The token's service does not offer core_user_update_users. Add to the service of the token: "
        "core_user_update_users (Site administration > Server > Web services > External services > Functions)."
    )
    assert airflow.sandbox.control.counts().by_function == {"core_webservice_get_site_info": 1}


def test_a_plan_over_a_limit_is_held_green_and_asks_nobody_here(airflow, monkeypatch, caplog):
    monkeypatch.setenv("SYNC__GUARDS__USERS__CREATE__COUNT", "1")
    airflow.drop("userimport.csv", USERS)
    outcome = airflow.run("sync_users")
    assert (outcome.state, outcome.result["state"]) == ("success", "held")
    assert steps(outcome, "users") == ["success", "skipped", "success"]
    assert airflow.sandbox.control.counts().writes == 0
    assert "under `dags test` nothing asks a person, the next real run does" in caplog.text
