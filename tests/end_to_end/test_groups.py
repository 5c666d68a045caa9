"""What rows of `groups` come to, against a whole site."""

from collections import Counter
from dataclasses import replace

import pytest

ADD = "type;courseid;name;idnumber;description;grouping;selfgrouping"
UPDATE = "type;courseid;updateid;name;idnumber;description"


def test_every_line_of_the_valid_sample_does_what_it_says(groups):
    assert groups.sample("groups_valid.csv") == [
        (2, "grouping_created"),
        (3, "group_created grouping_bound"),
        (4, "group_created grouping_bound"),
        (5, "group_created grouping_created grouping_bound"),
    ]
    assert groups.there("CHEM-101") == {"Lab A": ["Labs"], "Lab B": ["Labs"]}
    assert groups.there("HIST-110") == {"Readers": ["Readers"]}
    assert groups.fields("groups", "Lab A") == ("LAB-A", "Room 12, mornings")
    assert groups.fields("groupings", "Labs") == ("GP-LABS", "All lab groups")
    assert groups.fields("groupings", "Readers") == ("READ-1", "")
    assert Counter(groups.writes()) == {
        "core_group_create_groupings": 1,
        "core_group_create_groups": 1,
        "core_group_assign_grouping": 1,
    }


def test_the_same_file_again_costs_no_call_and_compared_all_the_same_no_write(groups):
    groups.sample("groups_valid.csv")
    groups.calls()
    groups.sample("groups_valid.csv")
    assert groups.calls() == []
    lines = ["grouping;CHEM-101;Labs;GP-LABS;;;", "group;CHEM-101;Lab A;LAB-A;;GP-LABS;1"]
    assert groups.codes(ADD, *lines) == ["unchanged", "grouping_created grouping_bound"]
    assert groups.codes(ADD, *lines, mode="reconcile") == ["unchanged", "unchanged"]


def test_every_line_of_the_sample_of_changes_does_what_it_says(groups):
    groups.labs()
    groups.grouping("CHEM-101", "Labs", idnumber="GP-LABS", description="All lab groups")
    assert groups.sample("groups_update_faults.csv") == [
        (2, "group_updated"),
        (3, "error_wrong_course"),
        (4, "error_unknown_course"),
        (5, "error_missing_value"),
        (6, "grouping_updated"),
    ]
    assert groups.fields("groups", "Lab A (moved)") == ("LAB-A", "Room 21")
    assert groups.fields("groupings", "Laboratories") == ("GP-LABS", "All lab groups")
    assert groups.there("HIST-110") == {"Readers": []}


# A row that makes, and what it comes to.
ROWS = [
    ("group;CHEM-101;Lab A;;;;", "unchanged"),
    ("group;CHEM-101;Other name;LAB-A;other;;", "unchanged"),
    ("group;CHEM-101;Lab A;LAB-X;;;", "error_group_create"),
    ("group;HIST-110;Lab A;LAB-A;;;", "group_created"),
    (";CHEM-101;R&D;;;;", "group_created"),
    ("GROUP;CHEM-101;R&D;;;;", "unchanged"),
    ("group;CHEM-101;C;;;NONE;", "group_created error_unknown_grouping"),
    ("group;CHEM-101;Lab B;;;NONE;", "error_unknown_grouping unchanged"),
    ("group;CHEM-101;Lab B;;;GP;yes", "grouping_created grouping_bound grouping_bound"),
    ("group;CHEM-101;Lab B;;;GP;0", "unchanged"),
    ("grouping;CHEM-101;Set;;;;", "unchanged"),
    ("grouping;CHEM-101;Set 2;GP;;;", "error_grouping_create"),
    ("grouping;HIST-110;Set;GP;;;", "grouping_created"),
    ("group;CHEM-101;D;;;;perhaps", "error_invalid_value"),
    ("set;CHEM-101;D;;;;", "error_invalid_value"),
    ("group;CHEM-101;<b>;;;;", "error_invalid_value"),
    ("group;CHEM-101;;LAB-D;;;", "error_missing_value"),
    ("group;NONE;D;;;;", "error_unknown_course"),
]


def test_what_a_row_makes_beside_what_is_there(groups):
    groups.labs()
    groups.grouping("CHEM-101", "Set", idnumber="GP")
    assert groups.codes(ADD, *(row for row, _ in ROWS)) == [codes for _, codes in ROWS]
    assert groups.there("CHEM-101") == {"C": [], "Lab A": [], "Lab B": ["Lab B", "Set"], "R&D": []}
    assert groups.fields("groupings", "Lab B") == ("", "")


# A row that changes, and what it comes to.
CHANGES = [
    ("group;CHEM-101;LAB-A;Lab A;;", "unchanged"),
    ("group;CHEM-101;LAB-A;Lab A;LAB-N;", "group_updated"),
    ("group;CHEM-101;LAB-A;Lab A;LAB-N;new", "group_updated"),
    ("group;CHEM-101;LAB-B;Lab A;;", "error_group_update"),
    ("group;CHEM-101;LAB-B;Lab B;LAB-N;", "error_group_update"),
    ("group;CHEM-101;LAB-C;Lab C;;", "group_created"),
    ("group;CHEM-101;LAB-C;Lab D;;", "group_updated"),
    ("group;CHEM-101;;Lab A;;", "unchanged"),
    ("grouping;CHEM-101;GP;Set;GP-N;", "unchanged"),
    ("grouping;CHEM-101;GP;Sets;GP-N;all", "grouping_updated"),
    ("grouping;HIST-110;GP;Sets;;", "error_wrong_course"),
    ("grouping;HIST-110;GP-H;Sets;;", "grouping_created"),
]


def test_what_a_row_with_updateid_changes(groups):
    groups.labs()
    groups.grouping("CHEM-101", "Set", idnumber="GP")
    assert groups.codes(UPDATE, *(row for row, _ in CHANGES)) == [codes for _, codes in CHANGES]
    assert groups.there("CHEM-101") == {"Lab A": [], "Lab B": [], "Lab D": []}
    assert groups.fields("groups", "Lab A") == ("LAB-N", "new")
    assert groups.fields("groups", "Lab D") == ("LAB-C", "")
    told = [(one["name"], one["idnumber"], one["description"]) for one in groups.sandbox.control.rows("groupings")]
    assert told[-2:] == [("Sets", "GP", "all"), ("Sets", "GP-H", "")]


@pytest.mark.parametrize("clears", [False, True])
def test_an_empty_description_clears_only_where_the_settings_say_so(open_groups, clears):
    site = open_groups(empty_clears=clears).labs()
    assert site.codes(UPDATE, "group;CHEM-101;LAB-A;Lab A;;") == ["group_updated" if clears else "unchanged"]
    assert site.fields("groups", "Lab A") == ("LAB-A", "" if clears else "Room 12")


def test_groups_by_name(open_groups):
    site = open_groups(group_identity="name", grouping_identity="name", course_identity="idnumber").labs()
    lines = ["group;N-CHEM-101;Lab A;Lab Z;;", "grouping;N-CHEM-101;New;New;;", "group;N-HIST-110;Lab B;Lab B;;"]
    run = site.run(UPDATE, *lines)
    assert site.rows(run["run_id"]) == [(2, "group_updated"), (3, "grouping_created"), (4, "group_created")]
    assert [each.warnings for each in site.entries(run["run_id"])] == [(), ("warn_no_idnumber",), ()]
    assert site.codes(UPDATE, *lines, mode="reconcile") == ["unchanged"] * 3


def test_groups_by_id_are_never_made(open_groups):
    site = open_groups(group_identity="id").labs()
    (key,) = [one["id"] for one in site.sandbox.control.rows("groups") if one["name"] == "Lab B"]
    rows = [f"group;CHEM-101;{key};Lab Y;;", f"group;HIST-110;{key};Lab X;;", "group;CHEM-101;987654;Lab X;;"]
    assert site.codes(UPDATE, *rows) == ["group_updated", "error_wrong_course", "error_unknown_group"]


def test_a_name_that_one_row_frees_is_taken_by_the_next(groups):
    groups.labs()
    lines = ["group;CHEM-101;LAB-A;Lab C;;", "group;CHEM-101;LAB-B;Lab A;;", "group;CHEM-101;LAB-N;Lab B;;"]
    assert groups.codes(UPDATE, *lines) == ["group_updated", "group_updated", "group_created"]
    assert groups.fields("groups", "Lab A")[0] == "LAB-B"


# The write whose answer is lost; the header, the row and its codes.
LOST = [
    ("core_group_create_groups", ADD, "group;CHEM-101;N;;;;", "group_created"),
    ("core_group_create_groupings", ADD, "grouping;CHEM-101;N;;;;", "grouping_created"),
    ("core_group_assign_grouping", ADD, "group;CHEM-101;N;;;GP;", "group_created grouping_bound"),
    ("core_group_assign_grouping", ADD, "group;CHEM-101;N;;;;1", "group_created grouping_created grouping_bound"),
    ("core_group_assign_grouping", ADD, "group;CHEM-101;Lab A;;;GP;", "grouping_bound"),
    ("core_group_assign_grouping", ADD, "group;CHEM-101;Lab A;;;;1", "grouping_created grouping_bound"),
    ("core_group_update_groups", UPDATE, "group;CHEM-101;LAB-A;N;;x & y", "group_updated"),
    ("core_group_update_groupings", UPDATE, "grouping;CHEM-101;GP;N;;x", "grouping_updated"),
]


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_write_whose_answer_is_lost_is_looked_for_and_sent_again_only_if_it_was_not_done(groups, when):
    groups.site.work = replace(groups.site.work, sleep=lambda _: None)
    groups.labs()
    groups.grouping("CHEM-101", "Set", idnumber="GP")
    for number, (function, header, row, codes) in enumerate(LOST):
        groups.sandbox.control.drop_connection(of=function, when=when)
        assert groups.codes(header, row.replace(";N;", f";N{number};")) == [codes]
        assert groups.writes().count(function) == (1 if when == "after" else 2)
    assert groups.there("CHEM-101")["Lab B"] == []


def test_a_simulation_says_what_would_be_and_writes_nothing(groups):
    groups.labs()
    run = groups.run(ADD, "group;CHEM-101;N;;;;1", simulate=True)
    assert (run["state"], run["counts"]) == ("simulated", {"group_created": 1})
    assert groups.writes() == []


def test_many_changes_wait_for_a_person(open_groups):
    site = open_groups(guards__groups__update__count=1).labs()
    lines = ["group;CHEM-101;LAB-A;Lab 1;;", "group;CHEM-101;LAB-B;Lab 2;;"]
    assert (site.run(UPDATE, *lines)["state"], sorted(site.there("CHEM-101"))) == ("held", ["Lab A", "Lab B"])
