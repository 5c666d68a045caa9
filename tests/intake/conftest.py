"""One SFTP server for all tests of the intake; a fresh drop, depot and ledger for each."""

import pytest

from tests.intake.forking import Forker
from tests.intake.openssh import OpenSsh, require_sshd
from tests.intake.world import Server, World


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
