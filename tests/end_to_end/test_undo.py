"""Undo files: what a run has changed goes back, and only that; by the file that the run has left."""

import csv
from contextlib import ExitStack

import pytest
from sqlalchemy import delete

from include.sandbox.moodle.contexts import SYSTEM
from sync_operators import walk
from sync_operators.depot.versions import candidates
from sync_operators.ledger import runs, sites
from sync_operators.ledger.tables import files
from tests.end_to_end.cohorts import Cohorts
from tests.end_to_end.courses import CourseSite
from tests.end_to_end.site import site as open_site
from tests.end_to_end.users import BOB

HEAD = "username,firstname,lastname,email,idnumber,city,department,suspended,oldusername"


def _undo(site, run, **wishes):
    """Run all undo files of a run; what each came to."""
    told = [site.run(each["command"], file=each["file"], **wishes) for each in run["undo"]]
    return [each["runs"][0] for each in told]


def _rows(site, run, at=0):
    """The rows of an undo file."""
    with (site.depot / run["undo"][at]["file"]).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def _state(site):
    control = site.sandbox.control
    return {each["username"]: each for each in control.state()} | control.site_state()


USERS = {
    "a value": "bob,Bob,Ray,bob@example.org,E1,Paris,,,",
    "a value that was empty": "bob,Bob,Ray,bob@example.org,E1,,Law,,",
    "names": "bob,Rob,Roy,bob@example.org,E1,,,,",
    "a suspension": "bob,Bob,Ray,bob@example.org,E1,,,1,",
    "a suspension and a value": "bob,Bob,Ray,bob@example.org,E1,Paris,,1,",
    "an e-mail": "bob,Bob,Ray,rob@example.org,E1,,,,",
    "a username": "robert,Bob,Ray,bob@example.org,E1,Paris,,,bob",
}


@pytest.mark.parametrize("line", USERS.values(), ids=USERS)
def test_accounts_are_as_before(open_users, line):
    users = open_users(protect_emails=False, allow_rename=True)
    before = _state(users.site)
    run = users.run(HEAD, line)
    assert _state(users.site) != before
    (undone,) = _undo(users.site, run)
    assert (undone["state"], len(undone["counts"])) == ("done", 1)
    assert _state(users.site) == before


def test_rows_hold_only_what_the_run_changed(users):
    run = users.run(HEAD, "bob,Bob,Roy,bob@example.org,E1,Paris,,,", "ann,Ann,Lee,ann@example.org,E2,,,,")
    (row,) = _rows(users.site, run)
    assert row == {"undoes": f"{run['run_id']}:1", "id": str(users.ids["bob"]), "lastname": "Ray", "city": ""}


def test_what_nothing_was_changed_of_has_no_undo_file(users):
    assert users.run(HEAD, "bob,Bob,Ray,bob@example.org,E1,,,,")["undo"] is None


def test_an_undo_drops_the_applied_rows_so_that_they_come_again(users):
    line = "bob,Bob,Ray,bob@example.org,E1,Paris,,,"
    run = users.run(HEAD, line)
    _undo(users.site, run)
    assert users.codes(HEAD, line) == ["updated"]


def test_several_rows_of_one_account_go_back_in_turn(users):
    before = _state(users.site)
    run = users.run(HEAD, "bob,Bob,Ray,bob@example.org,E1,Paris,,,", "bob,Bob,Ray,bob@example.org,E1,Lyon,Law,,")
    (undone,) = _undo(users.site, run)
    assert undone["counts"] == {"updated": 2}
    assert _state(users.site) == before


def test_what_somebody_has_changed_since_is_left(users):
    run = users.run(HEAD, "bob,Bob,Roy,bob@example.org,E1,Paris,,,")
    users.change("bob", city="Rome")
    (undone,) = _undo(users.site, run)
    assert users.warned(undone) == {"warn_changed_since": 1}
    assert (users.person("bob")["city"], users.person("bob")["lastname"]) == ("Rome", "Ray")


def test_what_is_all_changed_since_is_left_alone(users):
    run = users.run(HEAD, "bob,Bob,Ray,bob@example.org,E1,Paris,,,")
    users.change("bob", city="Rome")
    users.sent()
    (undone,) = _undo(users.site, run)
    assert (undone["counts"], users.sent()) == ({"warn_changed_since": 1}, [])


def test_what_is_changed_since_goes_back_when_forced(users):
    run = users.run(HEAD, "bob,Bob,Ray,bob@example.org,E1,Paris,,,")
    users.change("bob", city="Rome")
    (undone,) = _undo(users.site, run, asked={"force": True})
    assert (undone["counts"], users.person("bob")["city"]) == ({"updated": 1}, "")


def test_what_somebody_has_brought_back_is_unchanged(users):
    run = users.run(HEAD, "bob,Bob,Ray,bob@example.org,E1,Paris,,,")
    users.change("bob", city="")
    (undone,) = _undo(users.site, run)
    assert undone["counts"] == {"unchanged": 1}


def test_of_rows_of_one_account_none_goes_back_past_what_was_changed_since(users):
    run = users.run(HEAD, "bob,Bob,Ray,bob@example.org,E1,Paris,,,", "bob,Bob,Ray,bob@example.org,E1,Lyon,,,")
    users.change("bob", city="Rome")
    (undone,) = _undo(users.site, run)
    assert (undone["counts"], users.person("bob")["city"]) == ({"warn_changed_since": 2}, "Rome")


def test_a_suspension_by_its_own_command_goes_back_by_users(users):
    before = _state(users.site)
    run = users.run("username", "bob", "ann", command="users_suspend")
    assert [each["command"] for each in run["undo"]] == ["users"]
    _undo(users.site, run)
    assert _state(users.site) == before


def test_an_account_that_was_made_is_suspended(users):
    run = users.run(HEAD, "zoe,Zoe,Ott,zoe@example.org,E9,,,,")
    (undone,) = _undo(users.site, run)
    assert (undone["counts"], users.person("zoe")["suspended"]) == ({"suspended": 1}, 1)


def test_a_deletion_does_not_go_back(users):
    assert users.run("username", "bob", command="users_delete")["undo"] is None


def test_an_undo_goes_back_too(users):
    run = users.run(HEAD, "bob,Bob,Ray,bob@example.org,E1,Paris,,,")
    after = _state(users.site)
    (undone,) = _undo(users.site, run)
    _undo(users.site, undone)
    assert _state(users.site) == after


@pytest.mark.parametrize("place", ["", "20200101T000000Z-abcdef:1", "x", "{run}:7", "{run}:x"])
def test_a_row_that_no_run_has_done_is_refused(users, place):
    run = users.run(HEAD, "bob,Bob,Ray,bob@example.org,E1,Paris,,,")
    wanted = ["error_not_done"] if place else ["error_missing_value"]
    undo = f"undoes,id,city\n{place.format(run=run['run_id'])},{users.ids['bob']},Oslo\n"
    told = users.site.deliver("mine.csv", undo, "users", file="mine.csv")
    assert [name for _, name, _ in users.rows(told["run_id"])] == wanted
    assert users.person("bob")["city"] == "Paris"


def test_no_password_is_in_an_undo_file(open_users):
    users = open_users(update_passwords=True)
    run = users.run("username,firstname,lastname,idnumber,password,city", "bob,Bob,Ray,E1,Canary-Pass-1!,Paris")
    (row,) = _rows(users.site, run)
    assert (set(row), row["city"]) == ({"undoes", "id", "city"}, "")


def test_a_simulation_leaves_no_undo_file(users):
    run = users.run(HEAD, "bob,Bob,Ray,bob@example.org,E1,Paris,,,", simulate=True, file="userimport.csv")
    assert run["undo"] is None


def test_an_undo_file_is_taken_by_no_pattern(open_users):
    users = open_users(file="*.csv,undo/2026/11/*.csv")
    users.run(HEAD, f"bob,Bob,Ray,{BOB['email']},E1,Paris,,,")
    assert users.site.run("users") == {"state": "none", "runs": []}


ENROL = "cmd,rolename,uid,cid,gcmd,g1"


@pytest.mark.parametrize(
    "line",
    ["add,student,E2002,CHEM-101,,", "add,student,E2002,CHEM-101,gadd,Lab A", "del,,E2001,CHEM-101,,",
     "del,,E2001,HIST-110,,", "add,student,E2003,CHEM-101,gadd,Lab A"],
)  # fmt: skip
def test_enrolments_are_as_before(enrolments, line):
    enrolments.by_hand("CHEM-101", "E2001")
    enrolments.join("CHEM-101", "Lab A", "E2001")
    enrolments.by_hand("HIST-110", "E2001")
    enrolments.give("HIST-110", "E2001", 3)
    enrolments.by_hand("CHEM-101", "E2003")
    before = enrolments.held("CHEM-101"), enrolments.held("HIST-110")
    run = enrolments.run(ENROL, line)
    assert (enrolments.held("CHEM-101"), enrolments.held("HIST-110")) != before
    assert {each["state"] for each in _undo(enrolments.site, run)} == {"done"}
    assert (enrolments.held("CHEM-101"), enrolments.held("HIST-110")) == before


def test_who_has_got_another_role_since_stays_enrolled(enrolments):
    run = enrolments.run(ENROL, "add,student,E2002,CHEM-101,,")
    enrolments.give("CHEM-101", "E2002", 3)
    (undone,) = _undo(enrolments.site, run)
    assert undone["counts"] == {"warn_changed_since": 1}
    (undone,) = _undo(enrolments.site, enrolments.run(ENROL, "add,student,E2003,CHEM-101,,"), asked={"force": True})
    assert enrolments.held("CHEM-101") == {"yan": "editingteacher+student"}


def test_what_a_row_of_accounts_enrols_goes_back_by_the_commands_for_it(users):
    site, control = users.site, users.sandbox.control
    control.add_row("courses", fullname="Law", shortname="LAW")
    control.add_row("cohorts", name="Staff", idnumber="STAFF", contextid=SYSTEM)
    before = control.site_state()
    head = "username,firstname,lastname,email,idnumber,cohort,course1,role1,group1"
    run = users.run(head, "bob,Bob,Ray,bob@example.org,E1,Staff,LAW,student,")
    assert [each["command"] for each in run["undo"]] == ["enrolments", "cohorts"]
    _undo(site, run)
    assert control.site_state() == before


@pytest.fixture
def cohorts(sandbox, tmp_path):
    with ExitStack() as stack:
        yield Cohorts(stack.enter_context(open_site(sandbox, tmp_path)), sandbox).build()


COHORT = "cmd;cidnumber;cname;cdescription;userid;ccatcontextidnumber"


@pytest.mark.parametrize(
    "line",
    ["add;OLD-Y0;;;E2002;", "del;OLD-Y0;;;E2001;", "free;OLD-Y0;;;;", "add;OLD-Y0;New;;E2002;",
     "add;OLD-Y0;;What it is;;"],
)  # fmt: skip
def test_cohorts_are_as_before(cohorts, line):
    before, there = cohorts.row("OLD-Y0"), cohorts.there()
    run = cohorts.run(COHORT, line)
    assert (cohorts.row("OLD-Y0"), cohorts.there()) != (before, there)
    assert {each["state"] for each in _undo(cohorts.site, run)} == {"done"}
    after = cohorts.row("OLD-Y0")
    assert {name for name in before if before[name] != after[name]} <= {"timemodified"}
    assert cohorts.there() == there


def test_a_name_that_somebody_has_given_since_stays(cohorts):
    run = cohorts.run(COHORT, "add;OLD-Y0;New;What it is;;")
    cohorts.sandbox.control.change_row("cohorts", cohorts.row("OLD-Y0")["id"], name="Newer")
    (undone,) = _undo(cohorts.site, run)
    row = cohorts.row("OLD-Y0")
    assert (row["name"], row["description"]) == ("Newer", "")
    assert cohorts.entries(undone)[0].warnings == ("warn_changed_since",)


@pytest.mark.parametrize(
    "lines",
    [["courseid,type,updateid,name,description", "CHEM-101,group,LAB-A,Lab One,"],
     ["courseid,type,updateid,name,description", "CHEM-101,group,LAB-A,Lab A,Room 13"],
     ["courseid,type,updateid,name,description", "CHEM-101,group,LAB-B,Lab B,Room 13"]],
    ids=["a name", "a description", "a description that was empty"],
)  # fmt: skip
def test_groups_are_as_before(open_groups, lines):
    groups = open_groups().labs()
    before = _state(groups.site)
    run = groups.run(*lines)
    assert _state(groups.site) != before
    _undo(groups.site, run)
    assert _state(groups.site) == before


@pytest.mark.parametrize("line", ["add,LAB-B,E2001", "del,LAB-A,E2001", "shift,LAB-B,E2002"])
def test_memberships_are_as_before(members, line):
    for user in ("E2001", "E2002"):
        members.by_hand("CHEM-101", user)
    members.join("CHEM-101", "Lab A", "E2001")
    members.run("courseid,cmd,groupid,userid", "CHEM-101,add,LAB-A,E2002")
    before = members.held("CHEM-101")
    run = members.run("courseid,cmd,groupid,userid", f"CHEM-101,{line}")
    assert members.held("CHEM-101") != before
    _undo(members.site, run)
    assert members.held("CHEM-101") == before


@pytest.mark.parametrize(
    ("head", "line"),
    [("fullname", "Fire & smoke"), ("fullname;visible", "Fire;0"), ("fullname;summary", "Fire;New words"),
     ("fullname;startdate;enddate", "Fire;2026-09-01;2027-01-31"), ("fullname;category", "Fire;Made/On the way"),
     ("fullname;idnumber", "Fire;F-2")],
)  # fmt: skip
def test_courses_are_as_before(sandbox, tmp_path, head, line):
    with open_site(sandbox, tmp_path, environ={"SYNC__COURSES_CREATE__UPDATE": "true"}) as site:
        courses = CourseSite(site, sandbox)
        before = courses.course("FIRE")
        run = courses.run(f"shortname;{head}", f"FIRE;{line}")
        assert courses.course("FIRE") != before
        assert [each["state"] for each in _undo(site, run)] == ["done"]
        after = courses.course("FIRE")
    assert {name for name in before if before[name] != after[name]} <= {"timemodified", "place"}


# -- what does not go back ------------------------------------------------------------------------------------------


def test_a_plan_says_what_does_not_go_back_before_anything_is_sent(users):
    users.site.put("userdelete.csv", "username\nbob\nann\n")
    users.site.capture()
    told = users.site.run("users_delete", simulate=True)["runs"][0]
    assert users.report(told)[-1]["not_undoable"] == {"delete user": 2}
    assert users.person("bob")


def test_the_question_about_a_held_plan_says_it_too(open_users):
    users = open_users(guards__users_delete__delete='{"count": 0}')
    run = users.run("username", "bob", "ann", command="users_delete")
    assert "**No undo file brings back:** 2 delete user" in walk.question(users.site.work, run["run_id"]).body


def test_the_report_names_the_undo_files_and_what_they_lack(open_users):
    users = open_users(update_passwords=True)
    head = "username,firstname,lastname,idnumber,city,password"
    run = users.run(head, "bob,Bob,Ray,E1,Paris,Canary-Pass-1!", "ann,Ann,Lee,E2,Rome,*NOPASS*")
    last = users.report(run)[-1]
    assert (last["undo"], last["not_undoable"], last["before_unknown"]) == (run["undo"], {}, {"update user": 1})
    page = (users.site.depot / run["report"]).read_text(encoding="utf-8")
    assert run["undo"][0]["file"] in page


def test_what_was_refused_is_not_counted(users):
    run = users.run("username,idnumber", "bob,E1", "nobody,E9", command="users_delete")
    assert users.report(run)[-1]["not_undoable"] == {"delete user": 1}


def test_an_undo_file_of_another_site_is_refused(users):
    run = users.run(HEAD, "bob,Bob,Ray,bob@example.org,E1,Paris,,,")
    with users.site.work.ledger.write() as tx:
        runs.change(tx, run["run_id"], site_id=sites.site_id(tx, "https://other.example.org"))
    (undone,) = _undo(users.site, run)
    assert undone["counts"] == {"error_not_done": 1}


def test_an_undo_file_that_a_crash_left_unknown_is_made_known(users):
    work = users.site.work
    run = users.run(HEAD, "bob,Bob,Ray,bob@example.org,E1,Paris,,,")
    place = run["undo"][0]["file"]
    with work.ledger.write() as tx:
        tx.execute(delete(files).where(files.c.place == place))
        runs.change(tx, run["run_id"], state="running", ended=None)
    walk.close(work, run["run_id"])
    with work.ledger.read() as tx:
        assert len([each for each in candidates(tx) if each.place == place]) == 1
    (undone,) = _undo(users.site, run)
    assert undone["counts"] == {"updated": 1}


def test_an_undo_file_is_written_as_the_settings_read_it(open_users):
    users = open_users(users__dialect='{"separator": ";", "encoding": "windows-1252"}')
    users.change("bob", city="Łódź")
    run = users.run(HEAD.replace(",", ";"), "bob;Bob;Ray;bob@example.org;E1;Nice;;;")
    _undo(users.site, run)
    assert users.person("bob")["city"] == "Łódź"
