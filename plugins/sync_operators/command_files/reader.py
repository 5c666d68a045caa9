"""A command file as a stream of records: original bytes, exact lines, constant memory.

`TextIOWrapper` keeps line ends and undecodable bytes, `csv.reader` does the parsing, and beside its values stands the
text it was given (`records`). Blocks of good lines take a short cut (`blocks`), which gives the same.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from functools import partial
from itertools import chain, count, islice, repeat
from typing import Any, BinaryIO, Final

from sync_operators.codes import Fault
from sync_operators.command_files.blocks import Block, GoodBlocks
from sync_operators.command_files.dialect import Dialect, DialectRules, empty, find_dialect
from sync_operators.command_files.encodings import Encoding
from sync_operators.command_files.lines import Lines, text_of
from sync_operators.command_files.records import Record, Splitter
from sync_operators.command_files.source import InputFile, Row
from sync_operators.errors import FileRefused

__all__ = ["CommandFile", "Record", "RowCursor"]

_FOUND: Final = DialectRules()
_PART: Final = 16
# What Record._make does, in C.
_record: Final[Callable[[Iterable[Any]], Record]] = partial(tuple.__new__, Record)


class CommandFile:
    """A command file that can be read again and again; FileRefused at once when it is none.

    `opener` opens it for reading, anew each time; what it gives must be seekable. `header=False` is for files
    that begin with a row: `header` is empty then, and a row may have any number of values.
    """

    def __init__(self, opener: Callable[[], BinaryIO], rules: DialectRules = _FOUND, *, header: bool = True) -> None:
        self._open = opener
        self._rules = rules
        self._has_header = header
        self.dialect: Dialect = find_dialect(opener, rules, header=header)
        self.header: tuple[str, ...] = ()
        """The names of the columns, trimmed and in lower case."""
        self.header_bytes = b""
        """The header as it stands in the file, without BOM, with its line end."""
        self.skipped_lines = 0
        """Comments and blank lines, known after a whole reading."""
        if header:
            self._read_header()

    def records(self) -> Iterator[Record]:
        """Every record in order; one that cannot be read has a `fault`, and the next follows."""
        with closing(self._reading(len(self.header) or None)) as reading:
            # Chained in C: a million rows pass through one generator of Python, not three.
            records = chain.from_iterable(reading.blocks())
            if self.header:
                next(records)
            yield from records
        self.skipped_lines = reading.skipped

    @property
    def header_lines(self) -> int:
        """How many lines the header takes; a last one may have no end."""
        return max(1, self.header_bytes.count(b"\n")) if self.header else 0

    @property
    def facts(self) -> Mapping[str, Any]:
        """The dialect as reports and the ledger keep it."""
        return self.dialect.as_dict()

    def content(self, row: int) -> bytes:
        """The original bytes of a record; LookupError when the file has no such row."""
        return _found(self.records(), row).raw

    def write_tryback(self, rows: Iterable[int], out: BinaryIO) -> int:
        """Write BOM, header and these rows (ordinals, ascending), comments left out; the number of rows written.

        A tryback that is read again with the same dialect gives the same values, so it can be mended and dropped as it
        is. A last row without line end stays so: nothing follows it.
        """
        out.write(self.dialect.bom_bytes + self.header_bytes)
        records, written = self.records(), 0
        for row in rows:
            out.write(_found(records, row).raw)
            written += 1
        return written

    def close(self) -> None:
        """Nothing is kept open between two readings."""

    def _read_header(self) -> None:
        with closing(self._reading(None)) as reading:
            header, *rows = islice(chain.from_iterable(reading.blocks()), 2)
        if header.fault is not None:
            raise FileRefused(_of_header(header.fault, header.line))
        if not rows:
            raise empty("a header only")
        self.header = tuple(name.lower() for name in header.values)
        self.header_bytes = header.raw

    def _reading(self, width: int | None) -> "_Reading":
        encoding = Encoding(self.dialect.encoding, self.dialect.bom)
        lines = Lines(text_of(self._open(), encoding, self._rules.max_field_bytes), encoding.name)
        parts = self.dialect, self._rules, width
        return _Reading(lines, Splitter(*parts), GoodBlocks(*parts), header=self._has_header)


def _found(records: Iterator[Record], row: int) -> Record:
    record = next((record for record in records if record.row == row), None)
    if record is None:
        raise LookupError(f"no row {row} after the ones before it")
    return record


class _Reading:
    """One way through a file, and how far it went; the header counts as row 0."""

    def __init__(self, lines: Lines, splitter: Splitter, good: GoodBlocks, *, header: bool) -> None:
        self._lines = lines
        self._splitter = splitter
        self._good = good
        self._row = -1 if header else 0
        self._line = 0
        self.skipped = 0

    def blocks(self) -> Iterator[Iterator[Record]]:
        while lines := self._lines.block():
            good = self._good.split(lines)
            yield self._in_parts(lines) if good is None else self._at_once(good)

    def _at_once(self, block: Block) -> Iterator[Record]:
        rows = count(self._row + 1)
        lines, last_lines = _line_numbers(self._line, block)
        self._row += len(block.texts)
        self._line += block.ends[-1]
        encoding = repeat(self._lines.encoding)
        return map(_record, zip(rows, lines, last_lines, block.values, block.texts, encoding, repeat(None)))

    def _in_parts(self, lines: list[str]) -> Iterator[Record]:
        # One bad row among a hundred is no reason to read the other ninety-nine the slow way.
        self._lines.hand_back(lines)
        while part := self._lines.take(_PART):
            good = self._good.split(part)
            yield from self._by_rules(part) if good is None else self._at_once(good)

    def _by_rules(self, lines: list[str]) -> Iterator[Record]:
        beyond = len(self._lines.back)
        self._lines.hand_back(lines)
        for piece in self._splitter.pieces(self._lines, beyond):
            first, self._line = self._line + 1, self._line + piece.lines
            if piece.skipped:
                self.skipped += piece.lines
            else:
                self._row += 1
                yield Record(self._row, first, self._line, piece.values, piece.text, self._lines.encoding, piece.fault)

    def close(self) -> None:
        self._lines.close()


def _line_numbers(before: int, block: Block) -> tuple[Iterable[int], Iterable[int]]:
    """The first and the last line of each record of a block that stands after so many lines."""
    if block.ends[-1] == len(block.texts):
        same = range(before + 1, before + len(block.texts) + 1)
        return same, same
    return map((before + 1).__add__, chain((0,), block.ends)), map(before.__add__, block.ends)


def _of_header(fault: Fault, line: int) -> Fault:
    """A fault of the header row as one of the file."""
    if "byte" in fault.args:
        return Fault("error_encoding", {**fault.args, "line": str(line)})
    return Fault("error_bad_header", {"reason": fault.args["reason"]})


class RowCursor:
    """Gives values of rows again by their ordinals, at constant memory; going back costs a new reading."""

    def __init__(self, command_file: InputFile) -> None:
        self._file = command_file
        self._at = 0
        self._records: Iterator[Row] = iter(())

    def values_at(self, rows: Iterable[int]) -> dict[int, tuple[str, ...]]:
        """The values of these rows (ascending); LookupError when the file has no such row."""
        return {row: self._values(row) for row in rows}

    def _values(self, row: int) -> tuple[str, ...]:
        if row <= self._at or not self._at:
            self.close()
            self._records = self._file.records()
        record = next((record for record in self._records if record.row == row), None)
        if record is None:
            self.close()
            raise LookupError(f"no row {row}")
        self._at = row
        return record.values

    def close(self) -> None:
        """Close the file; the next call opens it again."""
        self._records = iter(())
        self._at = 0
