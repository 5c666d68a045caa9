"""Files that are asked for by name too late: an event, or a tick, has run them already."""

import logging
from datetime import timedelta

from sqlalchemy import Connection, select

from sync_operators.ledger import events, runs
from sync_operators.ledger.runs import DagRun, Run
from sync_operators.ledger.tables import FINAL_STATES, files
from sync_operators.ledger.tables import runs as table
from sync_operators.plans.request import Request
from sync_operators.plans.workplace import Workplace

log = logging.getLogger(__name__)

WITHIN = timedelta(hours=6)
"""After that a file that is asked for and not there counts as forgotten by whoever was to drop it."""

_TOLD = "told_again"


def run_before(work: Workplace, request: Request) -> Run | None:
    """The run that has brought the named file to its end, for the first who asks for that file by its name.

    Whoever asks next has forgotten to drop it: None then, as after six hours, and for simulations.
    """
    if request.simulate or not request.file:
        return None
    with work.ledger.write() as tx:
        run = _last(tx, request.file.lstrip("/"), request.command)
        if run is None or run.ended is None or work.clock() - run.ended > WITHIN:
            return None
        if _is_theirs(tx, run, request):
            return run
        if _was_asked_for(tx, run):
            return None
        detail = {"dag_id": request.dag_id, "dag_run_id": request.dag_run_id, "by": request.started_by}
        events.add(tx, _TOLD, who=work.holder, at=work.clock(), file_id=run.file_id, run_id=run.id, detail=detail)
        runs.joined(tx, run.id, request.dag_id, request.dag_run_id, request.attempt)
    log.info("plan: run=%s command=%s file=%r has been run already", run.id, run.command, request.file)
    return run


def ran_in(tx: Connection, run: Run, dag_id: str, dag_run_id: str) -> DagRun | None:
    """The DAG run that began a run which another, this one, was only told of; None when it worked on it itself."""
    asked = {"dag_id": dag_id, "dag_run_id": dag_run_id}
    told = [event.detail or {} for event in events.of_run(tx, run.id) if event.what == _TOLD]
    if not any(asked.items() <= detail.items() for detail in told):
        return None
    return next(iter(runs.dag_runs_of(tx, run.id)), None)


def _last(tx: Connection, name: str, command: str) -> Run | None:
    """The last run of the latest version that came by that name, or is called so in the depot, if it has ended."""
    folder, _, own = name.rpartition("/")
    named = (files.c.folder == folder) & (files.c.name == own)
    came = files.c.origin_name == name.encode("utf-8", "surrogateescape")
    latest = select(files.c.id).where(named | came).order_by(files.c.arrival_no.desc()).limit(1)
    wanted = select(table).where(table.c.file_id == latest.scalar_subquery(), ~table.c.simulate)
    found = tx.execute(wanted.order_by(table.c.started.desc(), table.c.id.desc()).limit(1)).one_or_none()
    if found is None or found.command != command or found.state not in FINAL_STATES:
        return None
    return Run(**found._mapping)


def _is_theirs(tx: Connection, run: Run, request: Request) -> bool:
    """Whether it is the same DAG run that asks again, because its task is tried again."""
    theirs = (request.dag_id, request.dag_run_id)
    return any((each.dag_id, each.dag_run_id) == theirs for each in runs.dag_runs_of(tx, run.id))


def _was_asked_for(tx: Connection, run: Run) -> bool:
    """Whether somebody has had this run by the name of its file."""
    told = events.of_run(tx, run.id)
    return any(event.what == _TOLD or (event.what == "started" and (event.detail or {}).get("file")) for event in told)
