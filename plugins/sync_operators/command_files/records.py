"""Splits lines into records one at a time, with every rule of how a command file is read."""

import csv
import re
from collections.abc import Iterator
from itertools import islice, tee
from typing import Final, NamedTuple

from sync_operators.codes import Fault
from sync_operators.command_files.blanks import BLANKS, stripped, trimmed
from sync_operators.command_files.dialect import Dialect, DialectRules
from sync_operators.command_files.encodings import UNDECODED, byte_name, encoded
from sync_operators.command_files.lines import Lines
from sync_operators.command_files.quotes import well_quoted

UNCLOSED: Final = "a quote is opened and not closed"
AFTER_QUOTE: Final = "text follows a closing quote"
BARE_QUOTE: Final = "a quote stands inside a value that is not quoted"
NUL: Final = "a NUL character"
TOO_LONG: Final = "a value is too long"

_ESCAPE: Final = re.compile("&#(44|59);?")


class Record(NamedTuple):
    """One record of a command file; with a fault, its values are only what could be read."""

    row: int
    """Counts the records from 1, faulty ones too; header, comments and blank lines do not count."""
    line: int
    last_line: int
    values: tuple[str, ...]
    text: str
    """As it stands in the file, line end included."""
    encoding: str
    fault: Fault | None

    def __repr__(self) -> str:
        # No values: they may be passwords, and a repr ends in logs.
        return f"Record(row={self.row}, line={self.line}, last_line={self.last_line}, fault={self.fault})"

    @property
    def entry(self) -> None:
        """A text has no entries."""

    @property
    def raw(self) -> bytes:
        """The original bytes, line end included."""
        return encoded(self.text, self.encoding)


class Piece(NamedTuple):
    """Some lines of the file that belong together, before they have a number."""

    text: str
    lines: int
    values: tuple[str, ...]
    fault: Fault | None
    skipped: bool
    """A comment or a blank line: no record at all."""


class Splitter:
    """Takes a file apart by the rules of its dialect; `width` values make a record (None: any number)."""

    def __init__(self, dialect: Dialect, rules: DialectRules, width: int | None) -> None:
        self._dialect = dialect
        self._comment = dialect.comment
        self._limit = rules.max_field_bytes
        self._escapes = rules.old_escapes
        self._width = width
        self._well_quoted = well_quoted(dialect.separator)
        # csv has one limit for the whole process: never lower it for another reader.
        csv.field_size_limit(max(csv.field_size_limit(), self._limit))

    def pieces(self, lines: Lines, beyond: int = 0) -> Iterator[Piece]:
        """The pieces that begin in lines handed back, but for the last `beyond` of those.

        A piece that csv refuses is its first line only, and a comment never has a second one: what csv swallowed beyond
        is handed back and read afresh. So a quote that nobody closed costs the row it stands in and none of the next.
        """
        while len(lines.back) > beyond:
            yield from self._until_handed_back(lines, beyond)

    def _until_handed_back(self, lines: Lines, beyond: int) -> Iterator[Piece]:
        fed, kept = tee(lines.one_by_one())
        reader = csv.reader(fed, delimiter=self._dialect.separator, strict=True)
        while len(lines.back) > beyond:
            before = reader.line_num
            values, error = _next(reader)
            taken = list(islice(kept, reader.line_num - before))
            alone = error is not None or taken[0][0] in self._comment
            yield self._piece(taken[:1] if alone else taken, values, _reason(error, len(taken)))
            if alone and len(taken) > 1:
                lines.hand_back(taken[1:])
                return

    def _piece(self, lines: list[str], values: list[str], reason: str) -> Piece:
        text = lines[0] if len(lines) == 1 else "".join(lines)
        if text[0] in self._comment or (len(values) < 2 and not text.strip(BLANKS)):
            return Piece(text, len(lines), (), None, skipped=True)
        return Piece(text, len(lines), self._cleaned(text, values), self._fault(text, values, reason), skipped=False)

    def _cleaned(self, text: str, values: list[str]) -> tuple[str, ...]:
        clean = stripped(values) if text.isascii() else trimmed(values)
        if self._escapes:
            clean = tuple(_ESCAPE.sub(lambda found: chr(int(found[1])), value) for value in clean)
        return clean

    def _fault(self, text: str, values: list[str], reason: str) -> Fault | None:
        if not text.isascii() and (broken := UNDECODED.search(text)) is not None:
            return self._undecoded(text, broken.start())
        if reason == TOO_LONG or self._too_long(text, values):
            return _bad_row(reason=TOO_LONG, limit=str(self._limit), unit="bytes")
        if reason := reason or self._flaw(text, values):
            return _bad_row(reason=reason)
        if self._width not in (None, len(values)):
            return _bad_row(found=str(len(values)), expected=str(self._width))
        return None

    def _undecoded(self, text: str, at: int) -> Fault:
        offset = len(self._dialect.encoded(text[:at]))
        return _bad_row(byte=byte_name(text[at], self._dialect.encoding), offset=str(offset))

    def _too_long(self, text: str, values: list[str]) -> bool:
        # No character takes more than four bytes: the exact measure is for the few rows that come near.
        near = len(text) * 4 > self._limit
        return near and any(len(self._dialect.encoded(value)) > self._limit for value in values)

    def _flaw(self, text: str, values: list[str]) -> str:
        if "\0" in text:
            return NUL
        # csv takes a quote inside an unquoted value for a letter, and then the quote is in the value.
        bare = '"' in text and any('"' in value for value in values) and not self._well_quoted.fullmatch(text)
        return BARE_QUOTE if bare else ""


def _next(reader: Iterator[list[str]]) -> tuple[list[str], str | None]:
    try:
        return next(reader), None
    except csv.Error as error:
        return [], str(error)


def _reason(error: str | None, lines: int) -> str:
    """Our words for csv's: of a quote that opens in one line and ends anywhere else, nobody knows where it should."""
    if error is None:
        return ""
    if lines > 1 or "end of data" in error:
        return UNCLOSED
    return TOO_LONG if "field limit" in error else AFTER_QUOTE


def _bad_row(**args: str) -> Fault:
    return Fault("error_bad_row", args)
