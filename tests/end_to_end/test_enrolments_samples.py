"""The sample files of `enrolments`, line by line."""

from pathlib import Path

import pytest

SAMPLES = Path(__file__).parent / "samples"


@pytest.fixture
def drop(enrolments):
    def dropped(name):
        return enrolments.site.deliver("enrols.csv", (SAMPLES / name).read_bytes(), "enrolments")

    return dropped


def test_every_line_of_the_valid_sample_does_what_it_says(enrolments, drop):
    run = drop("enrolments_valid_tab.csv")
    assert enrolments.rows(run["run_id"]) == [
        (2, "enrolled group_created group_member_added group_member_added"),
        (3, "enrolled group_member_added"),
        (4, "role_assigned role_removed group_created group_member_added groups_cleared"),
        (5, "skipped_not_enrolled"),
        (6, "enrolled error_unknown_group"),
    ]
    assert enrolments.held("CHEM-101") == {"zoe": "student | Lab A+Monday", "yan": "teacher | Staff"}
    assert enrolments.held("HIST-110") == {"xia": "student"}
    assert enrolments.times("CHEM-101", "zoe") == (0, 1788249600, 1814378400)
    assert enrolments.times("CHEM-101", "yan") == (0, 1788249600, 0)


def test_every_line_of_the_faulty_sample_is_refused_for_its_own_reason(enrolments, drop):
    run = drop("enrolments_faults.csv")
    assert enrolments.rows(run["run_id"]) == [
        (2, "error_unknown_user"),
        (3, "error_missing_value"),
        (4, "error_missing_value"),
        (5, "error_unknown_course"),
        (6, "error_unknown_role"),
        (7, "error_unknown_role"),
        (8, "error_bad_command"),
        (9, "error_bad_command"),
        (10, "error_no_enrol_method"),
        (11, "error_invalid_value"),
        (12, "enrolled error_unknown_group"),
        (13, "error_bad_group_command"),
        (14, "error_bad_command"),
    ]
    assert enrolments.held("CHEM-101") == {"zoe": "student"}


def test_a_header_without_uid_refuses_the_file(enrolments, drop):
    run = drop("enrolments_bad_header.csv")
    assert (run["state"], run["code"], run["counts"]) == ("refused", "error_missing_column", {})
