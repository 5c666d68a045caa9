import pytest

from include.sandbox.starting import start
from tests.end_to_end.site import site as open_site


@pytest.fixture(scope="session")
def running_sandbox(tmp_path_factory):
    with start(tmp_path_factory.mktemp("sandbox")) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running_sandbox):
    running_sandbox.control.reset()
    return running_sandbox


@pytest.fixture
def site(sandbox, tmp_path):
    with open_site(sandbox, tmp_path) as opened:
        yield opened
