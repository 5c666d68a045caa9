"""The cohort and the enrolment blocks of rows of `users`: the account first, each block a part of its own."""

from collections import Counter
from dataclasses import replace

import pytest
from sqlalchemy import select

from include.sandbox.moodle.contexts import SYSTEM
from sync_operators.ledger.tables import members_added

HEAD = "username;firstname;lastname;idnumber;email"
BLOCK = f"{HEAD};course1;role1;enrol1;start1;end1;group1"
TWO = f"{HEAD};course1;role1;course2;role2"
COHORT = f"{HEAD};cohort;cohortid"
NEW = "new;New;One;N1;new@example.org"
ZOE = "zoe;zoe;T;E2001;zoe@example.org"
CREATE, ENROL = "core_user_create_users", "enrol_manual_enrol_users"
GROUP, JOIN = "core_group_create_groups", "core_group_add_group_members"
COHORT_MADE, COHORT_JOIN = "core_cohort_create_cohorts", "core_cohort_add_cohort_members"


@pytest.fixture
def open_blocks(open_enrolments):
    """A site with three accounts and two courses, for files of `users`."""

    def opened(**settings):
        site = open_enrolments(**settings)
        site.run = lambda *lines, **wishes: site.site.deliver(
            "userimport.csv", "".join(f"{line}\n" for line in lines), "users", **wishes
        )
        return site

    return opened


@pytest.fixture
def blocks(open_blocks):
    return open_blocks()


# Who; the block; the codes of the row; what is in CHEM-101 then.
BLOCKS = {
    "a new account": (NEW, "CHEM-101;;;;;", "created enrolled", "student"),
    "with a role": (NEW, "CHEM-101;teacher;manual;;;", "created enrolled", "teacher"),
    "with a group": (NEW, "CHEM-101;;;;;Lab A", "created enrolled group_member_added", "student | Lab A"),
    "with a group that is missing": (
        NEW,
        "CHEM-101;;;;;Lab B",
        "created enrolled group_created group_member_added",
        "student | Lab B",
    ),
    "an account that is as wanted": (
        ZOE,
        "CHEM-101;;;;;Lab A",
        "enrolled group_member_added unchanged",
        "student | Lab A",
    ),
    "a course that is unknown": (NEW, "CHEM-9;;;;;", "created error_unknown_course", None),
    "a role that is unknown": (NEW, "CHEM-101;studnet;;;;", "created error_unknown_role", None),
    "a method that is missing": (NEW, "CHEM-101;;paypal;;;", "created error_no_enrol_method", None),
    "a method that nobody enrols by": (NEW, "CHEM-101;;self;;;", "created error_no_enrol_method", None),
    "an end before the start": (NEW, "CHEM-101;;;2026-09-02;2026-09-01;", "created error_invalid_value", None),
    "no course": (NEW, ";student;manual;;;Lab A", "created", None),
    "a group with a tag": (NEW, "CHEM-101;;;;;<b>x", "created enrolled error_group_create", "student"),
}  # fmt: skip


@pytest.mark.parametrize(("who", "block", "codes", "held"), BLOCKS.values(), ids=BLOCKS)
def test_what_a_block_comes_to_beside_its_account(blocks, who, block, codes, held):
    assert sorted(blocks.codes(BLOCK, f"{who};{block}")[0].split()) == sorted(codes.split())
    assert blocks.held("CHEM-101").get(who.partition(";")[0]) == held
    assert "new" in blocks.sandbox.control.people() or who == ZOE


def test_what_is_there_already_is_left_alone_and_a_second_file_takes_no_call(blocks):
    blocks.by_hand("CHEM-101", "E2001")
    blocks.join("CHEM-101", "Lab A", "E2001")
    line = f"{ZOE};CHEM-101;;;;;Lab A"
    assert blocks.codes(BLOCK, line, f"{NEW};CHEM-101;;;;;Lab A") == [
        "unchanged",
        "created enrolled group_member_added",
    ]
    blocks.calls()
    assert blocks.run(BLOCK, line, f"{NEW};CHEM-101;;;;;Lab A")["counts"] == {"unchanged": 2}
    assert blocks.calls() == []
    assert blocks.run(BLOCK, line, f"{NEW};CHEM-101;;;;;Lab A", mode="reconcile")["counts"] == {"unchanged": 2}
    assert blocks.writes() == []


def test_blocks_go_their_own_ways_and_a_bad_one_makes_the_row_come_again(blocks):
    line = f"{NEW};CHEM-9;student;HIST-110;teacher"
    run = blocks.run(TWO, line)
    assert blocks.rows(run["run_id"]) == [(2, "created enrolled error_unknown_course")]
    assert run["counts"] == {"error_unknown_course": 1}
    assert blocks.messages(run["run_id"]) == ["No course has this identifier: shortname `CHEM-9`."]
    assert (blocks.site.depot / run["tryback"]).read_text().splitlines() == [TWO, line]
    blocks.courses["CHEM-9"] = blocks.sandbox.control.add_row("courses", fullname="C", shortname="CHEM-9")
    assert blocks.codes(TWO, line) == ["enrolled unchanged unchanged"]
    assert (blocks.held("CHEM-9"), blocks.held("HIST-110")) == ({"new": "student"}, {"new": "teacher"})


def test_two_blocks_of_one_course_give_two_roles(blocks):
    assert blocks.codes(TWO, f"{NEW};CHEM-101;student;CHEM-101;teacher") == ["created enrolled role_assigned"]
    assert blocks.held("CHEM-101") == {"new": "student+teacher"}


def test_nobody_is_given_a_role_or_a_group_whose_enrolment_is_refused(blocks):
    head = f"{HEAD};course1;role1;course2;role2;group2"
    assert blocks.codes(head, f"{NEW};CHEM-101;user;CHEM-101;teacher;Lab B") == [
        "created error_enrol skipped_not_reached group_created skipped_not_reached"
    ]
    assert blocks.held("CHEM-101") == {}


def test_blocks_of_an_account_that_is_refused_are_not_reached(blocks):
    taken = "neu;New;One;N1;zoe@example.org"
    assert blocks.codes(BLOCK, f"{taken};CHEM-101;;;;;Lab B") == ["error_email_collision"]
    assert blocks.held("CHEM-101") == {}


def test_times_are_in_the_zone_of_the_site_and_sent_once(open_blocks):
    blocks = open_blocks(site__timezone="Europe/Paris")
    line = f"{NEW};CHEM-101;;;2026-09-01;1814378400;"
    assert blocks.codes(BLOCK, line) == ["created enrolled"]
    assert blocks.times("CHEM-101", "new") == (0, 1788213600, 1814378400)
    blocks.writes()
    assert blocks.codes(BLOCK, line, mode="reconcile") == ["unchanged"]
    assert blocks.writes() == []
    assert blocks.codes(BLOCK, f"{NEW};CHEM-101;;;2026-09-01;1814378401;") == ["enrolment_updated unchanged"]
    assert blocks.times("CHEM-101", "new") == (0, 1788213600, 1814378401)


@pytest.mark.parametrize(("identity", "value"), [("idnumber", "N-CHEM-101"), ("id", None), ("shortname", "CHEM-101")])
def test_courses_are_named_by_the_field_of_the_settings(open_blocks, identity, value):
    blocks = open_blocks(users__course_identity=identity)
    assert blocks.codes(TWO, f"{NEW};{value or blocks.courses['CHEM-101']};;;") == ["created enrolled"]


# -- cohorts ----------------------------------------------------------------------------------------------------

COHORTS = {
    "by name": ("First year;", "created member_added", {"Y1"}),
    "by idnumber": (";Y1", "created member_added", {"Y1"}),
    "made": ("Second year;Y2", "created cohort_created member_added", {"Y2"}),
    "unknown idnumber": (";Y9", "created error_unknown_cohort", set()),
    "made without an idnumber": ("Second year;", "created error_missing_value", set()),
    "an idnumber that is another's": ("Second year;Y1", "created error_conflict", set()),
    "one of two of a name": ("Twin;T2", "created member_added", {"T2"}),
    "two of a name": ("Twin;", "created error_ambiguous", set()),
    "none": (";", "created", set()),
}


@pytest.fixture
def cohorts(blocks):
    for name, idnumber in (("First year", "Y1"), ("Twin", "T1"), ("Twin", "T2")):
        blocks.sandbox.control.add_row("cohorts", name=name, idnumber=idnumber, contextid=SYSTEM)
    return blocks


def _in_cohorts(site, name):
    control = site.sandbox.control
    known, person = {one["id"]: one["idnumber"] for one in control.rows("cohorts")}, control.people()[name]["id"]
    return {known[one["cohortid"]] for one in control.rows("cohort_members") if one["userid"] == person}


@pytest.mark.parametrize(("cells", "codes", "held"), COHORTS.values(), ids=COHORTS)
def test_what_a_cohort_comes_to_beside_its_account(cohorts, cells, codes, held):
    assert sorted(cohorts.codes(COHORT, f"{NEW};{cells}")[0].split()) == sorted(codes.split())
    assert _in_cohorts(cohorts, "new") == held


def test_who_is_in_the_cohort_stays_and_a_cohort_is_made_once(cohorts):
    both = [f"{NEW};Second year;Y2", f"{ZOE};Second year;Y2"]
    assert cohorts.run(COHORT, *both)["counts"] == {"created": 1, "member_added": 1}
    assert cohorts.writes().count(COHORT_MADE) == 1
    assert cohorts.run(COHORT, *both, mode="reconcile")["counts"] == {"unchanged": 2}
    assert cohorts.writes() == []


# -- what is remembered -----------------------------------------------------------------------------------------


def _other(site, command, name, *lines):
    return site.site.deliver(name, "".join(f"{line}\n" for line in lines), command)


def test_a_course_that_is_deleted_and_made_anew_gets_the_enrolments_of_its_blocks_again(blocks):
    line = f"{NEW};CHEM-101;;;;;Lab A"
    blocks.run(BLOCK, line)
    _other(blocks, "courses_delete", "deletecourses.csv", "CHEM-101")
    blocks.courses["CHEM-101"] = blocks.sandbox.control.add_row("courses", fullname="C", shortname="CHEM-101")
    assert blocks.codes(BLOCK, line) == ["enrolled group_created group_member_added unchanged"]
    assert blocks.held("CHEM-101") == {"new": "student | Lab A"}


@pytest.mark.parametrize(
    ("command", "name", "lines"),
    [
        ("enrolments", "enrols.csv", ["cmd;uid;cid;rolename", "del;N1;CHEM-101;"]),
        ("enrolments", "enrols.csv", ["cmd;uid;cid;rolename;gcmd;g1", "add;N1;CHEM-101;student;gdel;Lab B"]),
        ("cohorts", "cohorts.csv", ["cmd;cidnumber", "del;Y2"]),
        ("cohorts", "cohorts.csv", ["cmd;cidnumber;userid", "del;Y2;N1"]),
    ],
)
def test_what_another_command_undoes_is_done_again(blocks, command, name, lines):
    head, line = f"{BLOCK};cohort;cohortid", f"{NEW};CHEM-101;;;;;Lab B;Second year;Y2"
    blocks.run(head, line)
    assert blocks.run(head, line)["counts"] == {"unchanged": 1}
    _other(blocks, command, name, *lines)
    assert "unchanged" not in blocks.run(head, line)["counts"]
    assert blocks.held("CHEM-101") == {"new": "student | Lab B"}
    assert _in_cohorts(blocks, "new") == {"Y2"}


def test_memberships_of_blocks_are_ours(blocks):
    blocks.run(BLOCK, f"{NEW};CHEM-101;;;;;Lab B", f"{ZOE};CHEM-101;;;;;Lab A")
    ours = {(one.course_id, one.group_id, one.user_id) for one in _members_added(blocks)}
    groups = {one["name"]: one["id"] for one in blocks.sandbox.control.rows("groups")}
    course, new = blocks.courses["CHEM-101"], blocks.sandbox.control.people()["new"]["id"]
    assert ours == {(course, groups["Lab B"], new), (course, groups["Lab A"], blocks.users["E2001"])}


def _members_added(site):
    with site.site.work.ledger.read() as tx:
        return list(tx.execute(select(members_added)))


def test_a_simulation_says_what_would_be_and_writes_nothing(blocks):
    run = blocks.run(f"{BLOCK};cohort;cohortid", f"{NEW};CHEM-101;;;;;Lab B;Second year;Y2", simulate=True)
    assert run["counts"] == {"created": 1}
    assert blocks.writes() == []


def test_blocks_are_counted_by_the_guard_of_creations(open_blocks):
    blocks = open_blocks(guards__users__create__count=2)
    assert blocks.run(BLOCK, f"{NEW};CHEM-101;;;;;Lab B")["state"] == "held"
    assert blocks.writes() == []


# -- calls, and answers that are lost ----------------------------------------------------------------------------


def test_a_thousand_new_accounts_with_a_block_each_over_twenty_courses_take_ten_enrolling_writes_at_most(blocks):
    for number in range(20):
        name = f"L-{number}"
        blocks.courses[name] = blocks.sandbox.control.add_row("courses", fullname=name, shortname=name)
    rows = [f"b{n};B;B;B{n};b{n}@example.org;L-{n % 20};;;;;" for n in range(1000)]
    blocks.calls()
    assert blocks.run(BLOCK, *rows)["counts"] == {"created": 1000}
    calls = Counter(blocks.calls())
    assert calls[ENROL] <= 10
    assert calls["core_enrol_get_enrolled_users"] == 0, "nobody can be in a course before there is an account"
    assert calls["core_course_get_courses_by_field"] <= 22
    assert blocks.run(BLOCK, *rows)["counts"] == {"unchanged": 1000}
    assert blocks.calls() == []


@pytest.mark.parametrize("function", [CREATE, ENROL, GROUP, JOIN, COHORT_MADE, COHORT_JOIN])
@pytest.mark.parametrize("fault", ["cut", "drop_connection"])
def test_a_write_whose_answer_is_lost_is_looked_for_and_not_sent_again(blocks, function, fault):
    blocks.site.work = replace(blocks.site.work, sleep=lambda _: None)
    getattr(blocks.sandbox.control, fault)(of=function, **({} if fault == "cut" else {"when": "after"}))
    head = f"{BLOCK};cohort;cohortid"
    assert sorted(blocks.codes(head, f"{NEW};CHEM-101;;;;;Lab B;Second year;Y2")[0].split()) == [
        "cohort_created", "created", "enrolled", "group_created", "group_member_added", "member_added",
    ]  # fmt: skip
    assert blocks.writes().count(function) == 1
    assert blocks.held("CHEM-101") == {"new": "student | Lab B"}
