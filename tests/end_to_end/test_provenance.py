"""Who changed this? From a thing in Moodle to file, line, run, values and who approved it."""

import re
from pathlib import Path

import pytest
from sqlalchemy import text

from sync_operators import walk
from sync_operators.ledger.provenance import changes
from sync_operators.plans.request import Request
from tests.end_to_end.users import BOB

PAGE = Path(__file__).parents[2] / "docs/how-to/who-changed.md"
HEAD = "username,firstname,lastname,idnumber,city"


def _changes(site, entity, **named):
    with site.work.ledger.read() as tx:
        return list(changes(tx, site.work.site_id, entity, **named))


def test_a_change_leads_to_file_line_run_and_values(users):
    run = users.run(HEAD, "ann,Ann,Lee,E2,", "bob,Bob,Ray,E1,Paris")
    (change,) = _changes(users.site, "user", ids={"id": users.ids["bob"]})
    assert (change.verb, change.code) == ("update", "updated")
    assert (change.before, change.after) == ({"city": ""}, {"city": "Paris"})
    assert (change.command, change.run_id, change.file, change.line) == ("users", run["run_id"], "userimport.csv", 3)
    assert (change.sha256, change.started_by, change.approved_by) == (run["sha256"], "test", None)
    assert (users.site.depot / change.place).read_text().splitlines()[2] == "bob,Bob,Ray,E1,Paris"


def test_the_last_change_comes_first(users):
    for city in ("Paris", "Rome", "Oslo"):
        users.run(HEAD, f"bob,Bob,Ray,E1,{city}")
    assert [each.after["city"] for each in _changes(users.site, "user", name="E1")] == ["Oslo", "Rome", "Paris"]


@pytest.mark.parametrize("name", ["E", "1", "E11", "e1", "E%", "", "idnumber", "Paris"])
def test_a_part_of_a_name_is_no_name(users, name):
    users.run(HEAD, "bob,Bob,Ray,E1,Paris")
    assert _changes(users.site, "user", name=name) == []


def test_what_was_refused_or_is_another_things_is_no_change(users):
    # Moodle refuses the first when it is sent: its password is against the policy.
    head = "username,firstname,lastname,email,idnumber,city,password"
    lines = "zoe,Zoe,Ott,zoe@example.org,E9,Rome,x", f"bob,Bob,Ray,{BOB['email']},E1,Paris,"
    assert users.codes(head, *lines) == ["error_create", "updated"]
    assert [_changes(users.site, "user", name=name) for name in ("E9", "E2")] == [[], []]
    assert _changes(users.site, "course", ids={"id": users.ids["bob"]}) == []


def test_an_enrolment_is_named_by_course_and_account(enrolments):
    head = "cmd,rolename,uid,cid"
    enrolments.run(head, "add,student,E2001,CHEM-101", "add,student,E2001,HIST-110", "add,teacher,E2002,CHEM-101")
    ids = {"courseid": enrolments.courses["HIST-110"], "userid": enrolments.users["E2001"]}
    assert [(each.line, each.after["roleid"]) for each in _changes(enrolments.site, "enrolment", ids=ids)] == [(3, 5)]
    enrolments.run(head, "del,,E2001,HIST-110")
    assert [each.verb for each in _changes(enrolments.site, "enrolment", ids=ids)] == ["unenrol", "enrol"]


def test_a_new_accounts_enrolment_is_found_by_the_number_it_got(users):
    users.sandbox.control.add_row("courses", fullname="Law", shortname="LAW")
    users.run("username,firstname,lastname,email,idnumber,course1,role1", "zoe,Zoe,Ott,zoe@example.org,E9,LAW,student")
    ids = {"userid": users.person("zoe")["id"]}
    assert [each.verb for each in _changes(users.site, "enrolment", ids=ids)] == ["enrol"]
    assert [each.verb for each in _changes(users.site, "user", ids={"id": ids["userid"]})] == ["create"]


def test_groups_and_memberships_are_found(members):
    members.by_hand("CHEM-101", "E2001")
    members.run("courseid,cmd,groupid,userid", "CHEM-101,add,LAB-A,E2001")
    (change,) = _changes(members.site, "member", ids={"userid": members.users["E2001"]})
    assert (change.verb, change.after["group"]) == ("join", "Lab A")
    assert [each.verb for each in _changes(members.site, "member", name="LAB-A")] == ["join"]


def test_who_approved_stands_beside_the_change(open_users):
    users = open_users(guards__users__update='{"count": 0}')
    users.site.put("userimport.csv", f"{HEAD}\nbob,Bob,Ray,E1,Paris\n")
    users.site.capture()
    held = users.site.run("users")["runs"][0]
    walk.decide(users.site.work, held["run_id"], approved=True, who="ines", reason="It is right")
    step = walk.plan(users.site.work, Request("users", answered=held["run_id"]))
    for each in (walk.gate, walk.apply, walk.close):
        each(users.site.work, step.run_id)
    (change,) = _changes(users.site, "user", name="E1")
    assert (change.approved_by, change.reason, change.approved_at is not None) == ("ines", "It is right", True)


def test_the_query_of_the_manual_gives_the_same(users):
    run = users.run(HEAD, "bob,Bob,Ray,E1,Paris")
    (query,) = re.findall(r"```sql\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    with users.site.work.ledger.read() as tx:
        (row,) = tx.execute(text(query), {"entity": "user", "id": users.ids["bob"]}).mappings()
    assert (row["run"], row["line"], row["verb"], row["file"]) == (run["run_id"], 2, "update", "userimport.csv")
