"""`sync_course_list`: green with the list in the depot, nothing written to Moodle; takes no conf."""


def test_the_list_is_read_into_the_depot_and_nothing_is_written_to_moodle(airflow):
    outcome = airflow.run("sync_course_list")
    told = outcome.xcoms["read", "return_value"]
    assert (outcome.state, told["courses"]) == ("success", 8)
    assert told["place"].startswith(".courses/")
    assert airflow.sandbox.control.counts().writes == 0


def test_it_takes_no_conf(airflow):
    outcome = airflow.run("sync_course_list", command="users")
    assert (outcome.state, outcome.message("read")[:31]) == ("failed", "Unknown key in conf: `command`.")
