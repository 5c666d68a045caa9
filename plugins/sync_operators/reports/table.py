"""The rows as CSV that opens well in a spreadsheet, and does nothing there."""

import csv
import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, BinaryIO

from babel import Locale

from sync_operators.reports.facts import RowOutcome, Rows, RunFacts
from sync_operators.reports.visible import visible

COLUMNS = ("line", "last_line", "entry", "kind", "code", "key", "message", "details", "remedy", "moodle", "warnings")
BOM = b"\xef\xbb\xbf"  # without it spreadsheets take UTF-8 for the system's old code page
_STARTS_A_FORMULA = frozenset("=+-@＝＋－＠\t\r\n")


def write_csv(run: RunFacts, rows: Rows, out: BinaryIO, language: str, *, list_unchanged: bool = False) -> None:  # noqa: ARG001
    """Write the rows of a run, one line each; those that are `unchanged` only when asked for."""
    with sheet(out, language) as lines:
        lines.writerow(COLUMNS)
        lines.writerows(_cells(row, language) for row in rows() if list_unchanged or not row.quiet)


@contextmanager
def sheet(out: BinaryIO, language: str) -> Iterator[Any]:
    """A writer of CSV lines (RFC 4180, UTF-8 with BOM) onto a binary file."""
    out.write(BOM)
    text = io.TextIOWrapper(out, encoding="utf-8", newline="", write_through=False)
    yield csv.writer(text, delimiter=separator(language), lineterminator="\r\n")
    text.flush()
    text.detach()


def separator(language: str) -> str:
    """What a spreadsheet set to that language takes for the separator.

    Where the decimal sign is a comma, the list separator is a semicolon; a file with the other one opens as a single
    column.
    """
    decimal = Locale.parse(language).number_symbols["latn"]["decimal"]
    return ";" if decimal == "," else ","


def safe_cell(value: object) -> object:
    """The value as a spreadsheet shows it and never runs it; numbers stay numbers."""
    if not isinstance(value, str):
        return value
    text = visible(value)
    return "'" + text if value[:1] in _STARTS_A_FORMULA or text[:1] in _STARTS_A_FORMULA else text


def _cells(row: RowOutcome, language: str) -> list[object]:
    texts = (row.message(language), " ".join(row.details(language)), row.remedies(language))
    cells = (
        row.line,
        row.last_line,
        row.entry,
        str(row.kind),
        row.code,
        _pairs(row.key),
        *texts,
        row.moodle,
        " ".join(row.warnings),
    )
    return [safe_cell(cell) for cell in cells]


def _pairs(key: Mapping[str, str]) -> str:
    return ", ".join(f"{name}={value}" for name, value in key.items())
