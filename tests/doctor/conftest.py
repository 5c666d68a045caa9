"""The doctor sent to the sandbox by the same variables that send it anywhere else."""

import json
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from include.sandbox.demo import connections
from include.sandbox.starting import Sandbox, start
from sync_operators.doctor.examination import examine_site
from sync_operators.doctor.finding import Finding
from sync_operators.doctor.world import site
from sync_operators.plans.workplace import utc_now


@pytest.fixture(scope="session")
def running_sandbox(tmp_path_factory):
    with start(tmp_path_factory.mktemp("sandbox")) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running_sandbox):
    running_sandbox.control.reset()
    return running_sandbox


@dataclass
class Doctor:
    """The doctor, and what a test changes of the site it is sent to."""

    sandbox: Sandbox
    depot: Path
    patch: pytest.MonkeyPatch
    ahead: timedelta = timedelta()
    within: float = 60.0

    @property
    def control(self):
        return self.sandbox.control

    def set(self, **variables: str) -> None:
        for name, value in variables.items():
            self.patch.setenv(name, value)

    def unset(self, *names: str) -> None:
        for name in names:
            self.patch.delenv(name)

    def connection(self, conn_id: str, *, extra: dict[str, Any] | None = None, **fields: Any) -> None:
        """The connection with other fields and extras."""
        name = f"AIRFLOW_CONN_{conn_id.upper()}"
        import os

        told = json.loads(os.environ[name])
        self.set(**{name: json.dumps({**told, **fields, "extra": {**told.get("extra", {}), **(extra or {})}})})

    def look(self, *commands: str) -> "Answer":
        ours = site()
        moved = {name: getattr(ours, name) for name in ours.__slots__}
        moved["clock"] = lambda: utc_now() + self.ahead
        return Answer(examine_site(type(ours)(**moved), commands, within=self.within))


@dataclass(frozen=True)
class Answer:
    findings: tuple[Finding, ...]

    def of(self, where: str) -> list[tuple[str, str]]:
        """Level and message of a check."""
        return [(str(one.level), one.message) for one in self.findings if f"{one.subject}/{one.check}" == where]

    def at(self, *levels: str) -> list[str]:
        """The checks with findings of these levels."""
        return [f"{one.subject}/{one.check}" for one in self.findings if one.level in levels]


@pytest.fixture
def doctor(sandbox, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    found = Doctor(sandbox, tmp_path / "depot", monkeypatch)
    found.set(**connections(sandbox, found.depot))
    found.set(SYNC__APPROVALS__APPROVERS="[ann]")
    return found
