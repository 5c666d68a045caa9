"""`sync_all` on real sockets: a registrar's export, a command that fails, no file at all."""

from collections import Counter

from include.sandbox.samples import export
from tests.dags.airflow_here import dag

NO_FILE = {"courses_delete", "cohort_links", "users_delete", "users_suspend"}

ALONE = {"courses_meta", "cohorts", "enrolments", "groups", "group_members", "pictures"}


def drop_export(airflow):
    for sample in export():
        (airflow.sandbox.drop / sample.file).write_bytes(sample.content)


def test_the_samples_are_in_the_order_in_which_they_are_run():
    commands = dag("sync_all").get_task("capture").commands
    assert [sample.command for sample in export()] == [name for name in commands if name not in NO_FILE]


def test_without_any_file_all_is_skipped_green_and_costs_moodle_nothing(airflow):
    outcome = airflow.run("sync_all")
    assert (outcome.state, outcome.result["state"]) == ("success", "none")
    ran = {name for name, state in outcome.tasks.items() if state == "success"}
    assert ran == {"capture", "result", *(name for name in outcome.tasks if name.endswith(".plan"))}
    assert airflow.sandbox.control.counts().total == 0


def test_an_export_is_run_in_one_go_and_the_same_again_changes_nothing(airflow, caplog):
    drop_export(airflow)
    outcome = airflow.run("sync_all", correlation_id="registrar-1")
    assert (outcome.state, outcome.result["state"]) == ("success", "done_with_errors")
    assert outcome.runs == [(each.command, "done_with_errors", _counts(each.lines)) for each in export()]
    assert {name for name in NO_FILE if outcome.tasks[f"{name}.apply"] == "skipped"} == NO_FILE
    writes = airflow.sandbox.control.counts().writes
    drop_export(airflow)
    outcome = airflow.run("sync_all", correlation_id="registrar-2")
    assert outcome.runs == [(each.command, "done_with_errors", _counts(each.again)) for each in export()]
    assert airflow.sandbox.control.counts().writes == writes
    assert "Nothing was changed in Moodle. Rows: 78 unchanged, 2 skipped, 24 in error." in caplog.text


def test_a_command_that_fails_or_is_held_keeps_none_from_running(airflow, monkeypatch):
    monkeypatch.setenv("SYNC__GUARDS__COURSES_CREATE__CREATE__COUNT", "1")
    monkeypatch.setenv("SYNC__GUARDS__ENROLMENTS__ERRORS__FLOOR", "100")
    airflow.sandbox.control.remove_capability("moodle/user:create")
    drop_export(airflow)
    outcome = airflow.run("sync_all")
    assert outcome.state == "failed"
    assert {run["command"]: run["state"] for run in outcome.result["runs"]} == {
        "courses_create": "held",
        "users": "failed",
        **dict.fromkeys(ALONE, "done_with_errors"),
    }
    assert {run["command"] for run in outcome.result["runs"] if run["tryback"]} == ALONE


def test_one_command_alone_leaves_the_files_of_the_others(airflow):
    drop_export(airflow)
    outcome = airflow.run("sync_all", command="groups")
    assert [run[:2] for run in outcome.runs] == [("groups", "done_with_errors")]
    assert (airflow.depot / "enrols.csv").exists()


def test_a_file_needs_its_command(airflow):
    outcome = airflow.run("sync_all", file="enrols.csv")
    assert (outcome.state, outcome.tasks["capture"]) == ("failed", "failed")
    assert outcome.message("capture").startswith("The conf names a `file`, but not the `command` it is for.")


def _counts(lines):
    return dict(sorted(Counter(lines.values()).items()))
