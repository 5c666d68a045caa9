"""One file: what it is, what is in it, what happened to it; read it another way, plan it, run it."""

import logging
from typing import Annotated, Any

from fastapi import APIRouter, Form
from fastapi.responses import Response
from pydantic import BaseModel

from sync_operators.command_files.dialect import DialectRules
from sync_operators.depot.errors import NotThere
from sync_operators.depot.names import is_undo
from sync_operators.depot.uploading import Upload, Uploads
from sync_operators.errors import ConfigurationError
from sync_operators.ledger import events, files
from sync_operators.ledger.files import FileState, FileVersion
from sync_operators.schedules import COMMANDS_OF, dag_of
from sync_operators.web import access as airflow
from sync_operators.web.depot_refusals import refusing
from sync_operators.web.language import N_
from sync_operators.web.models import files as model
from sync_operators.web.models.feeding import feeds, file_setting, first_files, runnable
from sync_operators.web.models.files import Told
from sync_operators.web.models.reading import check, holds_secrets, look
from sync_operators.web.page import Page, PageDep
from sync_operators.web.refusals import Refused, not_found
from sync_operators.web.routes.depot import CAPTURE, SECTION
from sync_operators.web.serving import download

log = logging.getLogger(__name__)

ENCODINGS = ("utf-8", "windows-1252", "iso-8859-15", "utf-16-le", "utf-16-be")
SEPARATORS = (";", ",", "tab", ":")
_BLOCK = 1 << 20
router = APIRouter()


@router.get("/files/{version:int}")
def file(page: PageDep, version: int, told: str = "", command: str = "") -> Response:
    """One version of a file."""
    known = _told(page, version)
    ours = _commands(page)
    chosen = command if command in ours else _command(page, known)
    store = page.store
    with store.ledger.read() as tx:
        first = first_files(tx, store.settings, [chosen] if chosen else [])
    shown: dict[str, Any] = {
        "file": known,
        "command": chosen,
        "feeds": feeds(store.settings, known.place),
        "commands": ours,
        "is_next": chosen is not None and first.get(chosen) == version,
        "next_run": airflow.next_runs().get(dag_of(chosen)) if chosen else None,
        "look": look(store, known.version, chosen) if known.version.place else None,
        "encodings": ENCODINGS,
        "separators": SEPARATORS,
        "why_not": _why_not(known),
        "may_edit": page.access.may("PUT", CAPTURE),
        "may_run": {each: page.access.may("POST", dag_of(each), "RUN") for each in ours},
        "told": told if told in {"read", "planned", "started"} else "",
    }
    log.info("file: seen id=%d who=%r", version, page.access.who)
    return page.show("file", section=SECTION, **shown)


@router.get("/files/{version:int}/rows")
def rows(page: PageDep, version: int, command: str = "") -> Response:
    """The rows that cannot run, whatever Moodle says."""
    known = _told(page, version)
    chosen = command if command in _commands(page) else _command(page, known)
    if chosen is None or known.version.place is None or known.version.name.casefold().endswith(".zip"):
        raise not_found()
    return page.show("problems", section=SECTION, file=known, checked=check(page.store, known.version, chosen))


@router.get("/files/{version:int}/raw")
def raw(page: PageDep, version: int) -> Response:
    """Its bytes; of one that holds passwords, or that writes to Moodle again, to those alone who may change it."""
    known = _told(page, version)
    if known.version.place is None:
        raise not_found()
    if is_undo(known.version.place) or holds_secrets(page.store, known.version, _command(page, known)):
        page.access.require("PUT", CAPTURE)
    log.info("file: downloaded id=%d who=%r", version, page.access.who)
    try:
        return download(page.store.depot, known.version.place)
    except NotThere:
        raise not_found() from None


class Saying(BaseModel):
    """How somebody says that a file is to be read; empty: as it is found."""

    encoding: str = ""
    separator: str = ""


@router.post("/files/{version:int}/dialect")
def dialect(page: PageDep, version: int, said: Annotated[Saying, Form()]) -> Response:
    """Read it another way, from now on, this version alone."""
    page.access.require("PUT", CAPTURE)
    given = {"encoding": said.encoding, "separator": "\t" if said.separator == "tab" else said.separator}
    read_as = {name: value for name, value in given.items() if value}
    try:
        DialectRules(encoding=read_as.get("encoding"), separator=read_as.get("separator"))
    except ConfigurationError:
        raise Refused(
            422, N_("Not a dialect."), N_("That encoding or separator is not known. Nothing was changed.")
        ) from None
    known = _told(page, version)
    if (why := _why_not(known)) is not None and why.status == 409:
        raise why
    store = page.store
    with store.ledger.write() as tx:
        files.change(tx, version, read_as=read_as or None)
        events.add(tx, "read_as", who=page.access.who, at=store.clock(), file_id=version, detail=read_as)
    return page.to(f"files/{version}?told=read")


@router.post("/files/{version:int}/plan")
def plan(page: PageDep, version: int, command: Annotated[str, Form()] = "") -> Response:
    """Make a plan of it that is never applied: a simulation."""
    return _start(page, _told(page, version), command, simulate=True)


@router.post("/files/{version:int}/run")
def run(page: PageDep, version: int, command: Annotated[str, Form()] = "") -> Response:
    """Run it now, whoever's turn it is."""
    return _start(page, _told(page, version), command, simulate=False)


@router.post("/files/{version:int}/tryback")
def tryback(page: PageDep, version: int) -> Response:
    """Take a copy of the rows that failed into the depot, and run it."""
    page.access.require("PUT", CAPTURE)
    known = _told(page, version)
    its_run = known.tryback
    if its_run is None:
        raise not_found()
    page.access.require("POST", dag_of(its_run.command), "RUN")
    with refusing(known.version.name):
        copy = _copy(page, its_run.products["tryback"])
    return _start(page, _told(page, copy.id), its_run.command, simulate=False)


def _start(page: Page, known: Told, command: str, *, simulate: bool) -> Response:
    chosen = command or _command(page, known)
    if chosen is None or chosen not in _commands(page):
        raise Refused(422, N_("Which tool?"), N_("Choose the tool that is to read this file. Nothing was started."))
    page.access.require("POST", dag_of(chosen), "RUN")
    if (why := _why_not(known)) is not None:
        raise why
    conf = {"command": chosen, "file": known.version.place, "simulate": simulate}
    started = airflow.trigger(page.access, dag_of(chosen), conf)
    store = page.store
    with store.ledger.write() as tx:
        detail = {"dag_id": dag_of(chosen), "dag_run_id": started, "command": chosen, "simulate": simulate}
        events.add(tx, "asked_to_run", who=page.access.who, at=store.clock(), file_id=known.version.id, detail=detail)
    return page.to(f"files/{known.version.id}?told={'planned' if simulate else 'started'}")


def _copy(page: Page, place: str) -> FileVersion:
    """One more version of a tryback, in the depot's own folder under its own name: as if it had been dropped again."""
    store = page.store
    uploads = Uploads(
        store.ledger, store.depot, lambda at: runnable(store.settings, at), page.access.who, store.clock,
        largest=store.settings.depot.largest_upload,
    )  # fmt: skip
    copy: Upload = uploads.begin("", place.rpartition("/")[2])
    copy.origin = "generated"
    try:
        with store.depot.open(place) as source:
            while block := source.read(_BLOCK):
                copy.write(block)
        return copy.close()
    finally:
        copy.discard()


def _told(page: Page, version: int) -> Told:
    page.access.require("GET", CAPTURE)
    try:
        return model.told_of(page.store, version)
    except KeyError:
        raise not_found() from None


def _commands(page: Page) -> list[str]:
    """The commands that could be told to take the file: those that take one."""
    every = (command for commands in COMMANDS_OF.values() for command in commands)
    return [each for each in every if file_setting(page.store.settings, each)]


def _command(page: Page, known: Told) -> str | None:
    """The command that takes the file by itself, has run it last, or that it was made for."""
    if is_undo(known.version.place):
        found = [each for each in _commands(page) if f"_undo_{each}_" in known.version.name]
        return max(found, key=len, default=None)
    taken = feeds(page.store.settings, known.place)
    return next(iter(taken), None) or next((run.command for run in known.runs), None) or known.made_for


def _why_not(known: Told) -> Refused | None:
    """Why the file cannot be run or read another way now; None when it can."""
    version = known.version
    if version.state not in {FileState.WAITING, FileState.STORED} or version.moving_to or known.unfinished:
        text = N_(
            "Only a file that waits or is stored can be planned or run; this one is queued, at work, held or kept."
        )
        return Refused(409, N_("Not now."), text)
    if version.place != known.place and not is_undo(version.place):
        return Refused(409, N_("Not now."), N_("It is on its way to another place. Try again in a moment."))
    return None
