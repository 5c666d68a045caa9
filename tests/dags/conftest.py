import pytest

from include.sandbox.demo import connections
from include.sandbox.starting import start
from tests.dags.airflow_here import Airflow


@pytest.fixture(scope="session")
def running_sandbox(tmp_path_factory):
    with start(tmp_path_factory.mktemp("sandbox")) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running_sandbox):
    running_sandbox.control.reset()
    return running_sandbox


@pytest.fixture
def airflow(airflow_home, sandbox, tmp_path, monkeypatch):
    """DAGs run in this process, pointed at the sandbox by the variables that point them anywhere else."""
    for name, value in connections(sandbox, tmp_path / "depot").items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("SYNC__DROP__SETTLE_SECONDS", "0.1")
    return Airflow(sandbox, tmp_path / "depot")
