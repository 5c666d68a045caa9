"""The page of the report contract: its example is a report of a made-up run, written by the code itself."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

from sync_operators.codes import Kind
from sync_operators.reports import table, why
from sync_operators.reports.facts import RowOutcome, RunFacts
from sync_operators.reports.jsonl import write_jsonl
from sync_operators.reports.table import write_csv
from sync_operators.reports.why import write_why

_NO_COURSE = {"identity": "shortname", "value": "CHEM-109", "block": "course1"}
_REASON = {"column": "email", "value": "marc.petit", "reason": "email_shape"}
ROWS = (
    RowOutcome(2, 2, None, "created", Kind.OK, {"idnumber": "E2001", "username": "nora.lind"}, {}),
    RowOutcome(
        3,
        4,
        None,
        "updated",
        Kind.WARN,
        {"idnumber": "E2002", "username": "theo.garnier"},
        {},
        ("warn_email_protected",),
    ),
    RowOutcome(5, 5, None, "error_invalid_value", Kind.ERROR, {"idnumber": "E2013", "username": "marc.petit"}, _REASON),
    RowOutcome(
        6,
        6,
        None,
        "error_unknown_course",
        Kind.ERROR,
        {"idnumber": "E2014", "username": "lea.roux"},
        _NO_COURSE,
        parts=({"code": "created"}, {"code": "error_unknown_course", "args": _NO_COURSE}),
    ),
)
RUN = RunFacts(
    run_id="20261122T040001Z-a1b2c3",
    dag_id="sync_users",
    dag_run_id="scheduled__2026-11-22T04:00:00+00:00",
    command="users",
    file="userimport.csv",
    sha256="c41f07e2b85d9310aa64ce7719f2d05b8e37a1c4906dfe22b1758340c9ad6e51",
    bytes=41_207,
    dialect={"encoding": "utf-8", "bom": True, "separator": ";", "line_end": "CRLF", "comment": "#"},
    mode="delta",
    simulate=False,
    correlation_id="ERP-2026/47",
    started=datetime(2026, 11, 22, 4, 0, 1, tzinfo=UTC),
    ended=datetime(2026, 11, 22, 4, 0, 9, 250_000, tzinfo=UTC),
    state="done_with_errors",
    code=None,
    args={},
    warnings={"warn_password_unknown": 2},
    counts={"created": 1, "updated": 1, "error_invalid_value": 1, "error_unsupported": 1, "unchanged": 380},
    warning_counts={"warn_email_protected": 1},
    calls={"core_user_get_users_by_field": 4, "core_user_create_users": 1, "core_user_update_users": 1},
    spent={
        "core_user_get_users_by_field": {"rows": 384, "seconds": 1.871},
        "core_user_create_users": {"rows": 1, "seconds": 0.042},
        "core_user_update_users": {"rows": 1, "seconds": 0.033},
    },
    tryback="tryback/2026/11/20261122T040001Z-a1b2c3_userimport.csv",
    decided_by="ann",
    decided_at=datetime(2026, 11, 22, 4, 0, 7, tzinfo=UTC),
    reason="A new campus",
)

_HEAD = """# Reports

<!-- Made by docs/generate.py, its example by the code that writes the reports: do not edit. -->

A run with a file leaves three reports in `reports/<year>/<month>/` of the depot, named alike; none is ever replaced.

| report | for | what |
| --- | --- | --- |
| `<run id>_<input>.html` | people | one page without script or other files; lists the first problems, and prints well |
| `<run id>_<input>.jsonl` | machines | the contract below |
| `<run id>_<input>.csv` | spreadsheets | the rows as a table |

Codes are those of [codes.md](codes.md). Messages and remedies are in the language of `site.language`, and their words
may change: decide by `code`. Rows that are `unchanged` are counted, and listed only with `report.list_unchanged: true`.
A password is in none of the reports.

## JSON Lines

UTF-8 without BOM, one JSON object a line, each with a `type`: first one `run`, then the `row`s in file order, last one
`summary`. A report without its last line is not complete. New keys may come; keys that are here stay.

"""
_RUN = {
    "run_id": "id of the run; begins with its start in UTC",
    "dag_run_id, dag_id": "the Airflow run that worked on it last; null outside of Airflow",
    "command": "`users`, `users_delete`, …",
    "file, sha256, bytes": "the input: name, checksum, size; null for a command without a file",
    "dialect": "how the file was read: encoding, BOM, separator, line ends, comment mark",
    "mode": "`delta` or `reconcile`",
    "simulate": "true: nothing was changed anywhere",
    "correlation_id": "the reference given when the run was triggered",
    "started": "ISO 8601 in UTC",
    "state": "`done`, `done_with_errors`, `refused`, `held`, `rejected`, `failed` or `simulated`",
    "code, message, remedy": "of the file as a whole; null when there is nothing to say of it",
    "warnings": "of the run: how often each warning code",
    "tryback": "only when rows were refused: where in the depot they lie",
    "decision": "only when a person has answered about the held plan: `by`, `at`, `reason`",
}
_ROW = {
    "line": "the first line of the row in its file, counted from 1; null for an entry of a zip, and for what stands in "
    "no file: a category to clean, a group deleted by `purge_empty`",
    "last_line": "only when the row spans several lines",
    "entry": "only for an entry of a zip: its name",
    "code": "the principal code: that of the worst part, the first of equals",
    "kind": "the worst of code, parts and warnings: `ok`, `skip`, `warn` or `error`",
    "key": "what identifies the row, by column",
    "message, remedy": "what happened, what a person does next; `remedy` is null when there is nothing to do",
    "moodle": "Moodle's own error code; null when it gave none",
    "parts": "only when the row has several: each with `code`, `kind`, `message`, `remedy`, `moodle`",
    "warnings": "only when some stand beside the row: their codes",
}
_SUMMARY = {
    "counts": "rows by principal code; the sum is the number of rows read",
    "calls": "calls to Moodle by function, those tried again included",
    "spent": "of each of these functions the `rows` its calls held, and the `seconds` until they were answered",
    "seconds": "length of the run; null while it goes on",
    "warning_counts": "rows by warning code; a row may have several",
    "undo": "the undo files, each with `command` and `file`, in the order in which they are to be run",
    "not_undoable": "acts that no undo file brings back, planned or done, by what they are: `delete user`",
    "before_unknown": "acts that go back but for values that Moodle does not tell, in the same way",
}
_CSV = {
    "line, last_line, entry": "as above; `last_line` is always given",
    "kind, code": "as above",
    "key": "`column=value`, separated by commas",
    "message": "what happened",
    "details": "what is to be said of other parts, and of warnings",
    "remedy": "what a person does next",
    "moodle": "Moodle's own error code",
    "warnings": "codes, separated by blanks",
}
_WHY = {
    "line_in_tryback": "the first line of the row in the tryback",
    "line": "its first line in the input",
    "code": "the principal code",
    "reason": "every fault of the row",
    "remedy": "what a person does next",
}
_CSV_HEAD = """
## CSV

UTF-8 with BOM, RFC 4180. The separator is the one that spreadsheets of the report's language expect: `,` in English,
`;` in French, where the comma is the decimal sign; so a double click opens the table in columns. A cell that a
spreadsheet would take for a formula (it begins with `=`, `+`, `-`, `@`) has a `'` before it. Control characters, marks
that turn the direction of writing and bytes that could not be decoded are written out, such as `\\n` or `\\u202e`, so
each row is one line.
"""
_WHY_HEAD = """
## Beside other files

The tryback `tryback/<run id>_<input>` holds the `error` rows in their original bytes. `….why.csv` beside it has a line
for each of them, in the format above:
"""
_FOOT = """
`….why.txt` beside a file in `quarantine/` says what the file is, why it was not run, who said so, what to do, and when.
"""


def page() -> str:
    """Give the manual's page of the reports."""
    lines = _keys("Keys of `run`", _RUN) + _keys("Keys of `row`", _ROW) + _keys("Keys of `summary`", _SUMMARY)
    return _HEAD + _block("json", example()) + lines + _csv() + _why() + _FOOT


def example() -> str:
    """Give a JSON Lines report."""
    return _text(lambda out: write_jsonl(RUN, lambda: ROWS, out, "en"))


def documented() -> dict[str, list[str]]:
    """Give the keys and columns that the page explains, by part."""
    parts = {"run": _RUN, "row": _ROW, "summary": _SUMMARY, "csv": _CSV, "why": _WHY}
    return {part: ", ".join(keys).split(", ") for part, keys in parts.items()}


def every_row() -> list[dict[str, Any]]:
    """Give the row lines of a report in which every optional key is there."""
    entry = ROWS[0]._replace(line=None, last_line=None, entry="E2001.png")
    text = _text(lambda out: write_jsonl(RUN, lambda: [*ROWS, entry], out, "en"))
    return [line for line in map(json.loads, text.splitlines()) if line["type"] == "row"]


def _csv() -> str:
    return (
        _CSV_HEAD
        + _keys(None, _CSV, "column")
        + "\n"
        + _block("", _text(lambda out: write_csv(RUN, lambda: ROWS, out, "en")))
    )


def _why() -> str:
    return (
        _WHY_HEAD
        + _keys(None, _WHY, "column")
        + "\n"
        + _block("", _text(lambda out: write_why(lambda: ROWS, out, "en")))
    )


def _keys(title: str | None, keys: dict[str, str], head: str = "key") -> str:
    rows = (f"| {_names(names)} | {says} |\n" for names, says in keys.items())
    return (f"\n### {title}\n" if title else "") + f"\n| {head} | what |\n| --- | --- |\n" + "".join(rows)


def _names(names: str) -> str:
    return ", ".join(f"`{name}`" for name in names.split(", "))


def _text(write: Callable[[BytesIO], object]) -> str:
    out = BytesIO()
    write(out)
    return out.getvalue().decode("utf-8-sig").replace("\r\n", "\n")


def _block(language: str, text: str) -> str:
    return f"```{language}\n{text}```\n"


CSV_COLUMNS, WHY_COLUMNS = table.COLUMNS, why.COLUMNS
