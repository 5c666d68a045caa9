"""Rows that stand, in the shape of a file."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

from sync_operators.command_files.source import Row
from sync_operators.plans.opening import Opened


@dataclass(frozen=True, slots=True)
class Source:
    """A file, and those of its rows that stand, by ordinal; `repeated` as in `Changes`, of the whole file.

    `run_id` is the run of the file; what the ledger alone remembers has no `name`.
    """

    name: str | None
    run_id: str
    opened: Opened
    rows: Sequence[int]
    repeated: Mapping[str, Sequence[tuple[int, int]]] = field(default_factory=dict)

    def records(self, size: int) -> Iterator[list[Row]]:
        """The records of the rows that stand, in file order."""
        found = self._found()
        return iter(lambda: list(islice(found, size)), [])

    def _found(self) -> Iterator[Row]:
        wanted = iter(self.rows)
        row = next(wanted, None)
        for record in self.opened.file.records():
            if record.row == row:
                yield record
                if (row := next(wanted, None)) is None:
                    return
