"""What rows of `group_members` come to, against a whole site."""

from collections import Counter
from dataclasses import replace

import pytest

HEAD = "cmd;courseid;groupid;userid"
ADD, DELETE = "core_group_add_group_members", "core_group_delete_group_members"


def test_every_line_of_the_sample_does_what_it_says(members):
    members.by_hand("CHEM-101", "E2001")
    assert members.sample("group_members.csv") == [
        (3, "member_added"),
        (4, "member_added memberships_cleared"),
        (5, "member_removed"),
        (6, "error_wrong_course"),
        (7, "error_unknown_group"),
        (8, "error_unknown_user"),
        (9, "error_not_enrolled"),
        (10, "error_missing_value"),
    ]
    assert members.held("CHEM-101") == {"zoe": "student"}


# Groups before; the row; its codes; groups after. All are in Lab A or Lab B by hand.
ROWS = [
    ("", "add;CHEM-101;LAB-A;{who}", "member_added", "Lab A"),
    ("Lab A", "add;CHEM-101;LAB-A;{who}", "unchanged", "Lab A"),
    ("Lab A", ";CHEM-101;LAB-B;{who}", "member_added", "Lab A+Lab B"),
    ("Lab A", "SHIFT;CHEM-101;LAB-B;{who}", "member_added", "Lab A+Lab B"),
    ("Lab A", "shift;CHEM-101;LAB-A;{who}", "unchanged", "Lab A"),
    ("Lab A", "del;CHEM-101;LAB-A;{who}", "member_removed", ""),
    ("Lab A", "del;CHEM-101;LAB-B;{who}", "skipped_not_member", "Lab A"),
    ("Lab A", "move;CHEM-101;LAB-B;{who}", "error_bad_command", "Lab A"),
    ("Lab A", "add;CHEM-101;READ-1;{who}", "error_wrong_course", "Lab A"),
    ("Lab A", "add;CHEM-101;;{who}", "error_missing_value", "Lab A"),
    ("Lab A", "add;NONE;LAB-A;{who}", "error_unknown_course", "Lab A"),
    ("Lab A", "del;HIST-110;READ-1;{who}", "skipped_not_member", "Lab A"),
    ("Lab A", "shift;HIST-110;READ-1;{who}", "error_not_enrolled", "Lab A"),
]


def test_what_a_row_does_to_who_is_there(members):
    names = [f"P{number:02}" for number in range(len(ROWS))]
    members.people({name: name.lower() for name in names})
    for who, (before, *_) in zip(names, ROWS, strict=True):
        members.by_hand("CHEM-101", who)
        if before:
            members.join("CHEM-101", before, who)
    told = members.codes(HEAD, *(row.format(who=who) for who, (_, row, *_) in zip(names, ROWS, strict=True)))
    assert told == [codes for _, _, codes, _ in ROWS]
    held = members.held("CHEM-101")
    assert [held[who.lower()].removeprefix("student").removeprefix(" | ") for who in names] == [
        after for *_, after in ROWS
    ]


def test_a_shift_takes_what_files_gave_and_leaves_what_others_gave(members):
    members.by_hand("CHEM-101", "E2001")
    members.group("CHEM-101", "Hand")
    members.join("CHEM-101", "Hand", "E2001")
    add, shift = "add;CHEM-101;LAB-A;E2001", "shift;CHEM-101;LAB-B;E2001"
    assert members.codes(HEAD, add) == ["member_added"]
    assert members.codes(HEAD, shift) == ["member_added memberships_cleared"]
    assert members.held("CHEM-101") == {"zoe": "student | Hand+Lab B"}
    members.calls()
    members.run(HEAD, shift)
    assert members.calls() == []
    assert members.codes(HEAD, add) == ["member_added"], "the shift had undone the row"
    assert members.codes(HEAD, shift) == ["memberships_cleared"], "the row had undone the shift"
    assert members.codes(HEAD, add) == ["member_added"]
    assert members.held("CHEM-101") == {"zoe": "student | Hand+Lab A+Lab B"}


def test_a_membership_that_was_ended_and_is_wanted_again_comes_again(members):
    members.by_hand("CHEM-101", "E2001")
    add = "add;CHEM-101;LAB-A;E2001"
    assert members.codes(HEAD, add) == ["member_added"]
    assert members.codes(HEAD, "del;CHEM-101;LAB-A;E2001") == ["member_removed"]
    assert members.codes(HEAD, add) == ["member_added"]


def test_a_file_without_the_column_of_courses_is_told_row_by_row(members):
    assert members.codes("groupid;userid", "LAB-A;E2001") == ["error_missing_value"]


@pytest.mark.parametrize("identity", ["name", "id"])
def test_groups_by_name_and_by_id(open_groups, identity):
    site = open_groups(group_members__group_identity=identity, group_members__user_identity="username").labs()
    site.command = "group_members"
    site.group("HIST-110", "Lab A")
    site.by_hand("HIST-110", "E2001")
    keys = {(one["courseid"], one["name"]): one["id"] for one in site.sandbox.control.rows("groups")}
    chem, hist = (keys[site.courses[course], "Lab A"] for course in ("CHEM-101", "HIST-110"))
    lines = [f"add;HIST-110;{'Lab A' if identity == 'name' else hist};ZOE"]
    lines += [f"add;HIST-110;{chem};zoe", f"add;CHEM-101;{chem};yan"] if identity == "id" else []
    assert site.codes(HEAD, *lines) == ["member_added", "error_wrong_course", "error_not_enrolled"][: len(lines)]
    assert site.held("HIST-110") == {"zoe": "student | Lab A"}


def test_the_same_group_twice_in_a_course_is_never_the_first(open_groups):
    site = open_groups(group_members__group_identity="name").labs()
    site.command = "group_members"
    site.group("CHEM-101", "Lab A")
    assert site.codes(HEAD, "add;CHEM-101;Lab A;E2001") == ["error_ambiguous"]


def test_five_hundred_members_of_twenty_groups_take_five_writes_and_unchanged_ones_no_call(members):
    people = {f"B{number}": f"b{number}" for number in range(25)}
    members.people(people)
    courses = [f"L-{number}" for number in range(4)]
    for name in courses:
        members.courses[name] = members.sandbox.control.add_row("courses", fullname=name, shortname=name)
        for number in range(5):
            members.group(name, f"G {number}", idnumber=f"G-{number}")
        for who in people:
            members.by_hand(name, who)
    rows = [f"add;{course};G-{number};{who}" for course in courses for number in range(5) for who in people]
    members.calls()
    assert members.run(HEAD, *rows)["counts"] == {"member_added": 500}
    assert Counter(members.calls()) == {
        ADD: 5,
        "core_course_get_courses_by_field": 5,
        "core_user_get_users_by_field": 1,
        "core_group_get_course_groups": 4,
        "core_enrol_get_enrolled_users": 4,
    }
    assert members.run(HEAD, *rows[1:], rows[0])["counts"] == {"unchanged": 500}
    assert members.calls() == []


# The write whose answer is lost, the row, and its codes.
LOST = [
    (ADD, "add;CHEM-101;LAB-A;E2001", "member_added"),
    (ADD, "shift;CHEM-101;LAB-B;E2001", "member_added memberships_cleared"),
    (DELETE, "shift;CHEM-101;LAB-A;E2001", "member_added memberships_cleared"),
    (DELETE, "del;CHEM-101;LAB-A;E2001", "member_removed"),
]


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_write_whose_answer_is_lost_is_looked_for_and_sent_again_only_if_it_was_not_done(members, when):
    members.site.work = replace(members.site.work, sleep=lambda _: None)
    members.by_hand("CHEM-101", "E2001")
    for function, row, codes in LOST:
        members.sandbox.control.drop_connection(of=function, when=when)
        assert members.codes(HEAD, row) == [codes]
        assert members.writes().count(function) == (1 if when == "after" else 2)
    assert members.held("CHEM-101") == {"zoe": "student"}


def test_a_membership_of_a_link_stays_and_the_row_names_the_reason(members):
    members.by_hand("CHEM-101", "E2001")
    members.join("CHEM-101", "Lab A", "E2001", component="enrol_meta")
    run = members.run(HEAD, "del;CHEM-101;LAB-A;E2001")
    assert members.rows(run["run_id"]) == [(2, "error_member")]
    assert "made by another enrolment method" in members.messages(run["run_id"])[0]


def test_many_ends_wait_for_a_person(open_groups):
    site = open_groups(guards__group_members__remove__count=0).labs()
    site.command = "group_members"
    site.by_hand("CHEM-101", "E2001")
    site.join("CHEM-101", "Lab A", "E2001")
    assert site.run(HEAD, "del;CHEM-101;LAB-A;E2001")["state"] == "held"
