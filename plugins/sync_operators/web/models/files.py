"""What the page of a file shows: the version, its queue, its runs, what happened to it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import Connection, func, select

from sync_operators.ledger import events, files, runs
from sync_operators.ledger.events import Event
from sync_operators.ledger.files import FileVersion
from sync_operators.ledger.runs import Run
from sync_operators.ledger.tables import drop_names
from sync_operators.ledger.tables import files as table
from sync_operators.ledger.tables import runs as runs_table
from sync_operators.web.models.depot import Listed, versions_of

if TYPE_CHECKING:
    from sync_operators.hooks.workplace import Store

RUNS = 10
EVENTS = 200


@dataclass(frozen=True, slots=True)
class Told:
    """One version with all that is known of it; `queue` are the versions of its name that are here, in their turn."""

    version: FileVersion
    queue: tuple[Listed, ...]
    runs: tuple[Run, ...]
    events: tuple[Event, ...]

    @property
    def place(self) -> str:
        """Where it lies when it is its turn."""
        return f"{self.version.folder}/{self.version.name}" if self.version.folder else self.version.name

    @property
    def made_for(self) -> str | None:
        """The command of a file that we made for people."""
        return next((each.detail["command"] for each in self.events if each.what == "generated" and each.detail), None)

    @property
    def tryback(self) -> Run | None:
        """The last run that has left rows to be mended."""
        return next((run for run in self.runs if "tryback" in run.products and not run.simulate), None)

    @property
    def unfinished(self) -> Run | None:
        """The run that has it in its hands."""
        return next((run for run in self.runs if run.unfinished and not run.simulate), None)


def version_of(store: "Store", file_id: int) -> FileVersion:
    """The version of that number; KeyError when there is none."""
    with store.ledger.read() as tx:
        return files.get(tx, file_id)


def told_of(store: "Store", file_id: int) -> Told:
    """All about a version; KeyError when there is none."""
    with store.ledger.read() as tx:
        version = files.get(tx, file_id)
        queue = versions_of(tx, version.folder, version.name)
        happened = events.of_file(tx, file_id)[-EVENTS:]
        return Told(version, tuple(queue), tuple(_runs_of(tx, version)), tuple(happened))


def _runs_of(tx: Connection, version: FileVersion) -> list[Run]:
    """The last runs of the version, the newest first."""
    wanted = select(runs_table).where(runs_table.c.file_id == version.id).order_by(runs_table.c.id.desc()).limit(RUNS)
    return [Run(**row._mapping) for row in tx.execute(wanted)]


def unfinished_of(tx: Connection, ids: Sequence[int]) -> Mapping[int, Run]:
    """The runs that have some files in their hands, by file."""
    found = ((file_id, runs.unfinished_for_file(tx, file_id)) for file_id in ids)
    return {file_id: run for file_id, run in found if run is not None}


def drop_now(tx: Connection) -> tuple[int, "FileVersion | None"]:
    """How many files lie in the drop and were not taken, and what came from it last."""
    there = tx.execute(select(func.count()).select_from(drop_names).where(drop_names.c.gone.is_(None))).scalar_one()
    last = tx.execute(select(table).where(table.c.origin == "drop").order_by(table.c.id.desc()).limit(1)).first()
    return int(there), FileVersion(**last._mapping) if last else None
