"""Airflow reads its environment when it is first imported, so it stands here, before any test module is."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

import pytest

from include.sandbox.environment import environment, migrate

AIRFLOW_HOME = Path(tempfile.mkdtemp(prefix="airflow-"))
atexit.register(shutil.rmtree, AIRFLOW_HOME, ignore_errors=True)

for name in [name for name in os.environ if name.startswith(("AIRFLOW", "SYNC_"))]:
    del os.environ[name]
os.environ.update({name: value for name, value in environment(AIRFLOW_HOME).items() if name.startswith("AIRFLOW")})


@pytest.fixture(scope="session")
def airflow_home() -> Path:
    """The home of an Airflow with a database, for tests that run DAGs in this process."""
    migrate(AIRFLOW_HOME)
    return AIRFLOW_HOME
