"""Runs: one command carried out on one file, from start to end, over as many DAG runs as it takes."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, insert, select, update
from sqlalchemy.exc import IntegrityError

from sync_operators.errors import Busy
from sync_operators.ledger import bulk
from sync_operators.ledger.tables import FINAL_STATES, dag_runs, files, runs
from sync_operators.ledger.upsert import insert_or_leave


class RunState(StrEnum):
    """How far a run has come; `held` and `failed` are not its end."""

    RUNNING = "running"
    HELD = "held"
    FAILED = "failed"
    DONE = "done"
    DONE_WITH_ERRORS = "done_with_errors"
    REFUSED = "refused"
    REJECTED = "rejected"
    SIMULATED = "simulated"


@dataclass(frozen=True, slots=True)
class Run:
    """One run, as the ledger knows it."""

    id: str
    file_id: int | None
    site_id: int
    command: str
    mode: str
    simulate: bool
    settings_digest: str
    plan_digest: str | None
    planned_at: datetime | None
    verdict: str | None
    holds: int
    decided_by: str | None
    decided_at: datetime | None
    reason: str | None
    state: str
    code: str | None
    args: Mapping[str, str]
    counts: Mapping[str, int]
    warnings: Mapping[str, int]
    warning_counts: Mapping[str, int]
    calls: Mapping[str, int]
    correlation_id: str | None
    started_by: str | None
    started: datetime
    ended: datetime | None
    products: Mapping[str, str]
    header: Sequence[str] | None = None
    """The header of its file, in alphabetical order; None until it is planned, and for a list that has no names."""
    spent: Mapping[str, Mapping[str, float]] | None = None
    """Of each function that was called, `rows` and `seconds`; None before the first call."""
    progress: Mapping[str, Any] | None = None
    """How far the step has come that is at work: see `plans.progress`."""

    @property
    def unfinished(self) -> bool:
        """Whether anything is still to be done about it."""
        return self.state not in FINAL_STATES


@dataclass(frozen=True, slots=True)
class DagRun:
    """An Airflow run that worked on a run of ours."""

    run_id: str
    dag_id: str
    dag_run_id: str
    try_number: int


def new_run_id(at: datetime) -> str:
    """Make an id that sorts by time and fits into file names: `20261122T040001Z-a1b2c3`."""
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}"


def start(
    tx: Connection,
    *,
    run_id: str,
    file_id: int | None,
    site_id: int,
    command: str,
    mode: str,
    simulate: bool,
    settings_digest: str,
    correlation_id: str | None,
    started_by: str | None,
    at: datetime,
) -> Run:
    """Begin a run; Busy when the version of the file has an unfinished one (simulations are free)."""
    if not simulate and file_id is not None:
        _refuse_second(unfinished_for_file(tx, file_id))
    values: dict[str, Any] = {
        "id": run_id,
        "file_id": file_id,
        "site_id": site_id,
        "command": command,
        "mode": mode,
        "simulate": simulate,
        "settings_digest": settings_digest,
        "correlation_id": correlation_id,
        "started_by": started_by,
        "started": at,
        "state": RunState.RUNNING,
    }
    empty: dict[str, Any] = {name: {} for name in ("args", "counts", "warnings", "warning_counts", "calls", "products")}
    try:
        tx.execute(insert(runs).values(values | empty))
    except IntegrityError as exc:
        if any(name in str(exc.orig) for name in ("uq_runs_unfinished_file", "runs.file_id")):
            raise _second(file_id, "another run") from exc
        raise
    return get(tx, run_id)


def get(tx: Connection, run_id: str) -> Run:
    """Give a run by its id; KeyError when there is none."""
    found = _found(tx, runs.c.id == run_id)
    if not found:
        raise KeyError(run_id)
    return found[0]


def unfinished_for_file(tx: Connection, file_id: int) -> Run | None:
    """Give the run that a version of a file is in the middle of."""
    return next(iter(_found(tx, (runs.c.file_id == file_id) & _unfinished())), None)


def unfinished(tx: Connection, site_id: int, command: str) -> list[Run]:
    """List the runs of a command that are to be gone on with, the oldest first."""
    return _found(tx, (runs.c.site_id == site_id) & (runs.c.command == command) & _unfinished())


def begun(tx: Connection, command: str) -> list[Run]:
    """List the runs of a command that are to be gone on with, on whatever site, the oldest first."""
    return _found(tx, (runs.c.command == command) & _unfinished())


def waiting_for_answer(tx: Connection) -> list[Run]:
    """List the held runs about which a person is asked and has not answered, the oldest first."""
    return _found(tx, (runs.c.state == RunState.HELD) & (runs.c.verdict == "hold") & _unfinished())


def last_ended(tx: Connection, site_id: int, command: str) -> Run | None:
    """Give the run of a command that ended last; simulations do not count."""
    wanted = (runs.c.site_id == site_id) & (runs.c.command == command) & ~runs.c.simulate & runs.c.ended.is_not(None)
    row = tx.execute(select(runs).where(wanted).order_by(runs.c.ended.desc(), runs.c.id.desc()).limit(1)).first()
    return Run(**row._mapping) if row else None


def former(tx: Connection, run: Run, limit: int) -> list[Run]:
    """List the last runs of the same command that were carried out before a run, the latest first."""
    alike = (runs.c.site_id == run.site_id) & (runs.c.command == run.command) & ~runs.c.simulate
    done = runs.c.state.in_(("done", "done_with_errors")) & (runs.c.id != run.id)
    wanted = select(runs).where(alike, done).order_by(runs.c.ended.desc(), runs.c.id.desc()).limit(limit)
    return [Run(**row._mapping) for row in tx.execute(wanted)]


def with_arrival(tx: Connection, run: Run) -> list[tuple[Run, int]]:
    """List a run of a file and those of its command that began after it on its site, with their files' arrival."""
    alike = (runs.c.site_id == run.site_id) & (runs.c.command == run.command) & (runs.c.started >= run.started)
    wanted = select(files.c.arrival_no, runs).join(files, files.c.id == runs.c.file_id).where(alike, ~runs.c.simulate)
    found = tx.execute(wanted.order_by(runs.c.started, runs.c.id)).mappings()
    return [(Run(**{column.name: row[column] for column in runs.c}), row[files.c.arrival_no]) for row in found]


def ended_well(tx: Connection, site_id: int, command: str) -> list[Run]:
    """List the runs of a command that were carried out on a site, the latest first."""
    alike = (runs.c.site_id == site_id) & (runs.c.command == command) & ~runs.c.simulate
    done = runs.c.state.in_((RunState.DONE, RunState.DONE_WITH_ERRORS))
    wanted = select(runs).where(alike, done).order_by(runs.c.ended.desc(), runs.c.id.desc())
    return [Run(**row._mapping) for row in tx.execute(wanted)]


def change(tx: Connection, run_id: str, **columns: Any) -> None:
    """Set columns of a run; KeyError when there is none."""
    if tx.execute(update(runs).where(runs.c.id == run_id).values(columns)).rowcount != 1:
        raise KeyError(run_id)


def forget_progress(tx: Connection, run_id: str) -> None:
    """Say that no step is at work on a run any more."""
    bulk.ask(tx, "UPDATE runs SET progress = NULL WHERE id = ? AND progress IS NOT NULL", (run_id,))


def joined(tx: Connection, run_id: str, dag_id: str, dag_run_id: str, try_number: int) -> None:
    """Remember that an Airflow run worked on it; telling it twice changes nothing."""
    values = {"run_id": run_id, "dag_id": dag_id, "dag_run_id": dag_run_id, "try": try_number}
    insert_or_leave(tx, dag_runs, values)


def dag_runs_of(tx: Connection, run_id: str) -> list[DagRun]:
    """Airflow runs that worked on a run."""
    return [DagRun(*row) for row in tx.execute(select(dag_runs).where(dag_runs.c.run_id == run_id))]


def of_dag_run(tx: Connection, dag_id: str, dag_run_id: str) -> list[Run]:
    """List the runs that an Airflow run worked on, the oldest first."""
    worked_on = (dag_runs.c.dag_id == dag_id) & (dag_runs.c.dag_run_id == dag_run_id)
    return _found(tx, runs.c.id.in_(select(dag_runs.c.run_id).where(worked_on)))


def _unfinished() -> ColumnElement[bool]:
    return ~runs.c.simulate & runs.c.state.not_in(FINAL_STATES)


def _found(tx: Connection, condition: ColumnElement[bool]) -> list[Run]:
    ordered = select(runs).where(condition).order_by(runs.c.started, runs.c.id)
    return [Run(**row._mapping) for row in tx.execute(ordered)]


def _refuse_second(other: Run | None) -> None:
    if other is not None:
        raise _second(other.file_id, f"run {other.id} ({other.state})")


def _second(file_id: int | None, other: str) -> Busy:
    return Busy(
        f"Version {file_id} of the file is already being worked on by {other}.",
        remedy="Go on with that run, or wait until it has ended.",
    )
