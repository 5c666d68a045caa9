"""What Moodle refuses: one row's own fault when it was to be written, the run's failure when it was only asked."""

import pytest

from sync_operators import walk
from sync_operators.codes import code
from sync_operators.depot.errors import DepotError
from sync_operators.errors import ConfigurationError, LeaseLost, WorldError
from sync_operators.intake.errors import DropError
from sync_operators.ledger.errors import LedgerError
from sync_operators.plans.request import Request
from sync_operators.plans.turns import turn
from tests.end_to_end.scenes import SCENES, USERS
from tests.end_to_end.site import site as open_site

NAMES = {scene.command: scene.file for scene in SCENES}


def gone(table, **wanted):
    """Somebody deletes it in Moodle's pages."""

    def happen(control):
        (row,) = [one for one in control.rows(table) if wanted.items() <= one.items()]
        control.delete_row(table, row["id"])

    return happen


def forbidden(*capabilities):
    """Somebody takes capabilities away."""
    return lambda control: [control.remove_capability(each) for each in capabilities]


# Command, header, row; what happens between the gate and the writing; the code of the row.
WRITTEN = [
    (
        "cohorts", "cmd;cidnumber;userid", "add;COH-NEW;E1009",
        forbidden("moodle/cohort:assign", "moodle/cohort:manage"),
        "error_cohort_member",
    ),
    (
        "groups", "type;courseid;updateid;name", "grouping;ONB;SES;Renamed", gone("groupings", name="Sessions"),
        "error_grouping_update",
    ),
    (
        "groups", "type;courseid;name;idnumber;grouping", "group;FIRE;North;FIRE-N;ZONES",
        gone("groupings", name="Zones"),
        "error_grouping_bind",
    ),
    (
        "courses_meta", "cmd;master;meta", "add;ONB;FIRE", forbidden("enrol/meta:config"), "error_link",
    ),
    (
        "courses_create", "shortname;fullname;template", "NEW;New;ONB", forbidden("moodle/backup:backupcourse"),
        "error_template_restore",
    ),
    (
        "courses_reset", "shortname;events;logs;notes;grades;roles;local_roles;groups;groupings;modules",
        "ONB;;;;;;;all;;", forbidden("moodle/course:managegroups"), "error_reset",
    ),
]  # fmt: skip


@pytest.fixture
def labelled(site):
    """The sandbox's site, with groupings that have an idnumber."""
    control = site.sandbox.control
    (sessions,) = [row for row in control.rows("groupings") if row["name"] == "Sessions"]
    control.change_row("groupings", sessions["id"], idnumber="SES")
    (fire,) = [row for row in control.rows("courses") if row["shortname"] == "FIRE"]
    control.add_row("groupings", courseid=fire["id"], name="Zones", idnumber="ZONES")
    return site


@pytest.mark.parametrize(("command", "header", "row", "happen", "name"), WRITTEN, ids=[each[-1] for each in WRITTEN])
def test_a_write_that_moodle_refuses_is_its_rows_error(labelled, command, header, row, happen, name):
    site = labelled
    site.put(NAMES[command], f"{header}\n{row}\n")
    site.capture()
    step = walk.plan(site.work, Request(command))
    walk.gate(site.work, step.run_id)
    happen(site.sandbox.control)
    walk.apply(site.work, step.run_id)
    assert (walk.close(site.work, step.run_id).state, site.outcomes(step.run_id)) == ("done_with_errors", [(2, name)])


@pytest.mark.parametrize("command", ["courses_reset", "enrolments", "group_members"])
def test_a_question_that_moodle_refuses_fails_the_run_which_goes_on_when_it_is_answered(site, command):
    (scene,) = [each for each in SCENES if each.command == command]
    site.sandbox.control.remove_capability("moodle/course:viewparticipants")
    scene.deliver(site)
    run = site.tick(command)["run"]
    assert (run["state"], run["code"], site.sandbox.control.counts().writes) == ("failed", "error_remote", 0)
    assert "View participants" in site.find_run(run["run_id"]).args["reason"]
    assert run["report"].endswith(".failed-1.html")
    site.sandbox.control.add_capability("moodle/course:viewparticipants")
    again = site.tick(command)["run"]
    assert (again["run_id"], again["state"]) == (run["run_id"], "done_with_errors")


@pytest.mark.parametrize(
    ("error", "name"),
    [
        (WorldError("x"), "error_world"),
        (ConfigurationError("x"), "error_configuration"),
        (DepotError("x"), "error_depot"),
        (DropError("x"), "error_drop"),
        (LedgerError("x"), "error_ledger"),
        # Whoever has it now goes on with the run, and says how it stands.
        (LeaseLost("x"), None),
    ],
    ids=lambda each: type(each).__name__ if isinstance(each, Exception) else "",
)
def test_a_run_says_by_its_code_what_of_the_world_failed_it(site, error, name):
    site.put("userimport.csv", "username\nx\n")
    site.capture()
    run_id = walk.plan(site.work, Request("users_delete", file="userimport.csv")).run_id
    with pytest.raises(type(error)), turn(site.work, run_id):
        raise error
    assert site.find_run(run_id).code == name


def test_a_row_of_more_fields_than_a_request_may_hold_fails_the_run(sandbox, tmp_path):
    with open_site(sandbox, tmp_path, environ={"SYNC__MOODLE__MAX_FIELDS": "3"}) as site:
        USERS.deliver(site)
        run = site.tick("users")["run"]
        assert (run["state"], run["code"]) == ("failed", "error_configuration")


def test_a_file_setting_of_the_old_days_is_taken_with_a_warning_in_the_log(sandbox, tmp_path, caplog):
    with open_site(sandbox, tmp_path, environ={"SYNC__USERS__FILE": "sync/userimport.csv"}) as site:
        USERS.deliver(site)
        assert site.tick("users")["state"] == "done_with_errors"
    assert code("warn_deprecated_path").message("en", {"value": "sync/userimport.csv"}) in caplog.text
