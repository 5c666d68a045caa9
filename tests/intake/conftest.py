"""One SFTP server for all tests of the intake; a fresh drop, depot and ledger for each."""

import pytest

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
