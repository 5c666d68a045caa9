"""What is said of a row, of its parts, and of the run."""

from dataclasses import replace

from sync_operators.codes import Kind
from sync_operators.reports.facts import RowOutcome
from tests.reports.story import ERRORS, REJECTED, ROWS, RUN, row


def test_the_rows_read_are_the_sum_of_the_counts_and_errors_are_counted_by_code():
    assert RUN.rows == 394
    assert RUN.counted(Kind.ERROR) == len(ERRORS) == 5


def test_rows_that_are_unchanged_or_only_planned_changed_nothing():
    assert RUN.changed == 6
    assert replace(RUN, counts={"planned": 3, "unchanged": 2, "created": 1, "error_create": 1}).changed == 1


def test_a_run_that_has_not_ended_has_no_length():
    assert RUN.seconds == 8.25
    assert replace(RUN, ended=None).seconds is None


def test_a_row_is_quiet_only_when_it_is_unchanged_without_a_warning():
    quiet = [one.line for one in ROWS if one.quiet]
    assert quiet == [15]


def test_the_reason_of_a_row_holds_every_fault_once_and_no_password():
    faulty = next(one for one in ROWS if one.line == 8)
    assert faulty.reason("en") == (
        "`email` has a value that is not allowed: `\u202egnp.exe\u202c`: not an e-mail address. "
        "`city` has a value that is not allowed; at most 120 characters. `password` has a value that is not allowed."
    )


def test_details_leave_out_what_the_message_says_and_parts_that_went_well():
    partly = next(one for one in ROWS if one.code == "error_unsupported")
    assert partly.details("en") == []
    assert next(one for one in ROWS if one.line == 5).details("en") == [
        "The e-mail address `new@example.org` differs from the stored one, which was kept."
    ]


def test_a_warning_beside_an_error_does_not_take_the_arguments_of_the_error():
    one = row(2, "error_missing_value", args={"column": "email"}, warnings=["warn_not_stored"])
    assert one.details("en") == ["Moodle did not store the value."]


def test_the_remedies_of_a_row_are_those_of_its_code_and_its_warnings():
    one = row(2, "error_missing_value", args={"column": "email"}, warnings=["warn_duplicate_row"])
    assert one.remedies("en") == (
        "Give the value of `email` in the tryback, and drop that file again. "
        "Send each key once: of differing values the last row's remain."
    )


def test_a_row_of_a_zip_has_no_lines_and_counts_as_one():
    assert RowOutcome(None, None, "E1.png", "created", Kind.OK, {}, {}).lines == 1
    assert row(3, "created", last_line=5).lines == 3


def test_what_is_said_of_the_file_as_a_whole_comes_from_the_code_of_the_run():
    assert (RUN.message("en"), RUN.remedy("en")) == (None, None)
    run = replace(REJECTED, args={"who": "Ada", "reason": "too many"})
    assert (
        run.message("fr")
        == "Le plan a été rejeté, ou personne n’a décidé à temps\u202f: Ada\u202f: too many. Rien n’a été envoyé."
    )
    assert RUN.warning("warn_password_unknown", "en") == "Accounts created with a random password that nobody knows: 2."
