"""`sync_doctor`: green on a whole site and with warnings, red with the failures in its message; findings as XCom."""

import pytest


def levels(answer):
    return {(one["subject"], one["check"]): one["level"] for one in answer["findings"]}


def test_a_whole_site_is_green_and_its_findings_are_the_xcom(airflow):
    outcome = airflow.run("sync_doctor")
    answer = outcome.xcoms["doctor", "return_value"]
    assert (outcome.state, answer["state"], answer["counts"]["fail"]) == ("success", "warn", 0)
    assert levels(answer)["configuration", "approvers"] == "warn"
    assert airflow.sandbox.control.counts().writes == 0


def test_a_failure_is_red_and_said_in_the_message_and_the_findings(airflow):
    airflow.sandbox.control.remove_function("core_user_delete_users")
    outcome = airflow.run("sync_doctor", commands=["users_delete"])
    answer = outcome.xcoms["doctor", "return_value"]
    assert (outcome.state, answer["state"]) == ("failed", "fail")
    failed = [one for one in answer["findings"] if one["level"] == "fail"]
    assert [one["message"] for one in failed] == ["`users_delete` lacks core_user_delete_users"]


@pytest.mark.parametrize("conf", [{"command": "users"}])
def test_it_takes_only_its_own_conf(airflow, conf):
    outcome = airflow.run("sync_doctor", **conf)
    assert (outcome.state, outcome.message("doctor")[:32]) == ("failed", "Unknown key in conf: `command` (")
