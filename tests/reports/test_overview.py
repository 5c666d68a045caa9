"""The table of a whole DAG run: what somebody sees who has never seen it."""

import pytest

from sync_operators.reports.overview import overview


def run(command, file, state, **counts):
    return {"command": command, "file": file, "state": state, "code": None, "counts": counts}


EXPORT = [
    run(
        "courses_create", "uploadcourses.csv", "done_with_errors", created=8, category_created=2, error_invalid_value=3
    ),
    run("enrolments", "enrols.csv", "done", enrolled=100, unchanged=20, skipped_not_enrolled=1),
]


def test_a_line_for_each_command_says_what_became_of_its_rows():
    assert overview(EXPORT) == [
        "command         file               rows  changed  unchanged  skipped  in error  state",
        "courses_create  uploadcourses.csv    13       10          0        0         3  done_with_errors",
        "enrolments      enrols.csv          121      100         20        1         0  done",
        "Rows: 110 changed, 20 unchanged, 1 skipped, 3 in error.",
    ]


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        ({"unchanged": 92}, "Nothing was changed in Moodle. Rows: 92 unchanged."),
        ({"unchanged": 9, "error_unknown_user": 1}, "Nothing was changed in Moodle. Rows: 9 unchanged, 1 in error."),
        ({"unchanged": 9, "reset_partial": 1}, "Rows: 1 changed, 9 unchanged."),
        ({}, "Nothing was changed in Moodle. Rows: none."),
    ],
)
def test_a_run_that_changed_nothing_says_so_first(counts, said):
    assert overview([run("users", "userimport.csv", "done", **counts)])[-1] == said


def test_what_is_only_planned_has_a_column_of_its_own():
    header, line, said = overview([run("users_delete", "userdelete.csv", "held", planned=30)])
    assert (header.split()[3], line.split()[2:4], said) == (
        "planned", ["30", "30"], "Nothing was changed in Moodle. Rows: 30 planned.",
    )  # fmt: skip


def test_a_file_that_cannot_be_run_says_why():
    refused = run("users", None, "refused") | {"code": "error_no_file"}
    assert overview([refused])[1].split() == ["users", "–", "0", "0", "0", "0", "0", "refused", "(error_no_file)"]


def test_without_a_file_there_is_no_table():
    assert overview([]) == ["No command had a file."]
