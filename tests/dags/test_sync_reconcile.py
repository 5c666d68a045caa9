"""`sync_reconcile`: green with a warning where something differs, nothing written to Moodle."""

from sync_operators.settings import COMMANDS
from tests.dags.airflow_here import dag

HEAD = "username,firstname,lastname,email,idnumber\n"


def test_every_command_is_checked():
    assert set(dag("sync_reconcile").get_task("reconcile").commands) == set(COMMANDS)


def test_it_is_green_with_what_somebody_has_changed_by_hand(airflow):
    airflow.drop("userimport.csv", HEAD + "new.one,New,One,new.one@example.org,N1\n")
    assert airflow.run("sync_users").state == "success"
    control = airflow.sandbox.control
    control.change_account(control.people()["new.one"]["id"], lastname="Married")
    writes = control.counts().writes
    outcome = airflow.run("sync_reconcile")
    told = outcome.xcoms["reconcile", "return_value"]
    (users,) = [each for each in told["checked"] if each["command"] == "users"]
    assert (outcome.state, told["state"], users["drifted"], control.counts().writes) == ("success", "drift", 1, writes)
    assert (airflow.depot / users["report"]).exists()
    assert (airflow.depot / users["repair"][0]).exists()


def test_one_command_alone_is_checked_when_it_is_asked_for(airflow):
    told = airflow.run("sync_reconcile", command="users").xcoms["reconcile", "return_value"]
    assert told == {
        "state": "as_applied",
        "errors": {},
        "checked": [{**told["checked"][0], "command": "users", "state": "nothing_applied"}],
    }


def test_it_is_red_when_moodle_cannot_be_used_and_says_so_of_each_command(airflow):
    airflow.drop("userimport.csv", HEAD + "new.two,New,Two,new.two@example.org,N2\n")
    airflow.run("sync_users")
    airflow.sandbox.control.revoke_token()
    outcome = airflow.run("sync_reconcile")
    assert outcome.state == "failed"
    assert "token" in outcome.message("reconcile")
