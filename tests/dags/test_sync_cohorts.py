"""`sync_cohorts` on real sockets: both files, and none."""

ROWS = """cmd;cidnumber;cname;userid
add;NEW-Y1;New first year;E1001
add;NEW-Y1;;E9999
"""
LINKS = """cohort;course
NEW-Y1;GDPR
"""


def test_cohorts_come_before_their_links_and_without_a_file_both_are_skipped_and_green(airflow):
    airflow.drop("cohorts.csv", ROWS)
    airflow.drop("cohortscourses.csv", LINKS)
    outcome = airflow.run("sync_cohorts")
    assert (outcome.state, outcome.runs) == (
        "success",
        [
            ("cohorts", "done_with_errors", {"cohort_created": 1, "error_unknown_user": 1}),
            ("cohort_links", "done_with_errors", {"error_unsupported": 1}),
        ],
    )
    outcome = airflow.run("sync_cohorts")
    assert (outcome.state, outcome.result["state"]) == ("success", "none")
    assert {outcome.tasks[f"{command}.apply"] for command in ("cohorts", "cohort_links")} == {"skipped"}
