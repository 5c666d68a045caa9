"""`sync_groups` on real sockets: a file, and none."""

ROWS = """type;courseid;name;idnumber;selfgrouping
group;GDPR;Team 1;T-1;1
group;NONE;Team 2;T-2;
"""


def test_files_are_run_and_without_any_the_groups_of_tasks_are_skipped(airflow):
    airflow.drop("groups.csv", ROWS)
    outcome = airflow.run("sync_groups")
    assert (outcome.state, outcome.runs) == (
        "success",
        [("groups", "done_with_errors", {"group_created": 1, "error_unknown_course": 1})],
    )
    outcome = airflow.run("sync_groups")
    assert (outcome.state, outcome.result["state"]) == ("success", "none")
