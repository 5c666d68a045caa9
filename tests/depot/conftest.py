"""Depots of both kinds (a folder of this machine, an object store in memory) beside a ledger."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from fsspec.implementations.local import LocalFileSystem
from fsspec.implementations.memory import MemoryFileSystem

from sync_operators.depot.storage import Depot
from sync_operators.ledger import open_ledger


@pytest.fixture
def root(tmp_path):
    return tmp_path / "depot"


@pytest.fixture
def local_depot(root):
    return Depot(LocalFileSystem(), f"file://{root}")


@pytest.fixture(params=["local", "memory"])
def depot(request, root):
    if request.param == "local":
        return Depot(LocalFileSystem(), str(root))
    return Depot(MemoryFileSystem(), f"memory://{uuid.uuid4()}/depot")


class SteppingClock:
    """A clock that only its owner moves on."""

    def __init__(self):
        self.now = datetime(2026, 11, 22, 4, 0, 1, tzinfo=UTC)

    def __call__(self):
        return self.now

    def step(self, **by):
        self.now += timedelta(**by)


@pytest.fixture
def clock():
    return SteppingClock()


@pytest.fixture
def ledger(tmp_path, clock):
    with open_ledger(f"sqlite:///{tmp_path}/ledger.sqlite3", clock=clock) as opened:
        yield opened
