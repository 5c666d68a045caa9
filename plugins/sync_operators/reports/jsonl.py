"""The JSON Lines report, a contract: one line for the run, one for each row outcome, one with the sums."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, BinaryIO

from sync_operators.reports.facts import RowOutcome, Rows, RunFacts, part_code, part_text

Line = dict[str, Any]
_encode = json.JSONEncoder(ensure_ascii=False).encode
# Some readers split lines at these too, as Python's `str.splitlines` does.
_OTHER_LINE_ENDS = str.maketrans({"\x85": r"\u0085", "\u2028": r"\u2028", "\u2029": r"\u2029"})


def write_jsonl(run: RunFacts, rows: Rows, out: BinaryIO, language: str, *, list_unchanged: bool = False) -> None:
    """Write the report of a run, row by row; rows that are `unchanged` only when asked for."""
    out.write(encoded_line(run_line(run, language)))
    for row in rows():
        if list_unchanged or not row.quiet:
            out.write(encoded_line(row_line(row, language)))
    out.write(encoded_line(summary_line(run)))


def run_line(run: RunFacts, language: str) -> Line:
    """The first line: what was run, what is to be said of the file as a whole; tryback and decision where there are."""
    same = ("run_id", "dag_run_id", "dag_id", "command", "file", "sha256", "bytes")
    return {
        "type": "run",
        **{name: getattr(run, name) for name in same},
        "dialect": dict(run.dialect),
        "mode": run.mode,
        "simulate": run.simulate,
        "correlation_id": run.correlation_id,
        "started": instant(run.started),
        "state": run.state,
        "code": run.code,
        "message": run.message(language),
        "remedy": run.remedy(language),
        "warnings": dict(run.warnings),
        **({} if run.tryback is None else {"tryback": run.tryback}),
        **({} if run.decided_by is None else {"decision": _decision(run)}),
    }


def _decision(run: RunFacts) -> dict[str, Any]:
    """Who has answered about the held plan, when and why."""
    return {"by": run.decided_by, "at": instant(run.decided_at) if run.decided_at else None, "reason": run.reason}


def row_line(row: RowOutcome, language: str) -> Line:
    """A row; `last_line`, `entry`, `parts` and `warnings` only where there are any."""
    spans = row.last_line is not None and row.last_line != row.line
    return {
        "type": "row",
        "line": row.line,
        **({"last_line": row.last_line} if spans else {}),
        **({} if row.entry is None else {"entry": row.entry}),
        "code": row.code,
        "kind": str(row.kind),
        "key": dict(row.key),
        "message": row.message(language),
        "remedy": row.remedy(language) or None,
        "moodle": row.moodle,
        **({"parts": [_part(part, language) for part in row.parts]} if row.parts else {}),
        **({"warnings": list(row.warnings)} if row.warnings else {}),
    }


def summary_line(run: RunFacts) -> Line:
    """The last line: a report without it is not complete."""
    seconds = None if run.seconds is None else round(run.seconds, 3)
    spent = {name: dict(each) for name, each in run.spent.items()}
    sums = {"counts": dict(run.counts), "calls": dict(run.calls), "spent": spent, "seconds": seconds}
    beside = {"warning_counts": dict(run.warning_counts), "undo": [dict(each) for each in run.undo]}
    lost = {"not_undoable": dict(run.not_undoable), "before_unknown": dict(run.before_unknown)}
    return {"type": "summary", **sums, **beside, **lost}


def _part(part: Mapping[str, Any], language: str) -> Line:
    what = part_code(part)
    other = {name: value for name, value in part.items() if name not in {"code", "kind", "args", "moodle"}}
    return {
        "code": what.name,
        "kind": str(what.kind),
        **other,
        "message": part_text(part, language),
        "remedy": what.remedy(language, part.get("args") or {}) or None,
        "moodle": part.get("moodle"),
    }


def instant(at: datetime) -> str:
    """Give a time as the reports for machines write it, in UTC."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def encoded_line(line: Line) -> bytes:
    """Give a line of JSON as bytes; text that is no Unicode is written out."""
    try:
        return _text(line).encode()
    except UnicodeEncodeError:
        return _text(_readable(line)).encode()


def _text(line: Line) -> str:
    return _encode(line).translate(_OTHER_LINE_ENDS) + "\n"


def _readable(value: Any) -> Any:
    """The value with bytes that could not be decoded written out: a lone surrogate is no JSON for strict readers."""
    if isinstance(value, str):
        return value.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    if isinstance(value, Mapping):
        return {_readable(name): _readable(each) for name, each in value.items()}
    return [_readable(each) for each in value] if isinstance(value, list | tuple) else value
