"""The site as a whole, and the way of one request through it: faults, the work itself, the count of calls."""

import asyncio
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from starlette.requests import Request
from starlette.responses import Response

from include.sandbox.faults import FaultQueue, MoodleFault
from include.sandbox.moodle import answers
from include.sandbox.moodle.accounts import NOCAPS_ID, SERVICE_ID
from include.sandbox.moodle.misbehaving import Misbehaviour
from include.sandbox.moodle.refusals import Refusal, access_denied, invalid_token
from include.sandbox.moodle.registry import CAPABILITIES, FUNCTIONS, Caller
from include.sandbox.settings import SiteSettings, TokenName
from include.sandbox.store import Store

_MINIMAL = frozenset({"core_webservice_get_site_info"})


@dataclass(slots=True)
class Site:
    """The stand-in site: its database, its tokens and what goes wrong next."""

    store: Store
    tokens: Mapping[TokenName, str]
    url: str
    stopping: asyncio.Event
    faults: FaultQueue = field(default_factory=FaultQueue)

    def settings(self) -> SiteSettings:
        """The settings as they are now."""
        return self.store.settings()

    def caller(self, token: str) -> Caller:
        """The account behind a token, or the refusal `invalidtoken`."""
        settings = self.settings()
        name = next((name for name, value in self.tokens.items() if secrets.compare_digest(value, token)), None)
        if name is None or name in settings.revoked_tokens:
            raise invalid_token()
        capable = frozenset() if name == "nocaps" else CAPABILITIES.keys() - set(settings.removed_capabilities)
        offered = _MINIMAL if name == "minimal" else FUNCTIONS.keys()
        user_id = NOCAPS_ID if name == "nocaps" else SERVICE_ID
        return Caller(user_id, frozenset(capable), frozenset(offered - set(settings.removed_functions)), name)


class Work(Protocol):
    """What one request asks for."""

    name: str
    writes: bool
    token: str

    def result(self) -> Response:
        """Carry it out and answer; a refusal is raised."""

    def refused(self, refusal: Refusal) -> Response:
        """The answer to a refusal."""


async def exchange(site: Site, request: Request, work: Work) -> Response:
    """Answer a request, with what was asked to go wrong, and count it."""
    fault = site.faults.next(work.name, writes=work.writes)
    trouble = Misbehaviour(request, fault, site.stopping) if isinstance(fault, MoodleFault) else None
    response, outcome = await trouble.before() if trouble else None, "(not carried out)"
    if response is None:
        response, outcome = _carried_out(site.settings(), work)
        await asyncio.sleep(site.settings().answer_delay_ms / 1000)
    spoilt = fault.kind if fault else ""
    site.store.add_call(work.name, token=work.token, writes=work.writes, outcome=outcome, fault=spoilt)
    return await trouble.after(response) if trouble else response


def _carried_out(settings: SiteSettings, work: Work) -> tuple[Response, str]:
    if settings.state == "maintenance_cli":
        return answers.page(503, "Sandbox under maintenance"), "503"
    if settings.state == "webservices_off":
        return Response(status_code=403, media_type="text/html"), "403"
    try:
        return work.result(), "ok"
    except Refusal as refusal:
        return work.refused(refusal), refusal.errorcode or refusal.exception


def check_state(settings: SiteSettings) -> None:
    """Refuse what a site in that state refuses to a known token."""
    if settings.state == "maintenance_admin":
        raise Refusal("sitemaintenance", "The site is undergoing maintenance and is currently not available")
    if settings.state == "token_expired":
        raise access_denied()
    if settings.state == "account_suspended":
        raise Refusal("wsaccessusersuspended", "Refused web service access for suspended username: wssync")
