"""`sync_groups` on real sockets: a file, and none."""

ROWS = """type;courseid;name;idnumber;selfgrouping
group;GDPR;Team 1;T-1;1
group;NONE;Team 2;T-2;
"""
MEMBERS = """courseid;groupid;userid
GDPR;T-1;E1001
GDPR;T-1;NOBODY
"""


def test_files_are_run_and_without_any_the_groups_of_tasks_are_skipped(airflow):
    airflow.drop("groups.csv", ROWS)
    airflow.drop("groupmembers.csv", MEMBERS)
    outcome = airflow.run("sync_groups")
    assert (outcome.state, outcome.runs) == (
        "success",
        [
            ("groups", "done_with_errors", {"group_created": 1, "error_unknown_course": 1}),
            ("group_members", "done_with_errors", {"error_not_enrolled": 1, "error_unknown_user": 1}),
        ],
    )
    outcome = airflow.run("sync_groups")
    assert (outcome.state, outcome.result["state"]) == ("success", "none")
