"""The JSON Lines report keeps its contract."""

import json
from dataclasses import replace

from sync_operators.reports.jsonl import write_jsonl
from tests.reports.story import ARABIC, EMOJI, FORMULA, REFUSED, RUN, no_rows, row, written


def _lines(*args, **options):
    text = written(write_jsonl, *args, **options).decode()
    assert text.endswith("\n")
    return [json.loads(line) for line in text.splitlines()]


def test_the_first_line_is_the_run():
    assert _lines()[0] == {
        "type": "run",
        "run_id": "20261122T040001Z-a1b2c3",
        "dag_run_id": "scheduled__2026-11-22T04:00:00+00:00",
        "dag_id": "sync_users",
        "command": "users",
        "file": RUN.file,
        "sha256": RUN.sha256,
        "bytes": 41_207,
        "dialect": {"encoding": "utf-8", "bom": True, "separator": ";", "line_end": "\r\n", "comment": "#"},
        "mode": "delta",
        "simulate": False,
        "correlation_id": "ERP-2026/47",
        "started": "2026-11-22T04:00:01Z",
        "state": "done_with_errors",
        "code": None,
        "message": None,
        "remedy": None,
        "warnings": {"warn_passwords_in_file": 1, "warn_password_unknown": 2},
    }


def test_a_refused_file_has_its_code_message_and_remedy_and_no_rows():
    first, last = _lines(REFUSED, given=no_rows)
    assert first["code"] == "error_bad_header"
    assert first["message"] == "The header of the file cannot be used; unknown columns: usernam (→ username?)."
    assert first["remedy"].startswith("Mend the column names in the first line")
    assert last["counts"] == {}


def test_a_decided_run_says_by_whom_when_and_why():
    decided = replace(RUN, decided_by="ann", decided_at=RUN.started, reason="left in June")
    assert _lines(decided)[0]["decision"] == {"by": "ann", "at": "2026-11-22T04:00:01Z", "reason": "left in June"}


def test_the_last_line_holds_the_sums():
    last = _lines()[-1]
    beside = ["warning_counts", "undo", "not_undoable", "before_unknown"]
    assert list(last) == ["type", "counts", "calls", "spent", "seconds", *beside]
    assert (last["type"], last["counts"], last["calls"]) == ("summary", RUN.counts, RUN.calls)
    assert last["spent"] == RUN.spent
    assert (last["seconds"], last["warning_counts"]) == (8.25, {"warn_email_protected": 2, "warn_duplicate_row": 1})
    assert _lines(replace(RUN, ended=None))[-1]["seconds"] is None


def test_a_plain_row_has_these_keys_and_no_others():
    assert _lines()[1] == {
        "type": "row",
        "line": 2,
        "code": "created",
        "kind": "ok",
        "key": {"idnumber": "E2001", "username": "nora.lind"},
        "message": "Created.",
        "remedy": None,
        "moodle": None,
    }


def test_a_row_over_several_lines_says_its_last_one():
    assert [(one["line"], one["last_line"]) for one in _lines()[1:-1] if "last_line" in one] == [(3, 4), (8, 9)]


def test_an_entry_of_a_zip_has_its_name_and_no_line():
    one = row(1, "created")._replace(line=None, last_line=None, entry="first/E1.png")
    assert {name: _lines(given=lambda: [one])[1][name] for name in ("line", "entry")} == {
        "line": None,
        "entry": "first/E1.png",
    }
    assert "last_line" not in _lines(given=lambda: [one])[1]


def test_a_row_in_parts_lists_them_all_and_has_the_worst_kind():
    one = next(line for line in _lines() if line.get("code") == "error_unsupported")
    assert one["kind"] == "error"
    assert one["parts"] == [
        {"code": "created", "kind": "ok", "message": "Created.", "remedy": None, "moodle": None},
        {
            "code": "error_unsupported",
            "kind": "error",
            "message": "This is not supported here: course1: not yet.",
            "remedy": "Leave the column or the row out of the file, and do this by hand in Moodle.",
            "moodle": None,
        },
    ]


def test_warnings_stand_beside_a_row_and_lift_its_kind():
    one = next(line for line in _lines() if line.get("line") == 16)
    assert (one["code"], one["kind"], one["warnings"]) == ("unchanged", "warn", ["warn_email_protected"])


def test_moodles_own_code_stands_in_its_row():
    assert [line["moodle"] for line in _lines() if line.get("moodle")] == ["invalidparameter"]


def test_unchanged_rows_are_listed_only_on_request():
    assert 15 not in [one.get("line") for one in _lines()]
    assert 15 in [one.get("line") for one in _lines(list_unchanged=True)]


def test_messages_are_in_the_language_asked_for_and_codes_are_not():
    line = _lines(language="fr")[4]
    assert (line["code"], line["message"]) == (
        "error_missing_value",
        "`username` est vide, et cette ligne en a besoin.",
    )


def test_values_come_back_as_they_were():
    keys = [line["key"] for line in _lines() if line.get("key")]
    assert {"idnumber": FORMULA, "username": EMOJI} in keys
    assert {"idnumber": "E2002", "username": ARABIC} in keys
    assert {"idnumber": "E2016", "username": "a\x00b\ttab"} in keys


def test_a_value_never_ends_a_line_for_any_reader_and_a_lost_byte_is_written_out():
    one = row(2, "created", {"username": "a\u2028b\u2029c\x85d", "email": "caf\udce9"})
    text = written(write_jsonl, given=lambda: [one]).decode()
    assert len(text.splitlines()) == 3
    assert json.loads(text.splitlines()[1])["key"] == {"username": "a\u2028b\u2029c\x85d", "email": r"caf\xe9"}


def test_a_password_is_in_no_line():
    assert "hunter2" not in written(write_jsonl).decode()
