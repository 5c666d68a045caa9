"""The file manager: folders and files of the depot, and what people do with them."""

from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response
from pydantic import BaseModel

from sync_operators.depot.arranging import Desk, refuse_managed
from sync_operators.depot.names import is_reserved
from sync_operators.depot.uploading import Upload, Uploads
from sync_operators.ledger.files import FileVersion
from sync_operators.schedules import COMMANDS_OF, dag_of
from sync_operators.web import access as airflow
from sync_operators.web.depot_refusals import refusing
from sync_operators.web.models import depot as model
from sync_operators.web.models import reports
from sync_operators.web.models.depot import Part, Tree, Wanted
from sync_operators.web.models.feeding import feeds, first_files, runnable
from sync_operators.web.models.files import drop_now, unfinished_of, version_of
from sync_operators.web.models.reading import look
from sync_operators.web.page import Page, PageDep, readable, wants_fragment
from sync_operators.web.receiving import receive
from sync_operators.web.refusals import Refused, not_found

SECTION = "depot"
CAPTURE = "sync_capture"
TOLD = frozenset({"uploaded", "made", "renamed", "moved", "deleted", "captured"})
router = APIRouter()


@dataclass
class Asked:
    """What the address of a folder asks for: which files, how sorted, and what somebody is about to do with some."""

    q: str = ""
    state: str = ""
    sort: str = "name"
    after: str = ""
    preview: int = 0
    ask: str = ""
    told: str = ""
    id: Annotated[list[int] | None, Query()] = None
    sub: Annotated[list[str] | None, Query()] = None

    def wanted(self, folder: str) -> Wanted:
        """The files it asks for."""
        sort = self.sort if self.sort.lstrip("-") in model.SORTS else "name"
        after = int(self.after) if self.after.isdecimal() else 0
        return Wanted(folder, self.q.strip(), self.state, sort, after)


AskedDep = Annotated[Asked, Depends()]


@router.get("/depot")
def root(page: PageDep, asked: AskedDep) -> Response:
    """The depot's own folder."""
    return folder(page, "", asked)


@router.get("/depot/{path:path}")
def folder(page: PageDep, path: str, asked: AskedDep) -> Response:
    """A folder; the script asks for its table, a preview, or the form of what somebody is about to do."""
    page.access.require("GET", CAPTURE)
    with page.store.ledger.read() as tx:
        tree = model.tree(tx)
        wanted = asked.wanted(path)
        if not (tree.has(path) or path in model.MANAGED):
            raise not_found()
    if asked.ask:
        return _ask(page, tree, wanted, asked)
    shown = _contents(page, tree, wanted, asked)
    if asked.preview:
        shown |= _preview(page, asked.preview)
        if wants_fragment(page.request):
            return page.show("preview", section=SECTION, **shown)
    return page.show("depot", section=SECTION, **shown)


@router.post("/depot/files")
async def upload(request: Request, page: PageDep, folder: str = "") -> Response:
    """Take in the files of a form; one whose name is there already is queued behind it."""
    await run_in_threadpool(_check_writer, page, folder)
    store = page.store
    uploads = Uploads(
        store.ledger,
        store.depot,
        lambda place: runnable(store.settings, place),
        page.access.who,
        store.clock,
        largest=store.settings.depot.largest_upload,
        reserve=store.settings.depot.reserve,
    )

    def begin(name: str) -> Upload:
        with refusing(name):
            return uploads.begin(folder, name)

    await run_in_threadpool(uploads.tidy)
    with refusing():
        count = await receive(request, begin)
    return _back(page, folder, told="uploaded", n=count)


@router.post("/depot/folders")
def make_folder(page: PageDep, folder: Annotated[str, Form()] = "", name: Annotated[str, Form()] = "") -> Response:
    """Make a folder."""
    _check_writer(page, folder)
    with refusing(name):
        place = _desk(page).make_folder(folder, name.strip())
    return _back(page, place, told="made")


class Change(BaseModel):
    """What a form says: which files and folders, their new folder or name, and where the person was."""

    id: list[int] = []
    sub: list[str] = []
    to: str = ""
    name: str = ""
    folder: str = ""


ChangeForm = Annotated[Change, Form()]


@router.post("/files/rename")
def rename(page: PageDep, change: ChangeForm) -> Response:
    """Give one file or folder another name."""
    _check_writer(page, change.folder)
    desk, name = _desk(page), change.name.strip()
    with refusing(name):
        for file_id in change.id[:1]:
            desk.move(file_id, _version(page, file_id).folder, name)
        for place in change.sub[:1]:
            refuse_managed(place)
            desk.move_folder(place, place.rpartition("/")[0], name)
    return _back(page, change.folder, told="renamed")


@router.post("/files/move")
def move(page: PageDep, change: ChangeForm) -> Response:
    """Put files and folders into another folder."""
    _check_writer(page, change.to)
    desk = _desk(page)
    for file_id in change.id:
        with refusing(_version(page, file_id).name):
            desk.move(file_id, change.to)
    for place in change.sub:
        with refusing(place):
            desk.move_folder(place, change.to)
    return _back(page, change.folder, told="moved", n=len(change.id) + len(change.sub))


@router.post("/files/delete")
def delete(page: PageDep, change: ChangeForm) -> Response:
    """Take files and folders away."""
    _check_writer(page, change.folder)
    desk = _desk(page)
    for file_id in change.id:
        with refusing(_version(page, file_id).name):
            desk.delete(file_id)
    for place in change.sub:
        with refusing(place):
            desk.delete_folder(place)
    return _back(page, change.folder, told="deleted", n=len(change.id) + len(change.sub))


@router.post("/capture")
def capture(page: PageDep) -> Response:
    """Start the DAG that takes what is complete in the drop."""
    airflow.trigger(page.access, CAPTURE, {})
    return _back(page, "", told="captured")


def _contents(page: Page, tree: Tree, wanted: Wanted, asked: Asked) -> dict[str, Any]:
    """Everything that the page of a folder shows."""
    store = page.store
    with store.ledger.read() as tx:
        part = _part(page, tx, wanted, asked)
        taken = {each.id: feeds(store.settings, each.own_place) for each in part.files}
        first = first_files(tx, store.settings, {command for each in taken.values() for command in each})
        shown = {
            "sums": (tree.counts.get(wanted.folder, 0), tree.sizes.get(wanted.folder, 0)),
            "states": tree.states,
            "drop": drop_now(tx),
            "managed": model.managed_folders(tx),
        }
    next_runs = airflow.next_runs()
    return shown | {
        "wanted": wanted,
        "part": part,
        "after": asked.after,
        "told": asked.told if asked.told in TOLD else "",
        "preview": None,
        "taken": taken,
        "turns": {file_id: command for command, file_id in first.items()},
        "next_runs": {command: next_runs.get(dag_of(command)) for command in first},
        "soonest": _soonest(next_runs),
        "tree": tree.open_at(wanted.folder),
        "subfolders": [] if asked.after or wanted.text or wanted.state else tree.children(wanted.folder),
        "why_not": _why_not(page, wanted.folder),
        "may_capture": page.access.may("POST", CAPTURE, "RUN"),
        "all_states": model.STATES,
        "links": {name: what for what, name in reports.FILES.items()},
    }


def _part(page: Page, tx: Any, wanted: Wanted, asked: Asked) -> Part:
    if not wanted.is_managed:
        return model.find(tx, wanted)
    if wanted.folder in model.OF_FILES:
        return model.find_managed(tx, wanted.folder, wanted.text, wanted.after)
    return model.find_products(tx, wanted.folder, wanted.text, readable(page.access), asked.after)


def _soonest(next_runs: Any) -> tuple[str, Any] | None:
    """The DAG of commands that runs next, and when."""
    known = [(dag_id, at) for dag_id, at in next_runs.items() if at is not None and dag_id in COMMANDS_OF]
    return min(known, key=lambda each: each[1], default=None)


def _preview(page: Page, file_id: int) -> dict[str, Any]:
    version = _version(page, file_id)
    command = next(iter(feeds(page.store.settings, f"{version.folder}/{version.name}".lstrip("/"))), None)
    return {"preview": version, "look": look(page.store, version, command), "command": command}


def _ask(page: Page, tree: Tree, wanted: Wanted, asked: Asked) -> Response:
    """The form of one thing to be done, with what would follow from it."""
    ids, subs = asked.id or [], asked.sub or []
    if asked.ask not in {"upload", "folder", "rename", "move", "delete"}:
        raise not_found()
    if (why := _why_not(page, wanted.folder)) is not None:
        raise why
    store = page.store
    with store.ledger.read() as tx:
        chosen = model.some(tx, ids)
        runs = unfinished_of(tx, [each.id for each in chosen])
        first = first_files(
            tx, store.settings, {each for one in chosen for each in feeds(store.settings, one.own_place)}
        )
    next_runs = airflow.next_runs()
    shown: dict[str, Any] = {
        "ask": asked.ask,
        "wanted": wanted,
        "chosen": chosen,
        "subs": [each for each in subs if tree.has(each) and not is_reserved(each)],
        "inside": {
            each: sum(n for place, n in tree.counts.items() if f"{place}/".startswith(f"{each}/")) for each in subs
        },
        "taken": {each.id: feeds(store.settings, each.own_place) for each in chosen},
        "turns": {file_id: next_runs.get(dag_of(command)) for command, file_id in first.items()},
        "runs": runs,
        "folders": sorted({"", *tree.counts}),
        "largest": store.settings.depot.largest_upload,
    }
    return page.show("ask", section=SECTION, **shown)


def _why_not(page: Page, folder: str) -> Refused | None:
    """Why this person may change nothing in a folder; None when they may."""
    try:
        _check_writer(page, folder)
    except Refused as refused:
        return refused
    return None


def _check_writer(page: Page, folder: str) -> None:
    page.access.require("PUT", CAPTURE)
    with refusing(folder):
        refuse_managed(folder)


def _desk(page: Page) -> Desk:
    store = page.store
    return Desk(store.ledger, store.depot, lambda place: runnable(store.settings, place), page.access.who, store.clock)


def _version(page: Page, file_id: int) -> FileVersion:
    try:
        return version_of(page.store, file_id)
    except KeyError:
        raise not_found() from None


def _back(page: Page, folder: str, **told: Any) -> Response:
    return page.to(f"depot{'/' if folder else ''}{quote(folder)}?{urlencode(told)}")
