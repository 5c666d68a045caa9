"""What a command without a file works through: rows that the command lists itself."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, BinaryIO, Self

from sync_operators.codes import Fault


@dataclass(frozen=True, slots=True)
class Item:
    """One row of a list; there is no line that it stands in."""

    row: int
    values: tuple[str, ...]
    line: int | None = None
    last_line: int | None = None
    entry: str | None = None
    fault: Fault | None = None


@dataclass(frozen=True, slots=True)
class Listing:
    """Rows of named values, as a run remembers them; an `InputFile` without bytes of its own."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    header_lines: int = 0
    facts: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))

    @classmethod
    def read(cls, opener: Callable[[], BinaryIO]) -> Self:
        """Read what `as_text` gave."""
        with opener() as file:
            header, *rows = json.load(file)
        return cls(tuple(header), tuple(map(tuple, rows)))

    def as_text(self) -> str:
        """The list as JSON."""
        return json.dumps([self.header, *self.rows], separators=(",", ":"))

    def records(self) -> Iterator[Item]:
        """Every row in order."""
        return (Item(row, values) for row, values in enumerate(self.rows, 1))

    def content(self, row: int) -> bytes:
        """Nothing stands behind a row but its values."""
        return ",".join(self.rows[row - 1]).encode()

    def write_tryback(self, rows: Iterable[int], out: BinaryIO) -> int:  # noqa: ARG002 - as of any file
        """Nothing can be mended and dropped again: the next run lists anew what is left."""
        return 0

    def close(self) -> None:
        """Nothing is open."""
