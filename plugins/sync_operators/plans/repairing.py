"""Repair files: command files with one more column, which says what each row brings back; no other part ever sees it.

Their rows were applied before, so that the quick mode would leave them out: every one is compared with Moodle.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO, Final

from sync_operators.command_files.reader import Record
from sync_operators.command_files.source import InputFile, Row

REPAIRS: Final = "repairs"
"""The column: a row of a run that was applied, as `<run id>:<row>`."""


def without_mark(file: InputFile) -> InputFile | None:
    """A repair file as its command reads it; None when it is none."""
    return _Unmarked(file, file.header.index(REPAIRS)) if REPAIRS in file.header else None


@dataclass(frozen=True, slots=True)
class _Unmarked:
    """A command file without one of its columns; a tryback has it again."""

    file: InputFile
    at: int

    @property
    def header(self) -> tuple[str, ...]:
        """The names of the other columns."""
        return self._others(self.file.header)

    @property
    def header_lines(self) -> int:
        """How many lines the header takes."""
        return self.file.header_lines

    @property
    def facts(self) -> Mapping[str, Any]:
        """How the file is written."""
        return self.file.facts

    def records(self) -> Iterator[Row]:
        """Every record in order, with the values of the other columns."""
        return map(self._unmarked, self.file.records())

    def content(self, row: int) -> bytes:
        """The bytes that a record stands for."""
        return self.file.content(row)

    def write_tryback(self, rows: Iterable[int], out: BinaryIO) -> int:
        """Write these records as they are; how many it has written."""
        return self.file.write_tryback(rows, out)

    def close(self) -> None:
        """Let go of what `content` keeps open."""
        self.file.close()

    def _unmarked(self, record: Row) -> Row:
        if record.fault is not None or not isinstance(record, Record):
            return record
        return record._replace(values=self._others(record.values))

    def _others(self, values: Sequence[str]) -> tuple[str, ...]:
        return (*values[: self.at], *values[self.at + 1 :])
