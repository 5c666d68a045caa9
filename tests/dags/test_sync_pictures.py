"""`sync_pictures` on real sockets: zips, and none."""

from tests.end_to_end.pictures import image, zipped


def test_zips_are_run_and_without_any_the_group_of_tasks_is_skipped(airflow):
    entries = {"amelie.laurent.png": image("red"), "nobody.here.png": image("red"), "README": b""}
    airflow.drop("userpictures_1.zip", zipped(entries))
    outcome = airflow.run("sync_pictures")
    assert (outcome.state, outcome.runs) == (
        "success",
        [("pictures", "done_with_errors", {"updated": 1, "error_unknown_user": 1, "skipped_junk": 1})],
    )
    outcome = airflow.run("sync_pictures")
    assert (outcome.state, outcome.result["state"]) == ("success", "none")
