"""What the ledger forgets: the details of ended runs, and simulations whole. What was applied is never forgotten."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Column, Connection, Table, delete, func, select

from sync_operators.ledger.bulk import ROWS, chunks
from sync_operators.ledger.files import FileVersion
from sync_operators.ledger.opening import Ledger
from sync_operators.ledger.tables import FINAL_STATES, dag_runs, events, files, operations, rows, runs

_DETAILS: tuple[tuple[Table, "Column[int]"], ...] = (
    (operations, operations.c.seq),
    (rows, rows.c.row),
    (events, events.c.id),
)
"""Tables of details, with the column that counts within a run."""


@dataclass(frozen=True, slots=True)
class OfRun:
    """What is to be known of a run before something of it goes."""

    is_over: bool
    warnings: Mapping[str, int]


def stamp(at: datetime) -> str:
    """How the ids of runs that began then begin."""
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def versions_at(tx: Connection, places: Sequence[str]) -> dict[str, FileVersion]:
    """The versions that lie at some places, by place."""
    found = tx.execute(select(files).where(files.c.place.in_(places)))
    return {str(row.place): FileVersion(**row._mapping) for row in found}


def runs_of(tx: Connection, run_ids: Sequence[str]) -> dict[str, OfRun]:
    """Runs by their ids; those that there are."""
    found = tx.execute(select(runs.c.id, runs.c.state, runs.c.simulate, runs.c.warnings).where(runs.c.id.in_(run_ids)))
    return {row.id: OfRun(row.simulate or row.state in FINAL_STATES, row.warnings) for row in found}


@dataclass(frozen=True, slots=True)
class Forgetting:
    """Forgets, or only counts what would be forgotten."""

    ledger: Ledger
    simulate: bool

    def details(self, ended_before: datetime) -> Counter[str]:
        """Rows, operations and events of runs, no simulations, that ended before that time; how many, by table."""
        found: Counter[str] = Counter()
        for table, number in _DETAILS:
            for run_id in self._run_ids(table, ended_before):
                found[table.name] += self._forget(table, number, run_id)
        return found

    def simulations(self, started_before: datetime) -> Counter[str]:
        """Simulations that began before that time, with all that belongs to them."""
        found: Counter[str] = Counter()
        with self.ledger.read() as tx:
            old = tx.execute(select(runs.c.id).where(runs.c.simulate, runs.c.started < started_before)).scalars().all()
        for run_id in old:
            for table, number in _DETAILS:
                found[table.name] += self._forget(table, number, run_id)
        for chunk in chunks(old):
            found["simulations"] += self._forget_runs(chunk)
        return found

    def _run_ids(self, table: Table, ended_before: datetime) -> Iterator[str]:
        """Runs that have details there, each found by one step in the index: most of the ended ones have none left."""
        last: str | None = ""
        next_id = select(func.min(table.c.run_id)).where(table.c.run_id < stamp(ended_before))
        while True:
            with self.ledger.read() as tx:
                last = tx.execute(next_id.where(table.c.run_id > last)).scalar()
                ended = tx.execute(select(runs.c.ended).where(runs.c.id == last, ~runs.c.simulate)).scalar()
            if last is None:
                return
            if ended is not None and ended < ended_before:
                yield last

    def _forget(self, table: Table, number: "Column[int]", run_id: str) -> int:
        """One run's details, a thousand in a transaction."""
        of_run = table.c.run_id == run_id
        if self.simulate:
            with self.ledger.read() as tx:
                return int(tx.execute(select(func.count()).select_from(table).where(of_run)).scalar_one())
        gone, last = 0, -1
        while True:
            following = select(number).where(of_run, number > last).order_by(number).limit(ROWS).subquery()
            with self.ledger.write() as tx:
                top = tx.execute(select(func.max(following.c[0]))).scalar()
                if top is None:
                    return gone
                gone += tx.execute(delete(table).where(of_run, number > last, number <= top)).rowcount
                last = top

    def _forget_runs(self, run_ids: Sequence[str]) -> int:
        if not self.simulate:
            with self.ledger.write() as tx:
                tx.execute(delete(dag_runs).where(dag_runs.c.run_id.in_(run_ids)))
                tx.execute(delete(runs).where(runs.c.id.in_(run_ids)))
        return len(run_ids)
