"""One sandbox for all tests of this folder, back to seed data before each."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from include.sandbox.control import Control
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


@dataclass(frozen=True)
class Campus:
    """The seeded site by names: ids of what it has, and calls that must succeed."""

    moodle: Caller

    @property
    def control(self) -> Control:
        return self.moodle.sandbox.control

    def row(self, table: str, **wanted: Any) -> dict[str, Any]:
        (found,) = [
            row for row in self.control.rows(table) if all(row[name] == value for name, value in wanted.items())
        ]
        return found

    def course(self, shortname: str) -> int:
        return self.row("courses", shortname=shortname)["id"]

    def category(self, idnumber: str) -> int:
        return self.row("categories", idnumber=idnumber)["id"]

    def cohort(self, idnumber: str) -> int:
        return self.row("cohorts", idnumber=idnumber)["id"]

    def user(self, idnumber: str) -> int:
        return next(one["id"] for one in self.control.accounts() if one["idnumber"] == idnumber)

    def do(self, function: str, **params: Any) -> Any:
        answer = self.moodle.call(function, **params)
        assert not (isinstance(answer, dict) and ("errorcode" in answer or answer.get("warnings"))), answer
        return answer

    def code(self, function: str, **params: Any) -> str:
        return self.moodle.call(function, **params)["errorcode"]

    def enrol(self, idnumber: str, shortname: str, role: int = 5, **times: int) -> None:
        row = {"userid": self.user(idnumber), "courseid": self.course(shortname), "roleid": role, **times}
        self.do("enrol_manual_enrol_users", enrolments=[row])

    def unenrol(self, idnumber: str, shortname: str) -> None:
        row = {"userid": self.user(idnumber), "courseid": self.course(shortname)}
        self.do("enrol_manual_unenrol_users", enrolments=[row])

    def state(self, shortname: str) -> dict[str, Any]:
        return self.control.site_state()["courses"][shortname]

    def enrolled(self, shortname: str) -> list[str]:
        return [f"{one['user']} {one['enrol']} {one['status']}" for one in self.state(shortname)["enrolments"]]


@pytest.fixture
def campus(moodle) -> Campus:
    return Campus(moodle)
