"""The stand-in Moodle over HTTP: form in, token and service checked, function run, answer out."""

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from include.sandbox import moodle as areas
from include.sandbox.moodle import answers
from include.sandbox.moodle.exchange import Site, check_state, exchange
from include.sandbox.moodle.form import Form, read_form
from include.sandbox.moodle.params import cleaned
from include.sandbox.moodle.refusals import Refusal, access_denied, invalid_parameter, missing_record
from include.sandbox.moodle.registry import FUNCTIONS, Call, Caller
from include.sandbox.moodle.uploads import read_upload

__all__ = ["Site", "areas", "make_app"]

_PROTOCOL_FIELDS = ("wstoken", "wsfunction", "moodlewsrestformat", "moodlewssettingraw", "moodlewssettingfilter")


def make_app(site: Site) -> FastAPI:
    """The site's web application, at the addresses of Moodle's REST server and of its uploads."""
    app = FastAPI(openapi_url=None)

    @app.api_route("/webservice/rest/server.php", methods=["GET", "POST"])
    async def rest(request: Request) -> Response:
        form = await read_form(request, site.settings().max_input_vars)
        return await exchange(site, request, _FunctionCall(site, form))

    @app.post("/webservice/upload.php")
    async def upload(request: Request) -> Response:
        return await exchange(site, request, await read_upload(site, request))

    return app


class _FunctionCall:
    """A call of a web-service function, from its form to its answer."""

    def __init__(self, site: Site, form: Form) -> None:
        self._site = site
        self._form = form
        self.name = form.take("wsfunction") or ""
        self.writes = self.name in FUNCTIONS and FUNCTIONS[self.name].writes
        self.token = ""

    def result(self) -> Response:
        return answers.answer(self._value(), as_json=self._as_json())

    def refused(self, refusal: Refusal) -> Response:
        return answers.error(refusal, as_json=self._as_json())

    def _as_json(self) -> bool:
        # Where the token was cut off or never sent, Moodle has always been seen to answer XML.
        return self._form.take("moodlewsrestformat") == "json" and self._form.take("wstoken") is not None

    def _value(self) -> object:
        caller = self._site.caller(self._form.take("wstoken") or "")
        self.token = caller.token
        check_state(self._site.settings())
        self._check_offered(caller)
        wanted = FUNCTIONS[self.name]
        params = cleaned(wanted.params, self._form.without(_PROTOCOL_FIELDS))
        if wanted.capability:
            caller.require(wanted.capability)
        return wanted.run(Call(self._site.store, self._site.settings(), caller, self._site.url, params))

    def _check_offered(self, caller: Caller) -> None:
        if self._form.take("wsfunction") is None:
            raise invalid_parameter()
        if self.name not in FUNCTIONS:
            raise missing_record("external_functions")
        if self.name not in caller.functions:
            raise access_denied()
