"""What every route is given: who asks, in which language, of which store; and how it answers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from sync_operators.hooks.workplace import Store
from sync_operators.schedules import COMMANDS_OF
from sync_operators.web import access as airflow
from sync_operators.web.access import Access, AccessDep
from sync_operators.web.language import COOKIE, Language, chosen
from sync_operators.web.models.frame import Frame, frame
from sync_operators.web.navigation import NAVIGATION
from sync_operators.web.refusals import Refused
from sync_operators.web.templating import rendered

_YEAR = 365 * 24 * 3600


def the_store() -> Store:
    """The open store. Raises SyncError, which is answered with 503."""
    return airflow.STORES.get()


StoreDep = Annotated[Store, Depends(the_store)]


@dataclass(frozen=True, slots=True)
class Page:
    """One request. `show` answers with a page, `fragment` with its changing part alone when the script asks."""

    request: Request
    access: Access
    store: Store

    @property
    def language(self) -> Language:
        """The language the person reads."""
        return language_of(self.request)

    @property
    def fragment(self) -> bool:
        """Whether only the changing part is asked for."""
        return wants_fragment(self.request)

    def show(self, template: str, *, section: str, status: int = 200, **values: Any) -> Response:
        """Render a template; `section` is the entry of the navigation it belongs to."""
        given = {"section": section, "access": self.access, **values}
        if not wants_fragment(self.request):
            given["frame"] = frame(self.store)
        return html(self.request, template, given, status)

    def to(self, place: str) -> Response:
        """Send the browser to an address below the pages, after a write."""
        return RedirectResponse(root_of(self.request) + place, status_code=303)


def readable(access: Access) -> list[str]:
    """The commands whose runs the person may look at, by the rights on their DAGs."""
    dags = [dag_id for dag_id in COMMANDS_OF if access.may("GET", dag_id, "RUN")]
    return [command for dag_id in dags for command in COMMANDS_OF[dag_id]]


def the_page(request: Request, access: AccessDep, store: StoreDep) -> Page:
    """Page of a request."""
    return Page(request, access, store)


PageDep = Annotated[Page, Depends(the_page)]


def language_of(request: Request) -> Language:
    """The language of `?lang`, else of the cookie, else the browser's."""
    accepted = request.headers.get("accept-language", "")
    return Language(chosen(request.query_params.get("lang"), request.cookies.get(COOKIE), accepted))


def wants_fragment(request: Request) -> bool:
    """Whether the script asks for the changing part of a page."""
    return request.headers.get("x-fragment") == "1"


def html(request: Request, template: str, values: Mapping[str, Any], status: int = 200) -> HTMLResponse:
    """Render with what every template may use; remembers a language that was just chosen."""
    root, language = root_of(request), language_of(request)
    base: dict[str, Any] = {
        "root": root,
        "airflow": f"{root}../",
        "here": request.url.path,
        "navigation": [entry for entry in NAVIGATION if entry.key in request.app.state.sections],
        "frame": Frame(),
        "section": "",
    }
    text = rendered(language, template, {**base, **values}, fragment=wants_fragment(request))
    response = HTMLResponse(text, status)
    if "lang" in request.query_params:
        path = request.scope.get("root_path") or "/"
        response.set_cookie(COOKIE, language.name, max_age=_YEAR, path=path, samesite="lax")
    return response


def refusal(request: Request, refused: Refused) -> HTMLResponse:
    """The page that says what happened, what was not harmed, and one next step."""
    return html(request, "refused", {"refused": refused}, refused.status)


def root_of(request: Request) -> str:
    """The relative way from this page to the overview: `./`, `../`, …, right below any prefix of a proxy."""
    path, mount = request.scope["path"], request.scope.get("root_path", "")
    below = path.removeprefix(mount)
    # What a browser does not split at: it resolves by the address as it was written.
    written = request.scope.get("raw_path", b"").lower().count(b"%2f")
    depth = below.count("/") - 1 - written
    return "../" * depth or "./"
