"""The first page: what needs a person, how each tool stands, whether drop and Moodle answer."""

from fastapi import APIRouter, Depends
from fastapi.responses import Response

from sync_operators.web import access as airflow
from sync_operators.web.access import allowed
from sync_operators.web.models import overview as model
from sync_operators.web.page import PageDep, readable
from sync_operators.web.reaching import REACHING

SECTION = "overview"
CAPTURE_DAG = "sync_capture"
router = APIRouter(dependencies=[Depends(allowed("GET", CAPTURE_DAG))])


@router.get("/")
def overview(page: PageDep) -> Response:
    """The overview; cards only of the tools that the person may look at."""
    found = model.overview(page.store, readable(page.access), next_runs := airflow.next_runs())
    return page.show("overview", section=SECTION, overview=found, next_runs=next_runs, now=page.store.clock())


@router.get("/reach")
def reach(page: PageDep) -> Response:
    """Whether drop and Moodle answer: asked for after the page, so that a silent one does not keep it waiting."""
    at, found = REACHING.look()
    return page.show("reach", section=SECTION, at=at, found=found)
