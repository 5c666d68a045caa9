"""Depots of both kinds: a folder of this machine, and an object store in memory."""

import uuid

import pytest
from fsspec.implementations.local import LocalFileSystem
from fsspec.implementations.memory import MemoryFileSystem

from sync_operators.depot.storage import Depot


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
