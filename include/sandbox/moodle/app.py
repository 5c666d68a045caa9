"""The stand-in Moodle over HTTP: form in, token and service checked, function run, answer out."""

import asyncio
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from include.sandbox import moodle as areas
from include.sandbox.faults import FaultQueue, MoodleFault
from include.sandbox.moodle import answers
from include.sandbox.moodle.accounts import NOCAPS_ID, SERVICE_ID
from include.sandbox.moodle.form import Form, read_form
from include.sandbox.moodle.misbehaving import Misbehaviour
from include.sandbox.moodle.params import cleaned
from include.sandbox.moodle.refusals import (
    Refusal,
    access_denied,
    invalid_parameter,
    invalid_token,
    missing_record,
)
from include.sandbox.moodle.registry import CAPABILITIES, FUNCTIONS, Call, Caller
from include.sandbox.settings import SiteSettings, TokenName
from include.sandbox.store import Store

__all__ = ["Site", "areas", "make_app"]

_PROTOCOL_FIELDS = ("wstoken", "wsfunction", "moodlewsrestformat", "moodlewssettingraw", "moodlewssettingfilter")
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

    def caller(self, token: str, settings: SiteSettings) -> Caller | None:
        """The account behind a token that is valid now."""
        name = next((name for name, value in self.tokens.items() if secrets.compare_digest(value, token)), None)
        if name is None or name in settings.revoked_tokens:
            return None
        capable = frozenset() if name == "nocaps" else CAPABILITIES.keys() - set(settings.removed_capabilities)
        offered = _MINIMAL if name == "minimal" else FUNCTIONS.keys()
        user_id = NOCAPS_ID if name == "nocaps" else SERVICE_ID
        return Caller(user_id, frozenset(capable), frozenset(offered - set(settings.removed_functions)), name)


def make_app(site: Site) -> FastAPI:
    """The site's web application; its one address is that of Moodle's REST server."""
    app = FastAPI(openapi_url=None)

    @app.api_route("/webservice/rest/server.php", methods=["GET", "POST"])
    async def rest(request: Request) -> Response:
        return await _Exchange(site, request).answer()

    return app


class _Exchange:
    """One request, from its form to its answer."""

    def __init__(self, site: Site, request: Request) -> None:
        self._site = site
        self._request = request
        self._settings = site.settings()
        self._token = ""

    async def answer(self) -> Response:
        form = await read_form(self._request, self._settings.max_input_vars)
        name = form.take("wsfunction") or ""
        writes = name in FUNCTIONS and FUNCTIONS[name].writes
        fault = self._site.faults.next(name, writes=writes)
        trouble = Misbehaviour(self._request, fault, self._site.stopping) if isinstance(fault, MoodleFault) else None
        response = await trouble.before() if trouble else None
        if response is None:
            response, outcome = self._work(form, name)
            await asyncio.sleep(self._settings.answer_delay_ms / 1000)
        else:
            outcome = "(not carried out)"
        self._site.store.add_call(
            name, token=self._token, writes=writes, outcome=outcome, fault=fault.kind if fault else ""
        )
        return await trouble.after(response) if trouble else response

    def _work(self, form: Form, name: str) -> tuple[Response, str]:
        state = self._settings.state
        if state == "maintenance_cli":
            return answers.page(503, "Sandbox under maintenance"), "503"
        if state == "webservices_off":
            return Response(status_code=403, media_type="text/html"), "403"
        # Where the token was cut off or never sent, Moodle has always been seen to answer XML.
        as_json = form.take("moodlewsrestformat") == "json" and form.take("wstoken") is not None
        try:
            return answers.answer(self._result(form, name), as_json=as_json), "ok"
        except Refusal as refusal:
            return answers.error(refusal, as_json=as_json), refusal.errorcode

    def _result(self, form: Form, name: str) -> object:
        caller = self._site.caller(form.take("wstoken") or "", self._settings)
        if caller is None:
            raise invalid_token()
        self._token = caller.token
        self._check_access(caller, form, name)
        wanted = FUNCTIONS[name]
        params = cleaned(wanted.params, form.without(_PROTOCOL_FIELDS))
        if wanted.capability:
            caller.require(wanted.capability)
        return wanted.run(Call(self._site.store, self._settings, caller, self._site.url, params))

    def _check_access(self, caller: Caller, form: Form, name: str) -> None:
        refusal = _state_refusal(self._settings)
        if refusal is not None:
            raise refusal
        if form.take("wsfunction") is None:
            raise invalid_parameter()
        if name not in FUNCTIONS:
            raise missing_record("external_functions")
        if name not in caller.functions:
            raise access_denied()


def _state_refusal(settings: SiteSettings) -> Refusal | None:
    if settings.state == "maintenance_admin":
        return Refusal("sitemaintenance", "The site is undergoing maintenance and is currently not available")
    if settings.state == "token_expired":
        return access_denied()
    if settings.state == "account_suspended":
        return Refusal("wsaccessusersuspended", "Refused web service access for suspended username: wssync")
    return None
