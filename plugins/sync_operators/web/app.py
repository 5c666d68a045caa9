"""The pages as one FastAPI app, mounted by Airflow under `/sync`."""

import logging
from pathlib import Path
from typing import Any

from fastapi import Depends, FastAPI, HTTPException, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse
from fastapi.staticfiles import StaticFiles

from sync_operators.errors import SyncError
from sync_operators.web import refusals
from sync_operators.web.access import same_person
from sync_operators.web.guarding import SafeHeaders, same_origin
from sync_operators.web.page import html, refusal
from sync_operators.web.refusals import Refused
from sync_operators.web.routes import changes, courses, depot, files, overview, plans, reports, settings

log = logging.getLogger(__name__)

PAGES: tuple[Any, ...] = (overview, depot, files, reports, plans, courses, changes, settings)
"""A page is a module of `routes` with its `SECTION` of the navigation and its `router`; a new one is named here."""


def make_app() -> FastAPI:
    """The app: every route needs somebody who is signed in; writes come from our own pages."""
    made = FastAPI(
        title="Tool Sync",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        dependencies=[Depends(same_origin), Depends(same_person)],
    )
    made.state.sections = frozenset(page.SECTION for page in PAGES)
    for page in PAGES:
        made.include_router(page.router)
    made.mount("/static", StaticFiles(directory=Path(__file__).parent / "static"))
    made.add_middleware(SafeHeaders)
    _say_refusals(made)
    return made


def _say_refusals(made: FastAPI) -> None:
    made.add_exception_handler(Refused, _refused)
    made.add_exception_handler(SyncError, _unusable)
    made.add_exception_handler(HTTPException, _http)
    made.add_exception_handler(404, _missing)
    made.add_exception_handler(RequestValidationError, _unreadable)
    made.add_exception_handler(Exception, _broken)


def _refused(request: Request, error: Any) -> HTMLResponse:
    return refusal(request, error)


def _unusable(request: Request, error: Any) -> HTMLResponse:
    """Settings, depot or ledger cannot be used: their own words, as the log of a task has them."""
    log.error("page: path=%s %s", request.url.path, error)
    return html(request, "unusable", {"error": error}, 503)


def _http(request: Request, error: Any) -> HTMLResponse:
    known = {401: refusals.not_signed_in, 403: refusals.no_longer_known, 404: refusals.not_found}
    made = known.get(error.status_code)
    return refusal(request, made() if made else refusals.plain(error.status_code))


def _missing(request: Request, _error: Any) -> HTMLResponse:
    return refusal(request, refusals.not_found())


def _unreadable(request: Request, _error: Any) -> HTMLResponse:
    return refusal(request, refusals.plain(422))


def _broken(request: Request, error: Any) -> HTMLResponse:
    log.error("page: path=%s failed", request.url.path, exc_info=error)
    return refusal(request, refusals.broken())


app = make_app()
