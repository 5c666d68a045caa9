"""The courses of the site: found and chosen across pages, then written into a command file that waits for a person."""

from contextlib import suppress
from datetime import UTC, date, datetime
from typing import Annotated, Any
from urllib.parse import urlencode

from babel.dates import format_date
from fastapi import APIRouter, Depends, Form, Query
from fastapi.responses import Response
from pydantic import BaseModel

from sync_operators.depot.names import place_of
from sync_operators.depot.uploading import Uploads
from sync_operators.ledger.files import FileVersion
from sync_operators.schedules import dag_of
from sync_operators.web.access import allowed, trigger
from sync_operators.web.language import N_
from sync_operators.web.models import course_files as files
from sync_operators.web.models import courses as model
from sync_operators.web.page import Page, PageDep
from sync_operators.web.refusals import Refused

SECTION = "courses"
READING = "sync_course_list"
CAPTURE = "sync_capture"
router = APIRouter(dependencies=[Depends(allowed("GET", "sync_courses"))])


class Asked(BaseModel):
    """The form of the page: filters, what is shown of them, and the courses chosen so far, on this page and others.

    `since`: the Airflow run that reads the list anew.
    """

    cat: list[int] = []
    q: str = ""
    idle: str = ""
    visible: str = ""
    empty: bool = False
    sort: str = "shortname"
    page: int = 1
    ids: list[int] = []
    shown: str = ""
    kept: str = ""
    pick: str = ""
    kind: str = "check"
    folder: str = files.FOLDER
    roles: list[str] = []
    groups: str = ""
    groupings: str = ""
    since: str = ""

    @property
    def filters(self) -> model.Filters:
        """What passes; what cannot be understood filters nothing."""
        name = self.sort.removeprefix("-")
        return model.Filters(
            frozenset(self.cat),
            self.q.strip(),
            _day(self.idle),
            self.visible,
            self.empty,
            name if name in model.SORTS else "shortname",
            self.sort.startswith("-"),
        )

    @property
    def wish(self) -> files.Wish:
        """The file that is asked for."""
        kind = self.kind if self.kind in files.KINDS else "check"
        given = {"roles": " ".join(self.roles), "groups": self.groups, "groupings": self.groupings}
        return files.Wish(kind, given if kind == "reset" else {})

    def chosen(self, shelf: model.Shelf) -> set[int]:
        """Every chosen course: those of other pages, and what is ticked on this one."""
        if self.pick == "none":
            return set()
        every = {course.id for course in shelf.found(self.filters)} if self.pick == "all" else set()
        return (_numbers(self.kept) - _numbers(self.shown) | set(self.ids) | every) & shelf.by_id.keys()


def _day(text: str) -> date | None:
    with suppress(ValueError):
        return date.fromisoformat(text)
    return None


def _numbers(text: str) -> set[int]:
    return {int(one) for one in text.split(",") if one.isdecimal()}


@router.get("/courses")
def courses(page: PageDep, asked: Annotated[Asked, Query()]) -> Response:
    """The list, by filters."""
    return _shown(page, asked)


@router.post("/courses")
def turned(page: PageDep, asked: Annotated[Asked, Form()], part: str = "") -> Response:
    """Another page or filter, with the choice made so far; of `part=file` the file as it would be written, alone.

    Changes nothing. Both have the depth of the page itself: what a part links to is relative to that.
    """
    if part == "file":
        made = _made(page, asked, _shelf(page))
        return page.show("_courses_file", section=SECTION, **_file_values(page, asked, made))
    return _shown(page, asked)


@router.post("/courses/files")
def write(page: PageDep, asked: Annotated[Asked, Form()]) -> Response:
    """Write the file into the depot, where nothing runs it by itself."""
    page.access.require("PUT", dag_of(files.KINDS[asked.wish.kind]))
    page.access.require("PUT", CAPTURE)
    made = _made(page, asked, _shelf(page))
    _check(page, asked, made)
    return page.to(f"files/{_kept(page, asked.folder, made).id}")


def _kept(page: Page, folder: str, made: files.Made) -> FileVersion:
    store, limits = page.store, page.store.settings
    uploads = Uploads(
        store.ledger,
        store.depot,
        lambda place: bool(files.runs_by_itself(limits, place)),
        page.access.who,
        store.clock,
        limits.drop.max_bytes,
        limits.depot.reserve,
    )
    upload = uploads.begin(folder, made.name)
    try:
        upload.origin, upload.beside = "generated", {"command": made.command}
        upload.write(made.content)
        return upload.close()
    finally:
        upload.discard()


@router.post("/courses/refresh")
def refresh(page: PageDep) -> Response:
    """Let Airflow read the list anew."""
    return page.to(f"courses?since={trigger(page.access, READING, {})}")


def _shelf(page: Page) -> model.Shelf:
    found = model.shelf(page.store.depot)
    if found is None:
        raise Refused(
            409,
            N_("No list yet."),
            N_("The courses were not read from Moodle yet. Nothing was changed."),
            "courses",
            N_("Courses"),
        )
    return found


def _made(page: Page, asked: Asked, shelf: model.Shelf) -> files.Made:
    return files.make(page.store.settings, asked.wish, shelf.chosen(asked.chosen(shelf)), page.store.clock())


def _check(page: Page, asked: Asked, made: files.Made) -> None:
    if not made.courses:
        raise _refused(N_("No course is chosen that could stand in the file."))
    if made.kind == "reset" and not any(asked.wish.options.values()):
        raise _refused(N_("Nothing is to be cleared: choose what."))
    if asked.folder not in files.folders(page.store):
        raise _refused(N_("There is no such folder."))
    if running := files.runs_by_itself(page.store.settings, place_of(asked.folder, made.name)):
        text = N_("The setting `{setting}` names such a file in this folder, so it would run by itself.")
        raise _refused(text, setting=f"{running[0]}.file")


def _refused(text: str, **values: Any) -> Refused:
    return Refused(422, N_("The file was not written."), text, "courses", N_("Courses"), values=values)


def _shown(page: Page, asked: Asked) -> Response:
    shelf = model.shelf(page.store.depot)
    values: dict[str, Any] = {"shelf": shelf, "asked": asked, "reading": READING, "teachers": model.TEACHERS}
    values["may_read"] = page.access.may("POST", READING, "RUN")
    if shelf is not None:
        values |= _list_values(page, asked, shelf)
        values |= _file_values(page, asked, _made(page, asked, shelf))
    locale = page.language.formats.locale
    values["day"] = lambda at: format_date(datetime.fromtimestamp(at, UTC), "d MMM y", locale=locale)
    answer = page.show("courses", section=SECTION, model=model, **values)
    answer.headers["Content-Location"] = _address(asked)
    return answer


def _list_values(page: Page, asked: Asked, shelf: model.Shelf) -> dict[str, Any]:
    chosen = asked.chosen(shelf)
    found = model.part(shelf.found(asked.filters), asked.page)
    shown = {course.id for course in found.courses}
    protected = page.store.settings.courses_delete
    return {
        "filters": asked.filters,
        "part": found,
        "chosen": chosen,
        "elsewhere": len(chosen - shown),
        "kept": ",".join(map(str, sorted(chosen))),
        "shown": ",".join(map(str, sorted(shown))),
        "is_protected": lambda course: files.value_of(course, protected.identity) in protected.protected,
        "folders": files.folders(page.store),
        "roles": sorted(page.store.settings.roles),
    }


def _file_values(page: Page, asked: Asked, made: files.Made) -> dict[str, Any]:
    lacking = next((dag for dag in (dag_of(made.command), CAPTURE) if not page.access.may("PUT", dag)), None)
    return {"asked": asked, "made": made, "enrolled": model.enrolled(made.courses), "lacking": lacking}


def _address(asked: Asked) -> str:
    """The address of what is shown, without the choice, for who keeps or sends it."""
    given = asked.model_dump(include={"cat", "q", "idle", "visible", "sort", "page"}, exclude_defaults=True)
    given |= {"empty": "true"} if asked.empty else {}
    return f"courses?{urlencode(given, doseq=True)}"
