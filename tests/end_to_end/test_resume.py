"""What keeps the walk from its end, and how the next one goes on with the same run; nothing is written twice."""

from contextlib import contextmanager
from dataclasses import dataclass

import pytest
from sqlalchemy import update

from include.sandbox.starting import start
from sync_operators import walk
from sync_operators.errors import Busy
from sync_operators.ledger import events, files, operations
from sync_operators.ledger.leases import hold
from sync_operators.ledger.tables import operations as table
from sync_operators.plans.request import Request
from tests.end_to_end.site import site as open_site

HEADER = "username;firstname;lastname;idnumber;email;city\n"
FILE = (
    HEADER
    + "".join(f"new.{n};New;{n};N{n};new.{n}@example.org;Oslo\n" for n in range(4))
    + "amelie.laurent;Amélie;Laurent;E1001;amelie.laurent@example.org;Annecy\n"
)
COUNTS = {"created": 4, "updated": 1}
CREATE, UPDATE, DELETE = "core_user_create_users", "core_user_update_users", "core_user_delete_users"
LOOK = "core_user_get_users_by_field"


@contextmanager
def opened(sandbox, folder, **environ):
    with open_site(sandbox, folder, environ=environ, sleep=lambda _: None) as site:
        yield site


@pytest.fixture
def site(sandbox, tmp_path):
    with opened(sandbox, tmp_path) as made:
        yield made


def put(site, content=FILE, name="userimport.csv"):
    site.put(name, content)
    site.capture()


def version(site, run_id):
    with site.work.ledger.read() as tx:
        return files.get(tx, site.find_run(run_id).file_id)


def written(sandbox):
    """How many rows took effect, by function."""
    counts = {}
    for entry in sandbox.control.journal():
        counts[entry["function"]] = counts.get(entry["function"], 0) + entry["rows"]
    return counts


def told(site, run_id):
    with site.work.ledger.read() as tx:
        return [event.what for event in events.of_run(tx, run_id)]


# -- the world fails --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Failure:
    name: str
    breaks: object
    mends: object
    says: str
    code: str = "error_moodle"


FAILURES = (
    Failure(
        "Moodle down",
        lambda control: control.drop_connection(times=99),
        lambda control: control.clear_faults(),
        "no answer from Moodle",
    ),
    Failure(
        "a gateway's page",
        lambda control: control.page(502, times=99),
        lambda control: control.clear_faults(),
        "502",
    ),
    Failure(
        "maintenance by the command line",
        lambda control: control.set_state("maintenance_cli"),
        lambda control: control.set_state(""),
        "503",
    ),
    Failure(
        "maintenance by an administrator",
        lambda control: control.set_state("maintenance_admin"),
        lambda control: control.set_state(""),
        "sitemaintenance",
    ),
    Failure(
        "HTML where JSON was due",
        lambda control: control.page(200, times=99),
        lambda control: control.clear_faults(),
        "the answer is not the web service's",
    ),
    Failure(
        "token revoked",
        lambda control: control.revoke_token(),
        lambda control: control.restore_token(),
        "refuses the token",
    ),
    Failure(
        "function missing",
        lambda control: control.remove_function(CREATE),
        lambda control: control.add_function(CREATE),
        CREATE,
    ),
    Failure(
        "no sight of accounts",
        lambda control: control.remove_capability("moodle/user:viewdetails"),
        lambda control: control.add_capability("moodle/user:viewdetails"),
        "does not see",
    ),
)


@pytest.mark.parametrize("failure", FAILURES, ids=lambda each: each.name)
def test_a_failure_of_moodle_while_planning_lets_the_file_wait_and_the_next_tick_goes_on(site, sandbox, failure):
    put(site)
    failure.breaks(sandbox.control)
    tick = site.tick()
    run_id = tick["run"]["run_id"]
    assert (tick["state"], tick["red"], tick["run"]["code"]) == ("failed", True, failure.code)
    assert failure.says in site.find_run(run_id).args["reason"]
    assert tick["run"]["report"].endswith("_userimport.failed-1.html")
    assert (version(site, run_id).state, version(site, run_id).place) == ("waiting", "userimport.csv")
    failure.mends(sandbox.control)
    again = site.tick()
    assert (again["run"]["run_id"], again["state"], again["run"]["counts"]) == (run_id, "done", COUNTS)
    assert written(sandbox) == {CREATE: 4, UPDATE: 1}


WRITING = (
    Failure(
        "maintenance",
        lambda control: control.set_state("maintenance_cli"),
        lambda control: control.set_state(""),
        "503",
    ),
    Failure(
        "token revoked",
        lambda control: control.revoke_token(),
        lambda control: control.restore_token(),
        "refuses the token",
    ),
    Failure(
        "function missing",
        lambda control: control.remove_function(CREATE),
        lambda control: control.add_function(CREATE),
        CREATE,
    ),
    Failure(
        "capability missing",
        lambda control: control.remove_capability("moodle/user:create"),
        lambda control: control.add_capability("moodle/user:create"),
        "lacks a capability",
    ),
    Failure(
        "answers that never come",
        lambda control: control.page(503, of=CREATE, times=99),
        lambda control: control.clear_faults(),
        "sent, but no good answer came",
    ),
)


@pytest.mark.parametrize("failure", WRITING, ids=lambda each: each.name)
def test_a_failure_of_moodle_while_applying_keeps_what_is_done_and_the_next_tick_does_the_rest(
    sandbox, tmp_path, failure
):
    with opened(sandbox, tmp_path, SYNC__MOODLE__BATCH_ROWS="2", SYNC__MOODLE__CONNECTIONS="1") as site:
        put(site)
        step = walk.plan(site.work, Request("users"))
        walk.gate(site.work, step.run_id)
        failure.breaks(sandbox.control)
        tick = site.tick()
        run = site.find_run(step.run_id)
        assert (tick["state"], run.state, run.code) == ("failed", "failed", "error_moodle")
        assert failure.says in run.args["reason"]
        failure.mends(sandbox.control)
        again = site.tick()
        assert (again["run"]["run_id"], again["run"]["counts"]) == (step.run_id, COUNTS)
        assert written(sandbox) == {CREATE: 4, UPDATE: 1}
        assert told(site, step.run_id).count("planned") == 1


def test_an_apply_step_that_is_tried_again_after_a_failure_goes_on_by_itself(site, sandbox):
    put(site)
    step = walk.plan(site.work, Request("users"))
    walk.gate(site.work, step.run_id)
    sandbox.control.page(503, of=CREATE, times=99)
    with pytest.raises(Exception, match="no good answer"):
        walk.apply(site.work, step.run_id)
    sandbox.control.clear_faults()
    assert walk.apply(site.work, step.run_id).state == "running"
    assert walk.close(site.work, step.run_id).state == "done"
    assert written(sandbox) == {CREATE: 4, UPDATE: 1}


def test_each_failure_has_its_report(site, sandbox):
    put(site)
    sandbox.control.set_state("maintenance_cli")
    reports = [site.tick()["run"]["report"].partition("_")[2] for _ in range(2)]
    sandbox.control.set_state("")
    reports.append(site.tick()["run"]["report"].partition("_")[2])
    assert reports == ["userimport.failed-1.html", "userimport.failed-2.html", "userimport.html"]


# -- every step may come twice ----------------------------------------------------------------------------------


def test_steps_that_are_tried_again_at_any_boundary_change_nothing_more(site, sandbox):
    put(site)
    first = walk.plan(site.work, Request("users"))
    assert walk.plan(site.work, Request("users")) == first
    for each in (
        walk.gate,
        walk.gate,
        walk.apply,
        walk.gate,
        walk.apply,
        walk.close,
        walk.apply,
        walk.gate,
        walk.close,
    ):
        last = each(site.work, first.run_id)
    assert (last.state, written(sandbox)) == ("done", {CREATE: 4, UPDATE: 1})
    assert site.names("archives") == ["userimport.csv"]
    assert len(site.names("reports")) == 3
    assert told(site, first.run_id).count("done") == 1


def test_settings_that_change_between_gate_and_apply_make_the_plan_anew(sandbox, tmp_path):
    with opened(sandbox, tmp_path) as site:
        put(site)
        step = walk.plan(site.work, Request("users"))
        walk.gate(site.work, step.run_id)
    with opened(sandbox, tmp_path, SYNC__USERS__CREATE_PASSWORDS="true") as site:
        walk.apply(site.work, step.run_id)
        assert walk.close(site.work, step.run_id).state == "done"
        assert told(site, step.run_id).count("planned") == 2
        assert sandbox.control.people()["new.1"]["password_origin"] == "generated"


def test_a_plan_made_anew_while_applying_is_held_when_it_is_over_a_limit(sandbox, tmp_path):
    with opened(sandbox, tmp_path) as site:
        put(site)
        step = walk.plan(site.work, Request("users"))
        walk.gate(site.work, step.run_id)
    tight = {"SYNC__USERS__CREATE_PASSWORDS": "true", "SYNC__GUARDS__USERS__CREATE__COUNT": "1"}
    with opened(sandbox, tmp_path, **tight) as site:
        assert walk.apply(site.work, step.run_id).state == "held"
        assert (walk.close(site.work, step.run_id).state, written(sandbox)) == ("held", {})


def test_operations_that_are_not_those_that_were_gated_are_not_sent(site, sandbox):
    put(site)
    step = walk.plan(site.work, Request("users"))
    walk.gate(site.work, step.run_id)
    with site.work.ledger.write() as tx:
        tx.execute(update(table).where(table.c.seq == 1).values(after={"username": "somebody.else"}))
    with pytest.raises(Exception, match=r"the operations in the ledger are not those that passed the gate"):
        walk.apply(site.work, step.run_id)
    assert sandbox.control.counts().writes == 0


def test_a_failed_run_is_planned_again_when_another_has_written_meanwhile(site, sandbox):
    put(site)
    step = walk.plan(site.work, Request("users"))
    walk.gate(site.work, step.run_id)
    sandbox.control.page(503, of=CREATE, times=99)
    assert site.tick()["state"] == "failed"
    sandbox.control.clear_faults()
    site.deliver("userdelete.csv", "username\namelie.laurent\n", "users_delete")
    tick = site.tick()
    assert tick["run"]["counts"] == {"created": 5}
    assert told(site, step.run_id).count("planned") == 2


def test_a_run_goes_on_on_its_own_site_only(sandbox, tmp_path, tmp_path_factory):
    with opened(sandbox, tmp_path, SYNC__MOODLE__BATCH_ROWS="2", SYNC__MOODLE__CONNECTIONS="1") as site:
        put(site)
        sandbox.control.page(503, of=CREATE, nth=2, times=99)
        run_id = site.tick()["run"]["run_id"]
        assert written(sandbox) == {CREATE: 2}
    sandbox.control.clear_faults()
    with start(tmp_path_factory.mktemp("other")) as other:
        with opened(other, tmp_path) as site:
            assert site.tick()["state"] == "failed"
            assert f"Run {run_id} has written to another site already than {other.moodle_url}" in str(site.errors[0])
        assert other.control.journal() == []
    with opened(sandbox, tmp_path) as site:
        assert site.tick()["run"]["counts"] == COUNTS
        assert written(sandbox) == {CREATE: 4, UPDATE: 1}


def test_a_run_that_has_written_nothing_is_planned_for_the_site_the_connection_names_now(
    sandbox, tmp_path, tmp_path_factory
):
    with opened(sandbox, tmp_path) as site:
        put(site)
        walk.gate(site.work, walk.plan(site.work, Request("users")).run_id)
    with start(tmp_path_factory.mktemp("other")) as other, opened(other, tmp_path) as site:
        assert site.tick()["run"]["counts"] == COUNTS
        assert (written(sandbox), written(other)) == ({}, {CREATE: 4, UPDATE: 1})


def test_moodle_restarted_in_the_middle_is_waited_for(tmp_path_factory, tmp_path):
    state = tmp_path_factory.mktemp("restarted")
    with start(state) as sandbox, opened(sandbox, tmp_path) as site:
        put(site)
        step = walk.plan(site.work, Request("users"))
        walk.gate(site.work, step.run_id)
        sandbox.kill()
        ports = sandbox.ports
        assert site.tick()["state"] == "failed"
        with start(state, ports=ports) as again:
            assert site.tick()["run"]["counts"] == COUNTS
            assert written(again) == {CREATE: 4, UPDATE: 1}


# -- files that go or change meanwhile --------------------------------------------------------------------------


def test_a_run_whose_file_has_gone_from_the_depot_ends(site, sandbox):
    put(site)
    sandbox.control.set_state("maintenance_cli")
    run_id = site.tick()["run"]["run_id"]
    sandbox.control.set_state("")
    (site.depot / "userimport.csv").unlink()
    tick = site.tick()
    assert (tick["run"]["run_id"], tick["state"], tick["run"]["code"]) == (run_id, "refused", "error_no_file")
    assert version(site, run_id).state == "gone"
    assert site.tick()["state"] == "none"


def test_a_file_changed_in_the_depot_is_not_run_as_what_was_captured(site, sandbox):
    put(site)
    step = walk.plan(site.work, Request("users"))
    walk.gate(site.work, step.run_id)
    (site.depot / "userimport.csv").write_text(HEADER + "new.9;New;Nine;N9;new.9@example.org;Oslo\n")
    walk.apply(site.work, step.run_id)
    with pytest.raises(Exception, match=r"userimport\.csv in the depot is no longer the file that was captured"):
        walk.close(site.work, step.run_id)
    assert site.find_run(step.run_id).state == "failed"
    assert site.tick()["run"]["code"] == "error_no_file"
    assert site.tick()["run"]["counts"] == {"created": 1}


# -- several at once --------------------------------------------------------------------------------------------


def test_who_cannot_get_the_runs_lease_writes_nothing_about_the_run(sandbox, tmp_path):
    with opened(sandbox, tmp_path, SYNC__MOODLE__LEASE_WAIT="1") as site:
        put(site)
        run_id = walk.plan(site.work, Request("users")).run_id
        before = site.find_run(run_id), told(site, run_id)
        with hold(site.work.ledger, f"run:{run_id}", holder="another", wait=0):
            for each in (walk.gate, walk.apply, walk.close):
                with pytest.raises(Busy, match=f"another holds the lease `run:{run_id}`"):
                    each(site.work, run_id)
            assert site.tick()["state"] == "failed"
        assert (site.find_run(run_id), told(site, run_id)) == before


def test_who_cannot_get_the_sites_lease_fails_and_goes_on_later(sandbox, tmp_path):
    with opened(sandbox, tmp_path, SYNC__MOODLE__LEASE_WAIT="1") as site:
        put(site)
        with hold(site.work.ledger, f"site:{site.work.site_id}", holder="another", wait=0):
            tick = site.tick()
        assert (tick["state"], tick["run"]["code"], written(sandbox)) == ("failed", "error_busy", {})
        assert site.tick()["run"]["counts"] == COUNTS


def test_a_held_or_simulated_run_does_not_wait_for_the_site(sandbox, tmp_path):
    with opened(sandbox, tmp_path, SYNC__MOODLE__LEASE_WAIT="1", SYNC__GUARDS__USERS__CREATE__COUNT="1") as site:
        put(site)
        with hold(site.work.ledger, f"site:{site.work.site_id}", holder="another", wait=0):
            assert site.tick(simulate=True)["state"] == "simulated"
            assert [site.tick()["state"], site.tick()["state"]] == ["held", "held"]


def test_a_file_that_another_command_runs_is_not_run_by_this_one(site, sandbox):
    put(site)
    walk.plan(site.work, Request("users"))
    with pytest.raises(Busy, match=r"userimport\.csv is being run by the command users"):
        walk.plan(site.work, Request("users_delete", file="userimport.csv"))


def test_no_operation_is_open_when_all_is_done(site):
    run_id = site.deliver("userimport.csv", FILE)["run_id"]
    with site.work.ledger.read() as tx:
        assert operations.count_open(tx, run_id) == 0
