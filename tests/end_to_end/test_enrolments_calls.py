"""How few calls `enrolments` takes, and that no write is made twice when its answer is lost."""

from collections import Counter
from dataclasses import replace

import pytest

HEAD = "cmd;uid;cid;rolename;gcmd;g1"
ENROL, UNENROL = "enrol_manual_enrol_users", "enrol_manual_unenrol_users"
ASSIGN, UNASSIGN = "core_role_assign_roles", "core_role_unassign_roles"
GROUP, JOIN, LEAVE = "core_group_create_groups", "core_group_add_group_members", "core_group_delete_group_members"


@pytest.fixture
def large(enrolments):
    """Fifty accounts and twenty courses, and a file of the thousand enrolments between them."""
    people = {f"B{number}": f"b{number}" for number in range(50)}
    enrolments.people(people)
    courses = [f"L-{number}" for number in range(20)]
    for name in courses:
        enrolments.courses[name] = enrolments.sandbox.control.add_row("courses", fullname=name, shortname=name)
    return enrolments, [f"add;{who};{course};student;;" for who in people for course in courses]


def test_a_thousand_enrolments_take_ten_writes_and_unchanged_ones_no_call(large):
    site, rows = large
    site.calls()
    assert site.run(HEAD, *rows)["counts"] == {"enrolled": 1000}
    calls = Counter(site.calls())
    assert calls[ENROL] == 10
    # All accounts at once, by halves; courses one by one, their methods at once.
    assert calls - Counter({ENROL: 10}) == {
        "core_user_get_users_by_field": 2,
        "core_course_get_courses_by_field": 21,
        "core_enrol_get_enrolled_users": 20,
    }
    assert site.run(HEAD, *rows)["counts"] == {"unchanged": 1000}
    assert site.calls() == []
    assert site.run(HEAD, *rows[:-1], "add;B49;L-19;teacher;;")["counts"] == {"unchanged": 999, "role_assigned": 1}
    assert Counter(site.calls())["core_enrol_get_enrolled_users"] == 2, "one course, and who is in force there"


def test_a_thousand_unchanged_enrolments_are_compared_in_forty_looks(large):
    site, rows = large
    site.run(HEAD, *rows)
    site.calls()
    assert site.run(HEAD, *rows, mode="reconcile")["counts"] == {"unchanged": 1000}
    assert Counter(site.calls())["core_enrol_get_enrolled_users"] == 40


# What is there; the row; the write whose answer is lost; its codes; what is there then.
LOST = {
    "enrol": ("", "add;E2001;CHEM-101;student;;", ENROL, "enrolled", "student"),
    "assign": ("teacher", "add;E2001;CHEM-101;student;;", ASSIGN, "role_assigned", "student+teacher"),
    "unassign": ("student", "shift;E2001;CHEM-101;teacher;;", UNASSIGN, "role_assigned role_removed", "teacher"),
    "unenrol": ("student", "del;E2001;CHEM-101;;;", UNENROL, "unenrolled", None),
    "group": (
        "student",
        "add;E2001;CHEM-101;student;gaddcreate;New",
        GROUP,
        "group_created group_member_added unchanged",
        "student | Lab A+New",
    ),
    "join": (
        "student",
        "add;E2001;CHEM-101;student;gadd;Lab B",
        JOIN,
        "group_member_added unchanged",
        "student | Lab A+Lab B",
    ),
    "leave": ("student", "add;E2001;CHEM-101;student;gdel;Lab A", LEAVE, "group_member_removed unchanged", "student"),
    "clear": (
        "student",
        "add;E2001;CHEM-101;student;greplace;Lab B",
        LEAVE,
        "group_member_added groups_cleared unchanged",
        "student | Lab B",
    ),
}


@pytest.mark.parametrize("fault", ["cut", "drop_connection"])
@pytest.mark.parametrize(("there", "row", "function", "codes", "after"), LOST.values(), ids=LOST)
def test_a_write_whose_answer_is_lost_is_looked_for_and_not_sent_again(
    enrolments, there, row, function, codes, after, fault
):
    enrolments.site.work = _sleepless(enrolments.site.work)
    enrolments.group("CHEM-101", "Lab B")
    if there:
        enrolments.by_hand("CHEM-101", "E2001", {"student": 5, "teacher": 4}[there])
        if there == "student":
            enrolments.join("CHEM-101", "Lab A", "E2001")
    when = {} if fault == "cut" else {"when": "after"}
    getattr(enrolments.sandbox.control, fault)(of=function, **when)
    if function == UNASSIGN:
        after = "teacher | Lab A"
    assert enrolments.codes(HEAD, row) == [codes]
    assert enrolments.writes().count(function) == 1
    assert enrolments.held("CHEM-101").get("zoe") == after


@pytest.mark.parametrize("function", [ENROL, UNENROL])
def test_a_write_that_never_came_through_is_sent_again(enrolments, function):
    enrolments.site.work = _sleepless(enrolments.site.work)
    enrolments.by_hand("CHEM-101", "E2002")
    enrolments.sandbox.control.drop_connection(of=function)
    assert enrolments.codes(HEAD, "add;E2001;CHEM-101;student;;", "del;E2002;CHEM-101;;;") == ["enrolled", "unenrolled"]
    assert enrolments.writes().count(function) == 2
    assert enrolments.held("CHEM-101") == {"zoe": "student"}


def test_times_whose_answer_is_lost_are_sent_again_because_moodle_never_tells_them(enrolments):
    enrolments.site.work = _sleepless(enrolments.site.work)
    enrolments.by_hand("CHEM-101", "E2001")
    enrolments.sandbox.control.cut(of=ENROL)
    assert enrolments.codes("uid;cid;rolename;endtime", "E2001;CHEM-101;student;2000000000") == ["enrolment_updated"]
    assert enrolments.writes() == [ENROL, ENROL]
    assert enrolments.times("CHEM-101", "zoe") == (0, 0, 2_000_000_000)


def _sleepless(work):
    return replace(work, sleep=lambda _: None)


def test_one_refused_row_of_many_costs_a_few_calls_and_stands_alone(large):
    site, rows = large
    site.calls()
    counts = site.run(HEAD, *rows[:99], "add;B49;L-19;user;;")["counts"]
    assert counts == {"enrolled": 99, "error_enrol": 1}
    assert Counter(site.calls())[ENROL] <= 15
