"""Runs as lists show them, page by page, the newest first."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, select, tuple_

from sync_operators.ledger.runs import RunState
from sync_operators.ledger.tables import dag_runs, files, rows, runs
from sync_operators.plans.progress import Kept
from sync_operators.reports.overview import CHANGED, ERRORS, PLANNED, rows_by_end

PAGE = 50


@dataclass(frozen=True, slots=True)
class Listed:
    """One run in a list."""

    id: str
    command: str
    file_id: int | None
    file: str | None
    state: str
    verdict: str | None
    code: str | None
    args: Mapping[str, str]
    simulate: bool
    holds: int
    counts: Mapping[str, int]
    started: datetime
    ended: datetime | None
    started_by: str | None
    decided_by: str | None
    decided_at: datetime | None
    planned_at: datetime | None
    progress: Mapping[str, Any] | None

    @property
    def kept(self) -> Kept | None:
        """How far it has come, while it is at work and has figures."""
        return kept(self.state, self.progress)

    @property
    def rows(self) -> int:
        """How many rows were read; of a run that goes on, those that planning found unchanged."""
        return sum(self.counts.values())

    @property
    def failed(self) -> int:
        """How many of them failed."""
        return rows_by_end(self.counts)[ERRORS]

    @property
    def changed(self) -> int:
        """How many changed something in Moodle, or would have."""
        ends = rows_by_end(self.counts)
        return ends[CHANGED] + ends[PLANNED]

    @property
    def asks(self) -> bool:
        """Whether a person is asked about it."""
        return self.state == "held" and self.verdict == "hold"

    @property
    def seconds(self) -> float | None:
        """How long it took; None while it goes on."""
        return None if self.ended is None else (self.ended - self.started).total_seconds()


def kept(state: str, progress: Mapping[str, Any] | None) -> Kept | None:
    """How far a run has come; None when it is not at work, or too shortly for figures."""
    return Kept.of(progress) if state == RunState.RUNNING else None


@dataclass(frozen=True, slots=True)
class Found:
    """A part of a list; `following` is what the next part comes after, None at the end."""

    runs: tuple[Listed, ...]
    following: str | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which runs: of some commands, and, where given, in a state, of a file's name, of an Airflow run or its DAG."""

    commands: Collection[str]
    command: str = ""
    state: str = ""
    name: str = ""
    dag: str = ""
    dag_run: str = ""


# The ids of runs that began in the same second are in no order.
_WHEN = (runs.c.started, runs.c.id)
_NEWEST_FIRST = tuple(column.desc() for column in _WHEN)
_COLUMNS = [runs.c[name] for name in Listed.__slots__ if name != "file"]
_LISTED = select(*_COLUMNS, files.c.name.label("file")).select_from(runs.outerjoin(files, runs.c.file_id == files.c.id))


def find(tx: Connection, wanted: Wanted, *, before: str = "", also: tuple[ColumnElement[bool], ...] = ()) -> Found:
    """A part of the list: runs before that one, the newest first."""
    conditions = [*_conditions(wanted), *also]
    if before:
        begun = select(runs.c.started).where(runs.c.id == before).scalar_subquery()
        conditions.append(tuple_(*_WHEN) < tuple_(begun, before))
    question = _LISTED.where(*conditions).order_by(*_NEWEST_FIRST).limit(PAGE + 1)
    found = _listed(tx, question)
    return Found(tuple(found[:PAGE]), found[PAGE - 1].id if len(found) > PAGE else None)


def last_of(tx: Connection, command: str, count: int) -> list[Listed]:
    """The last runs of a command, the newest first; simulations do not count."""
    question = _LISTED.where(runs.c.command == command, ~runs.c.simulate).order_by(*_NEWEST_FIRST).limit(count)
    return _listed(tx, question)


def _listed(tx: Connection, question: Select[Any]) -> list[Listed]:
    found = [_told(row._mapping) for row in tx.execute(question)]
    planned = _planned(tx, [row["id"] for row in found if row["ended"] is None])
    return [Listed(**row | {"counts": Counter(row["counts"]) + Counter(planned=planned[row["id"]])}) for row in found]


def _planned(tx: Connection, unfinished: Collection[str]) -> Counter[str]:
    """The rows of runs that have not ended: their outcomes are counted at the end."""
    of_runs = select(rows.c.run_id, func.count()).where(rows.c.run_id.in_(unfinished)).group_by(rows.c.run_id)
    return Counter({run_id: count for run_id, count in tx.execute(of_runs)}) if unfinished else Counter()  # noqa: C416


def _conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [
        runs.c.command.in_([one for one in wanted.commands if not wanted.command or one == wanted.command])
    ]
    if wanted.state:
        found.append(runs.c.state == wanted.state)
    if wanted.name:
        found.append(files.c.name.icontains(wanted.name, autoescape=True))
    if wanted.dag:
        worked = select(dag_runs.c.run_id).where(dag_runs.c.dag_id == wanted.dag)
        if wanted.dag_run:
            worked = worked.where(dag_runs.c.dag_run_id == wanted.dag_run)
        found.append(runs.c.id.in_(worked))
    return found


def _told(row: Any) -> dict[str, Any]:
    values = dict(row)
    # What a simulation read where it lay is no file of the ledger.
    values["file"] = values["file"] or (values["args"].get("input_name") or "").strip('"') or values["args"].get("name")
    return values
