"""Servers for the tests: one that answers as told, and the sandbox."""

from collections.abc import Iterator

import pytest

from include.sandbox.starting import Sandbox, start
from tests.moodle.wire import Wire


@pytest.fixture
def wire() -> Iterator[Wire]:
    server = Wire()
    yield server
    server.close()


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with start(tmp_path_factory.mktemp("sandbox")) as running:
        yield running
