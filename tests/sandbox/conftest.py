"""One sandbox for all tests of this folder, back to seed data before each."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from include.sandbox.starting import Sandbox, start
from tests.contract.record_contract import flatten


@dataclass(frozen=True)
class Caller:
    """A bare client of the stand-in Moodle."""

    sandbox: Sandbox
    http: httpx.Client

    def post(self, fields: Mapping[str, str], *, timeout: float = 10) -> httpx.Response:
        return self.http.post(f"{self.sandbox.moodle_url}/webservice/rest/server.php", data=fields, timeout=timeout)

    def fields(self, function: str, *, token: str | None = None, **params: Any) -> dict[str, str]:
        head = {"wsfunction": function, "moodlewsrestformat": "json", **dict(flatten(params))}
        return {**head, "wstoken": self.sandbox.token if token is None else token}

    def call(self, function: str, *, token: str | None = None, timeout: float = 10, **params: Any) -> Any:
        return self.post(self.fields(function, token=token, **params), timeout=timeout).json()


@pytest.fixture(scope="session")
def shared_sandbox(tmp_path_factory) -> Iterator[Sandbox]:
    with start(tmp_path_factory.mktemp("sandbox")) as running:
        yield running


@pytest.fixture
def sandbox(shared_sandbox) -> Sandbox:
    shared_sandbox.control.reset()
    return shared_sandbox


@pytest.fixture
def moodle(sandbox) -> Iterator[Caller]:
    with httpx.Client(trust_env=False) as http:
        yield Caller(sandbox, http)


def person(name: str, **more: Any) -> dict[str, Any]:
    return {
        "username": name,
        "password": "Abcdef-123",
        "firstname": name.capitalize(),
        "lastname": "Test",
        "email": f"{name}@example.org",
        **more,
    }
