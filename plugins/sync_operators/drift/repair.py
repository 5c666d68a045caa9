"""Repair files: the rows as they were applied, for the command to bring back. Never a password."""

import csv
import io
import json
import tempfile
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import IO, BinaryIO, Final

from sync_operators.drift.rules import Overrides
from sync_operators.drift.source import Source
from sync_operators.plans.repairing import REPAIRS

_ENCODING: Final = "utf-8-sig"
"""With a BOM: it counts for more than an encoding that the settings pin."""


@dataclass(slots=True)
class _Piece:
    """The rows of one file, in its order, on disk."""

    header: tuple[str, ...]
    rows: IO[str] = field(
        default_factory=lambda: tempfile.TemporaryFile("w+", encoding="utf-8", errors="surrogatepass")  # noqa: SIM115  it goes with the piece
    )
    more: dict[str, None] = field(default_factory=dict)
    """Columns that its header lacks, and some row needs."""

    def add(self, cells: dict[str, str]) -> None:
        self.more.update({name: None for name, value in cells.items() if value and name not in self.header})
        json.dump(cells, self.rows)
        self.rows.write("\n")

    def __iter__(self) -> Iterator[dict[str, str]]:
        self.rows.seek(0)
        return map(json.loads, self.rows)


@dataclass(slots=True)
class Repair:
    """Collects rows; there is a file for each form that they come in, a header or an archive of its own."""

    secret: Collection[str]
    """Columns that are left out."""
    separator: str
    _pieces: list[_Piece] = field(default_factory=list)
    _archives: list[tuple[Source, list[int]]] = field(default_factory=list)

    def begin(self, source: Source) -> None:
        """The rows that follow are of this file."""
        if source.opened.tool.reads:
            self._archives.append((source, []))
        else:
            self._pieces.append(_Piece(tuple(name for name in source.opened.file.header if name not in self.secret)))

    def add(self, source: Source, row: int, values: Sequence[str], overrides: Overrides) -> None:
        """Take a row of the file that was begun last."""
        if source.opened.tool.reads:
            self._archives[-1][1].append(row)
            return
        cells = dict(zip(source.opened.file.header, values, strict=True))
        told = {name: value for name, value in {**cells, **overrides}.items() if name not in self.secret}
        self._pieces[-1].add({REPAIRS: f"{source.run_id}:{row}", **told})

    def close(self) -> None:
        """Forget the rows."""
        for piece in self._pieces:
            piece.rows.close()

    def files(self) -> Iterator["RepairFile"]:
        """The files that have any row. In each the oldest rows come first: newer ones may stand on them."""
        forms: dict[tuple[str, ...], list[_Piece]] = {}
        for piece in reversed(self._pieces):
            if any(True for _ in piece):
                forms.setdefault(piece.header, []).append(piece)
        for header, pieces in forms.items():
            yield _CsvFile(header, pieces, self.separator)
        for source, rows in self._archives:
            if rows:
                yield _ArchiveFile(source, rows)


class RepairFile:
    """One file of a repair."""

    suffix: str

    def write(self, out: BinaryIO) -> object:
        """Write the whole file."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class _CsvFile(RepairFile):
    header: tuple[str, ...]
    pieces: Sequence[_Piece]
    separator: str
    suffix = ".csv"

    def write(self, out: BinaryIO) -> None:
        """Mark first, so that no row looks like a comment."""
        text = io.TextIOWrapper(out, encoding=_ENCODING, newline="")
        more = dict.fromkeys(name for piece in self.pieces for name in piece.more if name != REPAIRS)
        columns = (REPAIRS, *self.header, *more)
        lines = csv.DictWriter(
            text, columns, restval="", extrasaction="ignore", delimiter=self.separator, lineterminator="\n"
        )
        lines.writeheader()
        lines.writerows(self._rows())
        text.flush()
        text.detach()

    def _rows(self) -> Iterable[dict[str, str]]:
        return (cells for piece in self.pieces for cells in piece)


@dataclass(frozen=True, slots=True)
class _ArchiveFile(RepairFile):
    source: Source
    rows: Sequence[int]
    suffix = ".zip"

    def write(self, out: BinaryIO) -> object:
        """The entries as they are."""
        return self.source.opened.file.write_tryback(self.rows, out)
