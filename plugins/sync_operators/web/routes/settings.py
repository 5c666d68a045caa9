"""The settings in force, for reading; and what the doctor says of the site when somebody asks."""

import os
from collections.abc import Callable
from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from fastapi.responses import Response

from sync_operators.doctor import telling
from sync_operators.doctor.examination import Site, examine_site
from sync_operators.doctor.world import site as this_site
from sync_operators.schedules import config_path
from sync_operators.settings import Loaded, Settings, load
from sync_operators.web.access import allowed
from sync_operators.web.models import settings as model
from sync_operators.web.page import Page, PageDep, wants_fragment

SECTION = "settings"
DOCTOR = "sync_doctor"
router = APIRouter(dependencies=[Depends(allowed("GET", DOCTOR))])


def the_settings() -> Loaded:
    """The settings of this machine, each with its origin. Raises ConfigurationError, which is answered with 503."""
    return load(config_path(os.environ), os.environ)


def the_site() -> Site:
    """The ways to what the site consists of."""
    return this_site()


LoadedDep = Annotated[Loaded, Depends(the_settings)]
SiteDep = Annotated[Site, Depends(the_site)]


@router.get("/settings")
def settings(page: PageDep, loaded: LoadedDep, q: str = "", given: bool = False) -> Response:
    """Every setting with its value and origin; `given`: without the defaults."""
    return _shown(page, loaded, q.strip(), given)


@router.post("/settings/doctor")
def doctor(page: PageDep, loaded: LoadedDep, site: SiteDep) -> Response:
    """Look at everything a run needs; changes nothing but a probe file in the drop. Takes up to a minute."""
    page.access.require("POST", DOCTOR, "RUN")
    told = replace(site, settings=_in_language(site.settings, page.language.name))
    findings = examine_site(told)
    values: dict[str, Any] = {"findings": findings, "counts": telling.counts(findings), "at": page.store.clock()}
    answer = _shown(page, loaded, template="_doctor" if wants_fragment(page.request) else "settings", **values)
    # The address of the page itself: this one only takes the question.
    answer.headers["Content-Location"] = "settings"
    return answer


def _in_language(settings: Callable[[], Settings], language: str) -> Callable[[], Settings]:
    """The settings with the language that the person reads: it is the doctor's own."""

    def translated() -> Settings:
        found = settings()
        return found.model_copy(update={"site": found.site.model_copy(update={"language": language})})

    return translated


def _shown(
    page: Page, loaded: Loaded, text: str = "", given: bool = False, *, template: str = "settings", **values: Any
) -> Response:
    shown: dict[str, Any] = {
        "parts": model.parts(loaded, text, given=given),
        "text": text,
        "given": given,
        "findings": None,
        **values,
    }
    may_ask = page.access.may("POST", DOCTOR, "RUN")
    return page.show(template, section=SECTION, may_ask=may_ask, doctor=DOCTOR, **shown)
