import pytest

from include.sandbox.demo import connections
from include.sandbox.starting import start


@pytest.fixture(scope="session")
def running_sandbox(tmp_path_factory):
    with start(tmp_path_factory.mktemp("sandbox")) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running_sandbox, tmp_path, monkeypatch):
    """The sandbox's drop as `sync_drop`; files in it are complete after a tenth of a second."""
    running_sandbox.control.reset()
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for name, value in connections(running_sandbox, tmp_path / "depot").items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("SYNC__DROP__SETTLE_SECONDS", "0.1")
    return running_sandbox
