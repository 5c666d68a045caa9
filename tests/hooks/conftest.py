import pytest

from include.sandbox.demo import connections
from include.sandbox.starting import start


@pytest.fixture(scope="session")
def running_sandbox(tmp_path_factory):
    with start(tmp_path_factory.mktemp("sandbox")) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running_sandbox):
    running_sandbox.control.reset()
    return running_sandbox


@pytest.fixture
def drop(sandbox, tmp_path, monkeypatch):
    """The sandbox's drop as `sync_drop`, fields and extras of which a test changes; a home without SSH keys."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    variables = connections(sandbox, tmp_path / "depot")
    return Drop(variables["AIRFLOW_CONN_SYNC_DROP"], monkeypatch)


class Drop:
    def __init__(self, told, monkeypatch):
        import json

        self._told, self._monkeypatch = json.loads(told), monkeypatch
        self.set()

    def set(self, *, extra=None, without=(), **fields):
        """The connection with these fields; extras that are None are left out."""
        import json

        extras = {key: value for key, value in {**self._told["extra"], **(extra or {})}.items() if value is not None}
        told = {key: value for key, value in {**self._told, **fields}.items() if key not in without}
        self._monkeypatch.setenv("AIRFLOW_CONN_SYNC_DROP", json.dumps({**told, "extra": extras}))
