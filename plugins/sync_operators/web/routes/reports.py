"""What runs came to: their list, the report of each, its files."""

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from fastapi.responses import Response

from sync_operators.codes import Kind
from sync_operators.depot.errors import NotThere
from sync_operators.ledger.runs import Run, RunState
from sync_operators.reports.facts import RunFacts
from sync_operators.reports.html import bars_of, by_severity, dialect_of
from sync_operators.reports.texts import Texts
from sync_operators.schedules import dag_of
from sync_operators.web.models import reports as model
from sync_operators.web.models import runs as listing
from sync_operators.web.page import Page, PageDep, readable
from sync_operators.web.refusals import not_found
from sync_operators.web.serving import download

SECTION = "reports"
router = APIRouter()


@dataclass(frozen=True, slots=True)
class Asked:
    """What a list is asked for; of an Airflow run (`dag`, `dag_run`) the runs it worked on."""

    command: str = ""
    state: str = ""
    q: str = ""
    dag: str = ""
    dag_run: str = ""
    before: str = ""


@dataclass(frozen=True, slots=True)
class AskedRows:
    """Which rows of a report; without a kind or code, problems first."""

    kind: str | None = None
    code: str = ""
    q: str = ""
    after: int = -1


@router.get("/reports")
def reports(page: PageDep, asked: Annotated[Asked, Depends()]) -> Response:
    """Every run, the newest first."""
    return _listed(page, asked)


@router.get("/dags/{dag_id}")
def of_dag(page: PageDep, dag_id: str) -> Response:
    """The reports of a DAG, as a tab on its page; in a path, where a plus of an id stays one."""
    return _listed(page, Asked(dag=dag_id))


@router.get("/dags/{dag_id}/runs/{dag_run:path}")
def of_dag_run(page: PageDep, dag_id: str, dag_run: str) -> Response:
    """The reports of the runs that an Airflow run worked on, as a tab on its page."""
    return _listed(page, Asked(dag=dag_id, dag_run=dag_run))


def _listed(page: Page, asked: Asked) -> Response:
    wanted = listing.Wanted(
        readable(page.access), asked.command, asked.state, asked.q.strip(), asked.dag, asked.dag_run
    )
    with page.store.ledger.read() as tx:
        found = listing.find(tx, wanted, before=asked.before)
    return page.show("reports", section=SECTION, found=found, wanted=wanted, before=asked.before, states=list(RunState))


@router.get("/reports/{run_id}")
def report(page: PageDep, run_id: str, asked: Annotated[AskedRows, Depends()]) -> Response:
    """One report: the whole in figures, the problems first."""
    run = readable_run(page, run_id)
    told = model.facts(page.store, run)
    chosen = model.Chosen(_kind(told, asked), asked.code, asked.q.strip())
    offered = model.offered(run)
    shown: dict[str, Any] = {
        "facts": told,
        "chosen": chosen,
        "part": model.part(page.store, run, chosen, asked.after),
        "after": asked.after,
        "outcomes": by_severity(told.counts),
        "beside": by_severity(told.warning_counts),
        "bars": bars_of(told),
        "dialect": dialect_of(told, Texts(page.language.name)),
        "offered": offered,
        "may_write": page.access.may("PUT", dag_of(run.command), "RUN"),
        "withheld": {what for what in offered if model.writes_again(what)},
        "kept": listing.kept(run.state, run.progress),
    }
    return page.show("report", section=SECTION, run=run, **shown)


@router.get("/reports/{run_id}/progress")
def progress(page: PageDep, run_id: str) -> Response:
    """How far a run at work has come: its pages ask every few seconds."""
    run = readable_run(page, run_id)
    return page.show("progress", section=SECTION, run=run, kept=listing.kept(run.state, run.progress))


@router.get("/reports/{run_id}/file")
def its_file(page: PageDep, run_id: str) -> Response:
    """The way to the page of the run's file, for links that know the run alone."""
    run = readable_run(page, run_id)
    if run.file_id is None:
        raise not_found()
    return page.to(f"files/{run.file_id}")


@router.get("/reports/{run_id}/{what}")
def file(page: PageDep, run_id: str, what: str) -> Response:
    """A file of a run, as an attachment; those that write to Moodle again need the right to edit the DAG."""
    run = readable_run(page, run_id)
    if model.writes_again(what):
        page.access.require("PUT", dag_of(run.command), "RUN")
    place = model.place_of(run, what)
    if place is None:
        raise not_found()
    try:
        return download(page.store.depot, place)
    except NotThere:
        raise not_found() from None


def _kind(told: RunFacts, asked: AskedRows) -> str:
    """The kind of rows to be shown: problems first, unless something else is asked for."""
    if asked.kind is None and not asked.code:
        return model.first_look(told)
    return asked.kind if asked.kind in set(Kind) else ""


def readable_run(page: Page, run_id: str) -> Run:
    """The run, for who may look at its tool. Raises Refused with 404 or 403."""
    try:
        run = model.run_of(page.store, run_id)
    except KeyError:
        raise not_found() from None
    page.access.require("GET", dag_of(run.command), "RUN")
    return run
