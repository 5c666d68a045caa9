"""The drift check: where the rows come from that stand, what is left out, and what is never told."""

import pytest
from sqlalchemy import select

from sync_operators.drift.checking import check
from sync_operators.ledger.tables import applied_refs, applied_rows, files, last_files
from sync_operators.moodle.course_writes import delete_courses
from sync_operators.moodle.reader import MoodleReader
from sync_operators.moodle.users import delete_users
from sync_operators.plans.request import Request
from sync_operators.web.models.reports import offered, writes_again
from tests.drift.checks import Drift
from tests.end_to_end.site import site as open_site

HEAD = "username,firstname,lastname,email,idnumber,city"
BOB = "bob,Bob,Ray,bob@example.org,E1,Rome"
ANN = "ann,Ann,Lee,ann@example.org,E2,Oslo"
NEW = "new,New,One,new@example.org,E3,Bern"


@pytest.fixture
def drift(users):
    """The site of three accounts; `users` fills it with files."""
    return Drift(users.site)


def keys(drift, checked):
    return [line["key"]["idnumber"] for line in drift.lines(checked)]


def test_a_name_that_somebody_has_changed_by_hand_is_found(users, drift):
    users.run(HEAD, BOB, ANN)
    users.change("bob", lastname="Married")
    checked = drift.check()
    (line,) = drift.lines(checked)
    assert (line["field"], line["ours"], line["moodle"]) == ("lastname", "Ray", "Married")
    assert (line["file"], line["line"], line["key"]) == ("userimport.csv", 2, {"idnumber": "E1"})
    page = (users.site.depot / checked.report).read_text()
    assert "Married" in page
    assert "lastname" in page
    assert drift.repair(checked)[0]["lastname"] == "Ray"


def test_rows_come_from_whichever_file_has_applied_them_last(users, drift):
    first = users.run(HEAD, BOB, ANN)
    second = users.run(HEAD, ANN.replace("Oslo", "Bergen"), NEW)
    for name in ("bob", "ann", "new"):
        users.ids[name] = users.person(name)["id"]
        users.change(name, city="Elsewhere")
    checked = drift.check()
    told = {line["key"]["idnumber"]: (line["ours"], line["run_id"]) for line in drift.lines(checked)}
    assert told == {
        "E1": ("Rome", first["run_id"]),
        "E2": ("Bergen", second["run_id"]),
        "E3": ("Bern", second["run_id"]),
    }
    assert (checked.standing, checked.compared, checked.unread) == (3, 3, 0)


def test_files_with_other_headers_make_repair_files_of_their_own_and_all_come_home(users, drift):
    users.run(HEAD, BOB)
    users.run("username;firstname;lastname;email;idnumber;department", "ann;Ann;Lee;ann@example.org;E2;Law")
    users.change("bob", city="Elsewhere")
    users.change("ann", department="Arts")
    checked = drift.check()
    assert len(checked.repair) == 2
    assert [run["counts"] for run in drift.repaired(checked, "userimport.csv")] == [{"updated": 1}, {"updated": 1}]
    assert (users.person("bob")["city"], users.person("ann")["department"]) == ("Rome", "Law")


def test_a_row_that_two_files_hold_is_told_once(users, drift):
    users.run(HEAD, BOB, ANN)
    users.run(HEAD, BOB, NEW)
    users.change("bob", city="Elsewhere")
    checked = drift.check()
    assert (checked.standing, checked.compared, keys(drift, checked)) == (3, 3, ["E1"])


def test_a_newer_full_file_stands_for_older_ones_that_are_gone(users, drift):
    run = users.run(HEAD, BOB)
    users.run(HEAD, BOB, ANN)
    _lose(users.site, run)
    users.change("bob", city="Elsewhere")
    checked = drift.check()
    assert (keys(drift, checked), checked.unread) == (["E1"], 0)


def test_a_row_is_found_in_a_file_between_when_that_of_its_run_is_gone(users, drift):
    gone = users.run(HEAD, BOB)
    users.run(HEAD, BOB, ANN)
    users.run(HEAD, ANN, NEW)
    _lose(users.site, gone)
    users.change("bob", city="Elsewhere")
    assert keys(drift, drift.check()) == ["E1"]


def test_rows_whose_files_are_gone_are_made_again_from_what_was_sent(open_users):
    """Copies of files with passwords go after days."""
    users = open_users(update_passwords=True)
    drift = Drift(users.site)
    run = users.run(HEAD + ",password", NEW + ",Canary-Pass-1!", NEW.replace("new", "two").replace("E3", "E4") + ",")
    users.run(HEAD, NEW.replace("Bern", "Basel"))
    _lose(users.site, run)
    users.ids["two"] = users.person("two")["id"]
    users.change("two", city="Elsewhere")
    checked = drift.check()
    (line,) = drift.lines(checked)
    assert (checked.standing, checked.compared, checked.unread) == (2, 2, 0)
    assert (line["ours"], line["moodle"], line["file"], line["run_id"]) == ("Bern", "Elsewhere", None, run["run_id"])
    assert "password" not in drift.repair(checked)[0]
    (run,) = drift.repaired(checked, "userimport.csv")
    assert (run["counts"], users.person("two")["city"]) == ({"updated": 1}, "Bern")


def test_rows_of_which_too_little_was_sent_are_counted(users, drift):
    _lose(users.site, users.run(HEAD, BOB, ANN))
    checked = drift.check()
    assert (checked.standing, checked.compared, checked.unread) == (2, 0, 2)
    assert "2 rows could not be compared" in (users.site.depot / checked.report).read_text()


def test_what_was_undone_no_longer_stands(users, drift):
    run = users.run(HEAD, BOB)
    users.site.run("users", file=run["undo"][0]["file"])
    assert drift.check().state == "nothing_applied"


def test_whom_a_file_has_deleted_is_not_missed(users, drift):
    users.run(HEAD, BOB, ANN)
    users.run("username", "bob", command="users_delete")
    checked = drift.check()
    assert (checked.standing, checked.drifted) == (1, 0)


def test_rows_that_undo_each_other_are_no_drift(users, drift):
    users.run(HEAD, BOB, BOB.replace("Rome", "Paris"))
    assert drift.check().drifted == 0
    users.change("bob", city="Elsewhere")
    checked = drift.check()
    assert [(line["ours"], line["moodle"]) for line in drift.lines(checked)] == [("Paris", "Elsewhere")]
    assert [row["city"] for row in drift.repair(checked)] == ["Rome", "Paris"]


def test_roles_that_rows_give_and_take_again_are_no_drift(enrolments):
    enrolments.run("cmd;uid;cid;rolename", "shift;E2001;CHEM-101;student", "shift;E2001;CHEM-101;teacher")
    assert Drift(enrolments.site).told("enrolments") == []
    enrolments.give("CHEM-101", "E2001", 3)
    assert Drift(enrolments.site).told("enrolments") == [("extra", "enrolment", "role", None, "editingteacher")]


def test_settings_that_have_changed_since_do_not_hide_anything(open_users, users, drift):
    users.run(HEAD, BOB)
    users.change("bob", city="Elsewhere")
    other = Drift(open_users(empty_clears=True).site)
    assert keys(other, other.check()) == ["E1"]


def test_a_password_is_in_no_report_and_no_repair(open_users):
    users = open_users(update_passwords=True)
    drift = Drift(users.site)
    users.run(HEAD + ",password", BOB + ",Canary-Pass-1!", "new,New,One,new@example.org,N1,Rome,Canary-Pass-2!")
    delete_users(users.site.work.moodle, [users.person("new")["id"]])
    users.change("bob", city="Elsewhere")
    checked = drift.check()
    assert checked.drifted == 2
    for place in (checked.report, checked.jsonl, *checked.repair):
        assert b"Canary" not in (users.site.depot / place).read_bytes()
    assert "password" not in drift.repair(checked)[0]
    (run,) = drift.repaired(checked, "userimport.csv")
    assert run["counts"] == {"created": 1, "updated": 1}


def test_what_the_command_may_not_bring_back_says_which_setting_it_needs(users, drift):
    users.run(HEAD, BOB)
    users.change("bob", email="private@example.com")
    (line,) = drift.lines(drift.check())
    assert (line["field"], line["needs"]) == ("email", "users.protect_emails: false")


def test_a_repair_file_may_be_dropped_again_and_its_tryback_too(users, drift):
    users.run(HEAD, BOB)
    users.change("bob", city="Elsewhere")
    checked = drift.check()
    assert drift.repaired(checked, "userimport.csv")[0]["counts"] == {"updated": 1}
    assert drift.repaired(checked, "userimport.csv")[0]["counts"] == {"unchanged": 1}


def test_after_a_repair_the_file_of_every_night_is_unchanged_again(users, drift):
    users.run(HEAD, BOB)
    users.change("bob", city="Elsewhere")
    drift.repaired(drift.check(), "userimport.csv")
    calls = len(users.sandbox.control.calls())
    assert users.run(HEAD, BOB)["counts"] == {"unchanged": 1}
    looks = [call["function"] for call in users.sandbox.control.calls()[calls:]]
    assert "core_user_get_users_by_field" not in looks


def test_a_value_of_an_existing_course_that_no_row_has_set_is_no_drift(site):
    drift = Drift(site)
    site.deliver(
        "uploadcourses.csv", "shortname;fullname;category\nAID;Other;Compliance\nN;New;Compliance\n", "courses_create"
    )
    assert drift.check("courses_create").drifted == 0
    control = site.sandbox.control
    (row,) = [row for row in control.rows("courses") if row["shortname"] == "N"]
    control.change_row("courses", row["id"], fullname="Renamed")
    (line,) = drift.lines(drift.check("courses_create"))
    assert (line["field"], line["ours"], line["moodle"], line["needs"]) == (
        "fullname", "New", "Renamed", "courses_create.update: true",
    )  # fmt: skip


def test_a_course_deleted_by_hand_and_made_anew_gets_its_people_back(enrolments):
    """The rows of a deleted course can no longer be said of anything; repaired after it, they hold again."""
    site, drift = enrolments.site, Drift(enrolments.site)
    courses = "shortname;fullname;category\nNEW-1;New;Compliance\n"
    site.deliver("uploadcourses.csv", courses, "courses_create")
    people = "cmd;uid;cid;rolename\nadd;E2001;NEW-1;student\nadd;E2002;NEW-1;teacher\n"
    site.deliver("enrols.csv", people, "enrolments")
    before = enrolments.held("NEW-1")
    (row,) = [row for row in site.sandbox.control.rows("courses") if row["shortname"] == "NEW-1"]
    delete_courses(site.work.moodle, [row["id"]])
    gone, lost = drift.check("courses_create"), drift.check("enrolments")
    assert [line["code"] for line in drift.lines(lost)] == ["error_unknown_course"] * 2
    drift.repaired(gone, "uploadcourses.csv")
    drift.repaired(lost, "enrols.csv")
    assert enrolments.held("NEW-1") == before == {"zoe": "student", "yan": "teacher"}
    assert (drift.check("courses_create").drifted, drift.check("enrolments").drifted) == (0, 0)


def test_a_course_that_files_delete_and_make_anew_gets_its_people_back_by_the_next_file(enrolments):
    site = enrolments.site
    courses = "shortname;fullname;category\nNEW-1;New;Compliance\n"
    people = "cmd;uid;cid;rolename\nadd;E2001;NEW-1;student\nadd;E2002;NEW-1;teacher\n"
    site.deliver("uploadcourses.csv", courses, "courses_create")
    site.deliver("enrols.csv", people, "enrolments")
    before = enrolments.held("NEW-1")
    site.deliver("deletecourses.csv", "NEW-1\n", "courses_delete")
    assert Drift(site).check("enrolments").state == "nothing_applied"
    site.deliver("uploadcourses.csv", courses, "courses_create")
    site.deliver("enrols.csv", people, "enrolments")
    assert enrolments.held("NEW-1") == before


def test_numbers_of_accounts_come_from_the_list_of_the_site_home(enrolments):
    drift = Drift(enrolments.site)
    enrolments.people({f"X{number}": f"x{number}" for number in range(40)})
    enrolments.run("cmd;uid;cid;rolename", *(f"add;X{number};CHEM-101;student" for number in range(40)))
    enrolments.calls()
    checked = drift.check("enrolments")
    assert (checked.compared, checked.drifted, checked.readers[0]) == (40, 0, "site_home")
    assert "core_user_get_users_by_field" not in enrolments.calls()


def test_on_a_site_with_many_more_accounts_they_are_looked_up(enrolments):
    drift = Drift(enrolments.site)
    enrolments.run("cmd;uid;cid;rolename", "add;E2001;CHEM-101;student")
    checked = drift.check("enrolments")
    assert (checked.compared, checked.drifted, checked.readers) == (1, 0, ("look_ups",))


def test_an_account_that_the_list_does_not_name_is_looked_up(enrolments):
    drift = Drift(enrolments.site)
    enrolments.people({f"X{number}": f"x{number}" for number in range(40)})
    enrolments.run("cmd;uid;cid;rolename", *(f"add;X{number};CHEM-101;student" for number in range(40)))
    delete_users(enrolments.site.work.moodle, [enrolments.users["X7"]])
    checked = drift.check("enrolments")
    (line,) = drift.lines(checked)
    assert (line["code"], line["key"]["uid"], checked.readers) == (
        "error_unknown_user",
        "X7",
        ("site_home", "look_ups"),
    )


def test_the_report_for_machines_says_what_was_checked_and_sums_up(users, drift):
    users.run(HEAD, BOB, ANN)
    users.change("bob", city="Elsewhere", lastname="Married")
    first, *_, last = drift.report(drift.check())
    told = {name: first[name] for name in ("type", "command", "standing", "compared", "drifted", "unread", "readers")}
    assert told == {
        "type": "check", "command": "users", "standing": 2, "compared": 2, "drifted": 1, "unread": 0,
        "readers": ["look_ups"],
    }  # fmt: skip
    assert (last["type"], last["counts"]) == ("summary", {"other": 2})
    assert last["calls"]["core_user_get_users_by_field"] >= 1


def test_the_check_is_a_simulated_run_of_the_ledger(users, drift):
    users.run(HEAD, BOB)
    users.change("bob", city="Elsewhere")
    checked = drift.check()
    run = users.site.find_run(checked.run_id)
    assert (run.state, run.mode, run.simulate, dict(run.counts)) == (
        "simulated",
        "reconcile",
        True,
        {"updated": 1, "unchanged": 0},
    )
    assert run.calls["core_user_get_users_by_field"] >= 1


def test_the_page_of_the_run_offers_report_and_repair_to_those_who_may_have_it(users, drift):
    users.run(HEAD, BOB)
    users.change("bob", city="Elsewhere")
    run = users.site.find_run(drift.check().run_id)
    assert list(offered(run)) == ["standalone.html", "rows.jsonl", "repair"]
    assert writes_again("repair")


def test_a_row_that_is_applied_while_the_check_goes_on_is_left_out(users, drift):
    """The other value may be that of a newer file, which the ledger does not know yet."""
    users.run(HEAD, BOB, ANN)
    users.change("bob", city="Elsewhere")

    class Late(MoodleReader):
        def users_by_field(self, field, values):
            found = super().users_by_field(field, values)
            if field == "idnumber":
                users.run(HEAD, BOB.replace("Rome", "Paris"))
            return found

    work = users.site.work
    checked = check(work.read_by(Late(work.moodle)), Request("users"))
    assert (checked.drifted, checked.changed, checked.repair) == (0, 1, ())


def test_it_works_on_postgresql(sandbox, tmp_path, database):
    with open_site(sandbox, tmp_path / "pg", ledger=database) as site:
        lines = f"{HEAD}\nfay,Fay,Ray,fay@example.org,F1,Rome\n"
        site.deliver("userimport.csv", lines)
        control = site.sandbox.control
        control.change_account(control.people()["fay"]["id"], city="Elsewhere")
        checked = Drift(site).check()
        assert (checked.standing, checked.drifted, dict(checked.counts)) == (1, 1, {"other": 1})
        (run,) = Drift(site).repaired(checked, "userimport.csv")
        assert run["counts"] == {"updated": 1}


def test_a_check_leaves_files_and_applied_rows_as_they_are(users, drift):
    users.run(HEAD, BOB)
    before = _applied(users.site)
    drift.check()
    assert _applied(users.site) == before
    assert users.run(HEAD, BOB)["counts"] == {"unchanged": 1}


def _applied(site):
    with site.work.ledger.read() as tx:
        return [list(tx.execute(select(table))) for table in (applied_rows, applied_refs, files, last_files)]


def _lose(site, run):
    """Take the archived input of a run away, as retention does."""
    place = site.find_run(run["run_id"]).products["input"]
    (site.depot / place).unlink()
