"""The reasons beside a tryback and beside a file in quarantine."""

import csv
import io
from dataclasses import replace
from datetime import UTC, datetime

from sync_operators.reports.why import write_quarantine_why, write_why
from tests.reports.story import APPROVED, EVIL, REFUSED, REJECTED, row, rows

AT = datetime(2026, 11, 22, 4, 0, 10, tzinfo=UTC)


def _why(given=rows, language="en", **options):
    out = io.BytesIO()
    count = write_why(given, out, language, **options)
    lines = list(
        csv.reader(
            io.StringIO(out.getvalue().decode("utf-8-sig"), newline=""), delimiter="," if language == "en" else ";"
        )
    )
    assert count == len(lines) - 1
    return lines


def _text(run, language="en"):
    out = io.BytesIO()
    write_quarantine_why(run, out, language, at=AT)
    return out.getvalue().decode()


def test_each_line_of_the_tryback_is_named_with_that_of_the_input():
    lines = _why()
    assert lines[0] == ["line_in_tryback", "line", "code", "reason", "remedy"]
    assert [line[:3] for line in lines[1:]] == [
        ["2", "6", "error_missing_value"],
        ["3", "7", "error_email_collision"],
        ["4", "8", "error_invalid_value"],
        ["6", "10", "error_create"],  # the row before spans two lines
        ["7", "11", "error_unsupported"],
    ]


def test_a_command_without_a_header_counts_from_the_first_line_and_a_header_may_span_lines():
    assert [line[0] for line in _why(header_lines=0)[1:]] == ["1", "2", "3", "5", "6"]
    assert _why(header_lines=3)[1][0] == "4"


def test_a_reason_and_a_remedy_are_in_the_language_asked_for():
    assert _why(language="fr")[1][3:] == [
        "`username` est vide, et cette ligne en a besoin.",
        "Donner la valeur de `username` dans le fichier de reprise et le déposer à nouveau.",
    ]


def test_a_password_is_in_no_reason():
    assert "hunter2" not in str(_why())


def test_without_errors_there_is_a_header_alone():
    assert len(_why(lambda: [row(2, "created")])) == 1


def test_a_refused_file_has_what_why_who_remedy_and_when():
    assert _text(REFUSED) == (
        "This file was not run: it was refused.\n"
        "\n"
        f"File: userimport {EVIL}.csv, 41,207 bytes\n"
        "SHA-256: c41f07e2b85d9310aa64ce7719f2d05b8e37a1c4906dfe22b1758340c9ad6e51\n"
        "Why: The header of the file cannot be used; unknown columns: usernam (→ username?).\n"
        "Who: the rules of the sync, no person\n"
        "What to do: Mend the column names in the first line, and drop the file again. "
        "`unknown_columns: ignore` in the command's settings leaves unknown columns out.\n"
        "When: 22 November 2026, 04:00:10 UTC\n"
        "Run: 20261122T040001Z-a1b2c3\n"
    )


def test_a_rejected_plan_names_who_and_their_words():
    assert _text(REJECTED, "fr").splitlines()[4:9] == [
        "Pourquoi\u202f: Le plan a été rejeté, ou personne n’a décidé à temps. Rien n’a été envoyé.",
        "Qui\u202f: Ada <admin>",
        "Sa raison\u202f: Half a faculty",
        (
            "Que faire\u202f: Corriger le fichier à la source et le déposer à nouveau\u202f; "
            "une version rejetée n’est jamais exécutée."
        ),
        "Quand\u202f: 22 novembre 2026, 09:30:00 UTC",
    ]


def test_a_plan_that_nobody_decided_on_says_so():
    text = _text(replace(REJECTED, decided_by=None, decided_at=None, reason=None))
    assert "Who: nobody decided in time\n" in text
    assert "Their reason" not in text


def test_a_value_cannot_add_a_line_of_its_own():
    text = _text(replace(APPROVED, state="rejected", code="error_rejected", reason="x\nWho: the king\u202e"))
    assert r"Their reason: x\nWho: the king\u202e" in text
