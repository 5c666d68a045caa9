"""`sync_enrolments` on real sockets: no file, and one with a row in error."""

ROWS = """cmd;uid;cid;rolename;gcmd;g1
add;E1001;GDPR;student;gaddcreate;Team 1
add;E1002;GDPR;student;gadd;Team 2
"""


def test_a_file_is_run_and_without_one_the_group_is_skipped_both_green(airflow):
    airflow.drop("enrols.csv", ROWS)
    outcome = airflow.run("sync_enrolments")
    assert (outcome.state, outcome.runs) == (
        "success",
        [("enrolments", "done_with_errors", {"enrolled": 1, "error_unknown_group": 1})],
    )
    assert len(airflow.sandbox.control.site_state()["courses"]["GDPR"]["enrolments"]) == 2
    outcome = airflow.run("sync_enrolments")
    assert (outcome.state, outcome.result["state"]) == ("success", "none")
    assert [outcome.tasks[f"enrolments.{step}"] for step in ("gate", "apply", "close")] == ["skipped"] * 3
