"""Plans over a limit: nothing is sent before a person has said so, to this very plan."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from sync_operators import walk
from sync_operators.ledger import events, files
from tests.end_to_end.site import site as open_site

HEADER = "username;firstname;lastname;idnumber;email;city\n"
THREE = HEADER + "".join(f"new.{n};New;{n};N{n};new.{n}@example.org;Oslo\n" for n in (1, 2, 3))
LIMIT = {"SYNC__GUARDS__USERS__CREATE__COUNT": "2"}
TRIP = "users: 3 create of 0 known entities (no share can be told), limit 2 (guards.users.create.count)"


def opened(sandbox, folder, **environ):
    return open_site(sandbox, folder, environ=LIMIT | environ, sleep=lambda _: None)


@pytest.fixture
def site(sandbox, tmp_path):
    with opened(sandbox, tmp_path) as opened_site:
        yield opened_site


@pytest.fixture
def held(site):
    """A held run of three new accounts."""
    site.put("userimport.csv", THREE)
    site.capture()
    return site.tick()["run"]["run_id"]


def decided(site, run_id, **answer):
    """A person's answer, and what `sync_held` then does."""
    words = {"approved": True, "who": "ann", "reason": ""} | answer
    walk.decide(site.work, run_id, **words)
    return site.tick(answered=run_id)["run"]


def version(site, run_id):
    with site.work.ledger.read() as tx:
        return files.get(tx, site.find_run(run_id).file_id)


def told(site, run_id):
    with site.work.ledger.read() as tx:
        return [event.what for event in events.of_run(tx, run_id)]


def test_a_plan_over_a_limit_is_held_before_the_first_write(site, held, sandbox):
    run, file = site.find_run(held), version(site, held)
    assert (run.state, run.verdict, run.code, run.holds, run.args) == (
        "held",
        "hold",
        "error_guard",
        1,
        {"reason": TRIP},
    )
    assert (file.state, file.place) == ("held", "userimport.csv")
    assert sandbox.control.counts().writes == 0
    assert sandbox.control.journal() == []


@pytest.mark.parametrize(("good", "held"), [(20, True), (21, False)])
def test_the_share_of_rows_in_error_is_one_of_all_rows_those_to_be_written_too(sandbox, tmp_path, good, held):
    lines = [f"new.{n};New;{n};N{n};new.{n}@example.org;Oslo\n" for n in range(good)]
    lines += [f"bad.{n};Bad;{n};B{n};no-address;Oslo\n" for n in range(21)]
    with open_site(sandbox, tmp_path) as site:
        assert (site.deliver("userimport.csv", HEADER + "".join(lines))["state"] == "held") is held


def test_a_held_plan_is_reported_and_the_dag_run_is_green(site):
    site.put("userimport.csv", THREE)
    site.capture()
    tick = site.tick()
    assert (tick["state"], tick["red"], tick["run"]["counts"]) == ("held", False, {"planned": 3})
    assert tick["run"]["report"].endswith("_userimport.held-1.html")
    assert (site.depot / tick["run"]["report"]).exists()


def test_the_question_names_limit_count_setting_riskiest_and_digest(site, held):
    asked = walk.question(site.work, held)
    digest = site.find_run(held).plan_digest
    assert asked.subject == f"userimport.csv: create 3? Plan {digest[:12]}, hold 1"
    assert f"- {TRIP}" in asked.body
    assert digest in asked.body
    assert asked.riskiest[0] == "create `idnumber=N1`"


def test_the_question_says_what_is_usual_which_file_it_is_and_how_many_wait(site, held):
    decided(site, held)
    site.put("userimport.csv", THREE.replace("new.", "old.").replace(";N", ";O"))
    site.capture()
    again = site.tick()["run"]["run_id"]
    for n in range(2):
        site.put("userimport.csv", HEADER + f"x.{n};X;{n};X{n};x.{n}@example.org;Oslo\n")
        site.capture()
    asked, file = walk.question(site.work, again), version(site, again)
    assert f"- {TRIP.replace('of 0', 'of 3').replace('no share can be told', '100%')}" in asked.body
    assert ". The run before: 3" in asked.body
    assert (
        f"File `userimport.csv`, arrived {file.arrived:%Y-%m-%d %H:%M:%S} UTC, sha256 `{file.sha256[:12]}`"
        in asked.body
    )
    assert "; 2 newer versions wait." in asked.body
    report = site.find_run(again).products["report.held-1"]
    assert f"[Report of the plan](/sync/reports/{again}), in the depot `{report}`" in asked.body


def test_the_question_stays_the_same_while_moodle_is_down_and_the_settings_change(sandbox, tmp_path):
    with opened(sandbox, tmp_path) as site:
        site.put("userimport.csv", THREE)
        site.capture()
        held = site.tick()["run"]["run_id"]
        body = walk.question(site.work, held).body
    with opened(sandbox, tmp_path, SYNC__GUARDS__USERS__CREATE__COUNT="1000") as site:
        sandbox.control.set_state("maintenance_cli")
        assert walk.question(site.work, held).body == body


@pytest.mark.parametrize(
    ("approvals", "who", "setting"),
    [
        ("{}", "ann", None),
        ("{approvers: [ann, bob]}", "bob", None),
        ("{approvers: [ann, bob]}", "eve", "approvals.approvers"),
        ("{four_eyes: true}", "ann", None),
        ("{four_eyes: true}", "test", "approvals.four_eyes"),
        ("{approvers: [test], four_eyes: true}", "test", "approvals.four_eyes"),
    ],
)
@pytest.mark.parametrize("approved", [True, False])
def test_only_the_answer_of_who_may_counts_whatever_way_it_comes(sandbox, tmp_path, approvals, who, setting, approved):
    with opened(sandbox, tmp_path, SYNC__APPROVALS=approvals) as site:
        site.put("userimport.csv", THREE)
        site.capture()
        held = site.tick()["run"]["run_id"]
        walk.decide(site.work, held, approved=approved, who=who, reason="because")
        assert walk.why_not(site.work, held, who) == setting
        assert walk.answered(site.work, held) is (setting is None)
        assert ("answer_refused" in told(site, held)) is (setting is not None)
        assert site.find_run(held).decided_by == (None if setting else who)


def test_an_account_is_known_by_its_id_too(sandbox, tmp_path):
    with opened(sandbox, tmp_path, SYNC__APPROVALS="{approvers: ['17']}") as site:
        site.put("userimport.csv", THREE)
        site.capture()
        held = site.tick()["run"]["run_id"]
        walk.decide(site.work, held, approved=True, who="Ann Lee", account="17", reason="")
        assert site.find_run(held).decided_by == "Ann Lee"


def test_nobody_in_time_may_reject_whoever_may_answer(sandbox, tmp_path):
    with opened(sandbox, tmp_path, SYNC__APPROVALS="{approvers: [ann]}") as site:
        site.put("userimport.csv", THREE)
        site.capture()
        held = site.tick()["run"]["run_id"]
        assert decided(site, held, approved=False, who="nobody in time")["state"] == "rejected"


@pytest.mark.parametrize(("first", "second"), [(True, False), (False, True), (True, True)])
def test_of_two_answers_the_first_counts_and_the_other_is_told(site, held, first, second):
    walk.decide(site.work, held, approved=first, who="ann", reason="mine")
    walk.decide(site.work, held, approved=second, who="bob", reason="his")
    run, decision = site.find_run(held), walk.decision(site.work, held)
    assert (run.verdict, run.decided_by, run.reason) == ("approved" if first else "rejected", "ann", "mine")
    assert (decision.approved, decision.who) == (first, "ann")
    assert told(site, held)[-1] == "answer_late"


def test_answers_at_the_same_moment_are_one_decision(site, held):
    def answer(n):
        walk.decide(site.work, held, approved=n % 2 == 0, who=f"person {n}", reason="")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(answer, range(8)))
    events_told = told(site, held)
    assert (events_told.count("approved") + events_told.count("rejected"), events_told.count("answer_late")) == (1, 7)


def test_an_answer_that_is_told_twice_is_one(site, held):
    for _ in range(2):
        walk.decide(site.work, held, approved=True, who="ann", reason="")
    assert told(site, held).count("approved") == 1
    assert "answer_late" not in told(site, held)


def test_who_decided_and_why_stands_in_the_result_and_the_report(site, held):
    ended = decided(site, held, reason="a new year")
    assert (ended["decided_by"], ended["reason"]) == ("ann", "a new year")
    page = (site.depot / ended["report"]).read_text(encoding="utf-8")
    assert "ann" in page
    assert "a new year" in page
    line = json.loads((site.depot / ended["report"]).with_suffix(".jsonl").read_text(encoding="utf-8").splitlines()[0])
    assert (line["decision"]["by"], line["decision"]["reason"]) == ("ann", "a new year")


def test_the_next_tick_meets_the_held_run_and_does_not_hold_it_twice(site, held, sandbox):
    before = site.find_run(held), site.names("reports"), sandbox.control.counts().total
    tick = site.tick()
    assert (tick["run"]["run_id"], tick["state"]) == (held, "held")
    assert (site.find_run(held), site.names("reports"), sandbox.control.counts().total) == before


def test_a_held_run_stays_held_while_moodle_is_down(site, held, sandbox):
    sandbox.control.set_state("maintenance_cli")
    assert site.tick()["state"] == "held"
    assert (site.find_run(held).holds, version(site, held).state) == (1, "held")


def test_a_held_run_stays_held_while_its_report_cannot_be_written(site):
    site.put("userimport.csv", THREE)
    site.capture()
    (site.depot / "reports").write_text("in the way")
    tick = site.tick()
    held = tick["run"]["run_id"]
    assert (tick["red"], site.find_run(held).state, version(site, held).state) == (True, "held", "held")
    (site.depot / "reports").unlink()
    assert site.tick()["run"]["report"].endswith("_userimport.held-1.html")


def test_an_approved_plan_is_planned_again_and_applied_when_it_is_the_same(site, held, sandbox):
    digest = site.find_run(held).plan_digest
    ended = decided(site, held, who="ann", reason="a new year")
    run = site.find_run(held)
    assert (ended["state"], ended["counts"], run.plan_digest) == ("done", {"created": 3}, digest)
    assert (run.decided_by, run.reason, run.verdict) == ("ann", "a new year", "approved")
    assert {"new.1", "new.2", "new.3"} <= sandbox.control.people().keys()
    assert site.names("archives") == ["userimport.csv"]
    assert told(site, held).count("planned") == 2


def test_an_answer_to_a_plan_that_has_changed_is_void_and_the_new_plan_is_measured(site, held, sandbox):
    sandbox.control.add_accounts([{"username": "new.1", "firstname": "N", "lastname": "1", "email": "x@example.org"}])
    ended, run = decided(site, held), site.find_run(held)
    assert ended["counts"] == {"created": 2, "error_username_collision": 1}
    assert "answer_void" in told(site, held)
    assert (run.verdict, run.decided_by, run.decided_at, run.reason) == ("go", None, None, None)


def test_what_was_answered_is_asked_anew_when_the_changed_plan_is_over_a_limit_too(sandbox, tmp_path):
    with opened(sandbox, tmp_path, SYNC__GUARDS__USERS__CREATE__COUNT="1") as site:
        site.put("userimport.csv", THREE)
        site.capture()
        held = site.tick()["run"]["run_id"]
        sandbox.control.add_accounts(
            [{"username": "new.1", "firstname": "N", "lastname": "1", "email": "x@example.org"}]
        )
        decided(site, held)
        run = site.find_run(held)
        assert (run.state, run.verdict, run.holds, sandbox.control.journal()) == ("held", "hold", 2, [])
        assert decided(site, held)["counts"] == {"created": 2, "error_username_collision": 1}


def test_an_answer_counts_only_for_the_plan_that_was_shown(site, held, sandbox):
    walk.decide(site.work, held, approved=True, who="ann", reason="", asked="0" * 64)
    assert site.find_run(held).verdict == "hold"
    assert not walk.answered(site.work, held)
    assert site.tick(answered=held)["state"] == "held"
    assert sandbox.control.journal() == []


def test_a_rejected_file_lies_in_quarantine_with_who_and_why(site, held, sandbox):
    ended = decided(site, held, approved=False, who="ann", reason="half of them left last year")
    assert (ended["state"], ended["code"]) == ("rejected", "error_rejected")
    assert site.names("quarantine") == ["userimport.csv", "userimport.csv.why.txt"]
    (why,) = (site.depot / "quarantine").rglob("*.why.txt")
    text = why.read_text(encoding="utf-8")
    assert "ann" in text
    assert "half of them left last year" in text
    assert (version(site, held).state, sandbox.control.journal()) == ("quarantined", [])
    assert not site.tick()["runs"]


def test_a_rejection_lets_the_next_version_of_the_name_pass(site, held):
    site.put("userimport.csv", HEADER + "new.9;New;Nine;N9;new.9@example.org;Oslo\n")
    site.capture()
    assert site.tick()["run"]["run_id"] == held
    decided(site, held, approved=False)
    assert site.tick()["run"]["counts"] == {"created": 1}


def test_a_tick_carries_out_an_answer_that_the_asking_dag_did_not(site, held):
    walk.decide(site.work, held, approved=True, who="ann", reason="")
    tick = site.tick()
    assert (tick["run"]["run_id"], tick["state"]) == (held, "done")
    assert told(site, held).count("planned") == 2


def test_a_step_of_a_tick_beside_the_answer_applies_nothing_that_was_not_planned_again(site, held, sandbox):
    walk.decide(site.work, held, approved=True, who="ann", reason="")
    walk.gate(site.work, held)
    walk.apply(site.work, held)
    assert sandbox.control.journal() == []


def test_an_approval_outlives_a_moodle_that_is_down(site, held, sandbox):
    sandbox.control.set_state("maintenance_cli")
    site.work._known.clear()
    walk.decide(site.work, held, approved=True, who="ann", reason="")
    assert site.tick(answered=held)["state"] == "failed"
    assert (site.find_run(held).state, version(site, held).state) == ("failed", "waiting")
    sandbox.control.set_state("")
    tick = site.tick()
    assert (tick["run"]["run_id"], tick["state"], site.find_run(held).holds) == (held, "done", 1)
    assert told(site, held).count("planned") == 2


def test_a_held_file_does_not_block_another_active_one(sandbox, tmp_path):
    with opened(sandbox, tmp_path, SYNC__USERS__FILE="userimport.csv, other.csv") as site:
        site.put("userimport.csv", THREE)
        site.put("other.csv", HEADER + "new.9;New;Nine;N9;new.9@example.org;Oslo\n")
        site.capture()
        assert [site.tick()["state"] for _ in range(3)] == ["held", "done", "held"]


def test_settings_that_change_while_a_plan_is_held_make_a_new_question(sandbox, tmp_path):
    with opened(sandbox, tmp_path) as site:
        site.put("userimport.csv", THREE)
        site.capture()
        held = site.tick()["run"]["run_id"]
    with opened(sandbox, tmp_path, SYNC__USERS__CREATE_PASSWORDS="true") as site:
        assert site.tick()["run"]["run_id"] == held
        run = site.find_run(held)
        assert (run.state, run.holds, told(site, held).count("planned")) == ("held", 2, 2)


def test_a_plan_that_may_go_is_not_measured_again_when_its_own_deletions_have_made_the_known_fewer(sandbox, tmp_path):
    environ = {"SYNC__GUARDS__USERS_DELETE__DELETE": "{share: 0.2, floor: 1}", "SYNC__MOODLE__BATCH_ROWS": "1"}
    environ |= {"SYNC__GUARDS__USERS__CREATE__COUNT": "null", "SYNC__MOODLE__CONNECTIONS": "1"}
    with opened(sandbox, tmp_path, **environ) as site:
        rows = "".join(f"new.{n};New;{n};N{n};new.{n}@example.org;Oslo\n" for n in range(100))
        site.deliver("userimport.csv", HEADER + rows)
        site.put("userdelete.csv", "username\n" + "".join(f"new.{n}\n" for n in range(20)))
        site.capture()
        sandbox.control.set_state("")
        sandbox.control.page(503, of="core_user_delete_users", nth=11, times=99)
        assert site.tick("users_delete")["state"] == "failed"
        sandbox.control.clear_faults()
        assert site.tick("users_delete")["run"]["counts"] == {"deleted": 20}
