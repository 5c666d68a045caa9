"""The reasons that lie beside files: `….why.csv` beside a tryback, `….why.txt` beside a file in quarantine."""

from collections.abc import Iterator
from datetime import datetime
from typing import BinaryIO

from sync_operators.codes import Kind
from sync_operators.reports.facts import Rows, RunFacts
from sync_operators.reports.numbers import Formats
from sync_operators.reports.table import safe_cell, sheet
from sync_operators.reports.texts import Texts
from sync_operators.reports.visible import visible

COLUMNS = ("line_in_tryback", "line", "code", "reason", "remedy")
COLUMNS_OF_ENTRIES = ("entry", "code", "reason", "remedy")
"""The same where a row is an entry of an archive."""


def write_why(rows: Rows, out: BinaryIO, language: str, *, header_lines: int = 1) -> int:
    """Write one line for each row of the tryback, in its order; give their number.

    `header_lines` is how many lines the header takes there: 0 for commands without one.
    """
    count = 0
    with sheet(out, language) as lines:
        lines.writerow(COLUMNS_OF_ENTRIES if any(row.entry is not None for row in rows()) else COLUMNS)
        for count, cells in enumerate(_reasons(rows, language, header_lines + 1), start=1):  # noqa: B007
            lines.writerow([safe_cell(cell) for cell in cells])
    return count


def _reasons(rows: Rows, language: str, line: int) -> Iterator[tuple[object, ...]]:
    for row in rows():
        if row.kind is Kind.ERROR:
            where = (line, row.line) if row.entry is None else (row.entry,)
            yield *where, row.code, row.reason(language), row.remedy(language)
            line += row.lines


def write_quarantine_why(run: RunFacts, out: BinaryIO, language: str, *, at: datetime) -> None:
    """Write what the file is, why it was not run, who said so, what to do, and when."""
    text = Texts(language)
    heading = text("why_heading_rejected" if run.state == "rejected" else "why_heading_refused")
    facts = [(text(key), visible(value)) for key, value in _facts(run, language, at) if value]
    lines = [heading, "", *(name + text("colon") + value for name, value in facts)]
    out.write(("\n".join(lines) + "\n").encode())


def _facts(run: RunFacts, language: str, at: datetime) -> Iterator[tuple[str, str]]:
    yield "why_file", _file(run, language)
    yield "why_checksum", run.sha256 or ""
    yield "why_reason", run.message(language) or ""
    yield "why_who", _who(run, language)
    yield "why_words", run.reason or ""
    yield "why_remedy", run.remedy(language) or ""
    yield "why_when", Formats(language).date(run.decided_at or at) + " UTC"
    yield "why_run", run.run_id


def _file(run: RunFacts, language: str) -> str:
    size = "" if run.bytes is None else ", " + Texts(language).count("origin_bytes", run.bytes)
    return f"{run.file}{size}" if run.file else ""


def _who(run: RunFacts, language: str) -> str:
    text = Texts(language)
    if run.state != "rejected":
        return text("why_by_rule")
    return run.decided_by or text("why_nobody")
