"""`sync_categories_clean` on real sockets: it simulates unless told not to, and refuses what it does not know."""

DAG = "sync_categories_clean"


def grown(airflow):
    """Two empty categories, one in the other; their ids."""
    above = airflow.sandbox.control.add_row("categories", name="Above", parent=0)
    return above, airflow.sandbox.control.add_row("categories", name="Below", parent=above)


def categories(airflow):
    return {row["id"] for row in airflow.sandbox.control.rows("categories")}


def test_it_simulates_and_deletes_when_told_to(airflow):
    above, below = grown(airflow)
    outcome = airflow.run(DAG, start=above)
    assert (outcome.state, outcome.runs) == ("success", [("categories_clean", "simulated", {"category_deleted": 2})])
    assert {above, below} <= categories(airflow)
    outcome = airflow.run(DAG, start=above, simulate=False, correlation_id="erp-7")
    assert (outcome.state, outcome.runs) == ("success", [("categories_clean", "done", {"category_deleted": 2})])
    assert (outcome.result["correlation_id"], {above, below} & categories(airflow)) == ("erp-7", set())


def test_what_is_asked_reaches_the_plan(airflow):
    above, below = grown(airflow)
    outcome = airflow.run(DAG, start=above, ignore_empty_subcategories=False, keep=[below])
    assert outcome.runs == [("categories_clean", "simulated", {"skipped_kept": 1, "skipped_not_empty": 1})]


def test_a_key_that_nobody_knows_is_refused_by_the_first_task(airflow):
    outcome = airflow.run(DAG, file="a.csv")
    assert (outcome.state, outcome.task("capture")) == ("failed", "failed")
    assert outcome.message("capture").startswith("Unknown key in conf: `file`.")


def test_an_unknown_start_is_red_and_says_so(airflow):
    outcome = airflow.run(DAG, start=999, simulate=False)
    assert (outcome.state, outcome.result["state"]) == ("failed", "refused")
    assert outcome.result["runs"][0]["code"] == "error_unknown_category"
