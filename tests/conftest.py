"""Airflow reads its environment when it is first imported, so it stands here, before any test module is."""

import atexit
import gc
import os
import random
import shutil
import tempfile
import time
from pathlib import Path

import pytest

from include.sandbox.environment import environment, migrate

AIRFLOW_HOME = Path(tempfile.mkdtemp(prefix="airflow-"))
atexit.register(shutil.rmtree, AIRFLOW_HOME, ignore_errors=True)

for name in [name for name in os.environ if name.startswith(("AIRFLOW", "SYNC_"))]:
    del os.environ[name]
os.environ.update({name: value for name, value in environment(AIRFLOW_HOME).items() if name.startswith("AIRFLOW")})


# With all of Airflow imported, Python's collector looks through so much so often that tests take a sixth longer.
gc.set_threshold(50_000, 20, 100)


def pytest_addoption(parser):
    parser.addoption("--seed", type=int, default=None, help="chooses the points of kill and fault sweeps")
    parser.addoption("--share", type=float, default=1.0, help="how much of each sweep is run, 0 to 1")


def pytest_configure(config):
    if config.option.seed is None:
        config.option.seed = int(time.time())


def pytest_report_header(config):
    return f"sweeps: --seed {config.option.seed} --share {config.option.share}"


@pytest.fixture
def chosen(request):
    """Chooses points of a sweep, in their order: so many, or the share that was asked for."""
    config = request.config

    def choose(points, *, count=None):
        wanted = len(points) if count is None else count
        wanted = max(1, round(wanted * config.option.share)) if count is None else min(count, len(points))
        places = random.Random(f"{config.option.seed} {request.node.name}").sample(range(len(points)), wanted)
        return [points[at] for at in sorted(places)]

    return choose


@pytest.fixture(scope="session")
def airflow_home() -> Path:
    """The home of an Airflow with a database, for tests that run DAGs in this process."""
    migrate(AIRFLOW_HOME)
    return AIRFLOW_HOME
