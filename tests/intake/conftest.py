"""One SFTP server for all tests of the intake; a fresh drop, depot and ledger for each."""

from contextlib import contextmanager
from uuid import uuid4

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from tests.intake.forking import Forker
from tests.intake.openssh import OpenSsh, require_sshd
from tests.intake.world import Server, World

POSTGRESQL = "postgresql+psycopg://postgres@127.0.0.1:5432/"


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    serving = Server(tmp_path_factory.mktemp("sftp"))
    yield serving
    serving.close()


@pytest.fixture
def world(server, tmp_path):
    server.drop.reset()
    made = World(server, tmp_path)
    yield made
    made.ledger.close()


@pytest.fixture(scope="session")
def openssh(tmp_path_factory):
    """OpenSSH's server, whose requests can be spoilt as the sandbox's can."""
    require_sshd()
    serving = OpenSsh(tmp_path_factory.mktemp("openssh"))
    yield serving
    serving.close()


@pytest.fixture(params=["sandbox", "openssh"])
def either(request, tmp_path):
    """A world on the sandbox's server, and one on OpenSSH's."""
    server = request.getfixturevalue({"sandbox": "server"}.get(request.param, request.param))
    server.drop.reset()
    made = World(server, tmp_path)
    yield made
    server.drop.faults.clear()
    made.ledger.close()


@pytest.fixture(scope="module")
def forker():
    helper = Forker()
    yield helper
    helper.close()


@contextmanager
def temporary_database():
    """A database of our own on PostgreSQL, empty."""
    admin, name = (
        create_engine(f"{POSTGRESQL}postgres", isolation_level="AUTOCOMMIT"),
        f"sync_faults_{uuid4().hex[:12]}",
    )
    try:
        with admin.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
    except (DBAPIError, ModuleNotFoundError) as exc:
        pytest.skip(f"NO POSTGRESQL on 127.0.0.1:5432: {exc}")
    try:
        yield POSTGRESQL + name
    finally:
        with admin.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
        admin.dispose()


@pytest.fixture
def on_postgresql(server, tmp_path):
    server.drop.reset()
    with temporary_database() as url:
        made = World(server, tmp_path, ledger=url)
        yield made
        made.ledger.close()
