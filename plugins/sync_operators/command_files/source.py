"""What the walk asks of a file it runs, whatever its format."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, BinaryIO, Protocol

from sync_operators.codes import Fault


class Row(Protocol):
    """One record of a file; with a fault, its values are only what could be read."""

    @property
    def row(self) -> int:
        """Counts the records from 1, faulty ones too."""

    @property
    def line(self) -> int | None:
        """The first line it stands in; None where there are no lines."""

    @property
    def last_line(self) -> int | None:
        """The last one."""

    @property
    def entry(self) -> str | None:
        """What it is called in an archive; None in a text."""

    @property
    def values(self) -> tuple[str, ...]:
        """One for each column."""

    @property
    def fault(self) -> Fault | None:
        """Why it cannot be read, or need not be."""


class InputFile(Protocol):
    """A file that can be read again and again; its constructor refuses what is none with FileRefused."""

    @property
    def header(self) -> tuple[str, ...]:
        """The names of the columns."""

    @property
    def header_lines(self) -> int:
        """How many lines the header takes."""

    @property
    def facts(self) -> Mapping[str, Any]:
        """How the file is written, as reports and the ledger keep it."""

    def records(self) -> Iterator[Row]:
        """Every record in order."""

    def content(self, row: int) -> bytes:
        """The bytes that a record stands for, by its ordinal; one thread at a time."""

    def write_tryback(self, rows: Iterable[int], out: BinaryIO) -> int:
        """Write these records (ordinals, ascending) to be mended and dropped again; how many it has written."""

    def close(self) -> None:
        """Let go of what `content` keeps open."""
