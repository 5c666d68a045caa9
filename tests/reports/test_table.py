"""The CSV opens well in a spreadsheet, and does nothing there."""

import csv
import io

import pytest

from sync_operators.reports.table import COLUMNS, safe_cell, write_csv
from tests.reports.story import RUN, row, rows, written


def _table(language="en", separator=",", **options):
    data = written(write_csv, language=language, **options)
    assert data.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline=""), delimiter=separator))


def test_a_line_for_each_row_that_is_not_unchanged():
    assert [int(line["line"]) for line in _table()] == [one.line for one in rows() if one.line != 15]
    assert len(_table(list_unchanged=True)) == len(list(rows()))


def test_the_separator_is_the_one_of_the_language_so_that_a_double_click_opens_it_in_columns():
    assert _table("fr", ";")[0]["message"] == "Création effectuée."
    assert written(write_csv).splitlines()[0] == b"\xef\xbb\xbf" + ",".join(COLUMNS).encode()
    assert written(write_csv, language="fr").splitlines()[0] == b"\xef\xbb\xbf" + ";".join(COLUMNS).encode()


def test_a_row_is_told_whole():
    assert _table()[8 - 3] == {
        "line": "8",
        "last_line": "9",
        "entry": "",
        "kind": "error",
        "code": "error_invalid_value",
        "key": "idnumber==cmd|' /C calc'!A0, username=Zoë 👩‍🔬 𝒜",
        "message": r"`email` has a value that is not allowed: `\u202egnp.exe\u202c`: not an e-mail address.",
        "details": "`city` has a value that is not allowed; at most 120 characters. "
        "`password` has a value that is not allowed.",
        "remedy": "Mend the value of `email` in the tryback, and drop that file again.",
        "moodle": "",
        "warnings": "",
    }


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("+33 1", "'+33 1"),
        ("-2", "'-2"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", r"'\t=1"),
        ("\r=1", r"'\r=1"),
        ("\n=1", r"'\n=1"),
        ("＝1+1", "'＝1+1"),
        ("a=1", "a=1"),
        ("", ""),
        (None, None),
        (-7, -7),
    ],
)
def test_a_cell_that_would_start_a_formula_is_text(value, cell):
    assert safe_cell(value) == cell


def test_each_row_is_one_line_however_its_values_look():
    one = row(2, "created", {"username": 'a"b,c;d\ne'})
    data = written(write_csv, given=lambda: [one])
    assert len(data.splitlines()) == 2
    assert rb'"username=a""b,c;d\ne"' in data


def test_a_password_is_in_no_cell():
    assert b"hunter2" not in written(write_csv, RUN)


def test_the_file_is_left_open_for_whoever_opened_it():
    out = io.BytesIO()
    write_csv(RUN, rows, out, "en")
    assert not out.closed
