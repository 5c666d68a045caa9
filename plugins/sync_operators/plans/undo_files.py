"""What a run leaves to go back by: for each command that can, a file of its own with the former values."""

import csv
import io
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import BinaryIO

from sync_operators.depot.errors import scratch_errors
from sync_operators.depot.names import is_reserved, product, split_name
from sync_operators.depot.storage import folder_of
from sync_operators.ledger import done, events, files
from sync_operators.ledger.column_types import from_json, to_json
from sync_operators.ledger.files import FileState
from sync_operators.ledger.runs import Run
from sync_operators.plans.going_back import UNDO
from sync_operators.plans.products import PUBLIC, Products
from sync_operators.plans.undoing import done_of
from sync_operators.plans.workplace import Workplace
from sync_operators.tools import tools
from sync_operators.tools.tool import Tool
from sync_operators.tools.undo import UNDOES, Undo

_ENCODING = "utf-8-sig"
"""With a BOM: it counts for more than an encoding that the settings pin."""


def write_undo_files(products: Products) -> None:
    """Write those that have any row, once; each is known to the ledger, and no pattern ever takes it."""
    work, run = products.work, products.run
    with work.ledger.read() as tx:
        acts = done.count_acts(tx, run.id).keys()
    for each in tools():
        if each.undo and acts & each.undo.acts:
            _write(products, each, each.undo)


def _write(products: Products, its_tool: Tool, undo: Undo) -> None:
    """Write the undo file of one command, if it has any row."""
    work, run = products.work, products.run
    # Put aside first: a header names the columns of all rows, and the acts are read but once.
    with scratch_errors(), tempfile.TemporaryFile("w+", encoding="ascii") as aside:
        columns = dict[str, None]()
        for cells in _cells(work, run, undo):
            columns |= dict.fromkeys(cells)
            print(to_json(cells), file=aside)
        if columns:
            aside.seek(0)
            name = UNDO + its_tool.command
            place = products.intend({name: _place(products, its_tool.command)}).products[name]
            sheet = _Sheet([*columns], map(from_json, aside), _separator(work, its_tool))
            products.write(place, sheet.write, PUBLIC)
            _note(work, run, place)


@dataclass(frozen=True, slots=True)
class _Sheet:
    """The content of an undo file."""

    columns: Sequence[str]
    rows: Iterable[Mapping[str, str]]
    separator: str

    def write(self, out: BinaryIO) -> None:
        """Header and rows; what a row goes back on stands first in it, so that none looks like a comment."""
        text = io.TextIOWrapper(out, encoding=_ENCODING, newline="")
        lines = csv.DictWriter(text, self.columns, restval="", delimiter=self.separator, lineterminator="\n")
        lines.writeheader()
        lines.writerows(self.rows)
        text.flush()
        text.detach()


def _cells(work: Workplace, run: Run, undo: Undo) -> Iterator[dict[str, str]]:
    """The rows by column: what was done last comes first."""
    with work.ledger.read() as tx:
        acts = (each for each in done_of(done.backwards(tx, run.id)) if (each.entity, each.verb) in undo.acts)
        for row, group in groupby(acts, key=lambda each: each.row):
            for cells in undo.rows(list(group)[::-1], work.settings.roles):
                yield {UNDOES: f"{run.id}:{row}", **cells}


def _separator(work: Workplace, its_tool: Tool) -> str:
    """The one that the settings pin, if any."""
    return work.settings.command(its_tool.command).dialect.separator or its_tool.separator or ","


def _place(products: Products, command: str) -> str:
    version = products.version
    name, folder = (version.name, version.folder) if version else (command, "")
    return product("undo", products.run.id, "" if is_reserved(folder) else folder, _named(command, name))


def _named(command: str, name: str) -> str:
    return f"undo_{command}_{split_name(name)[0]}.csv"


def _note(work: Workplace, run: Run, place: str) -> None:
    """Let the ledger know the file, unless a run that was cut off has done so."""
    sha256, size, now = work.depot.sha256(place), work.depot.size(place), work.clock()
    with work.ledger.write() as tx:
        if files.at_place(tx, place):
            return
        version = files.add(
            tx,
            folder=folder_of(place),
            name=place.rpartition("/")[2],
            place=place,
            sha256=sha256,
            size=size,
            origin="generated",
            at=now,
            state=FileState.STORED,
        )
        detail = {"place": place, "bytes": size, "sha256": sha256}
        events.add(tx, "undo_written", who=work.holder, at=now, file_id=version.id, run_id=run.id, detail=detail)
