"""Every task process reads its DAG file again, and every process loads the plugin: both must stay light."""

import json
import subprocess
import sys
import tomllib

import pytest

from include.sandbox.environment import ROOT

FILES = sorted((ROOT / "dags").glob("*.py"))
PARSED_WITHIN_MS = 50
LOADED_WITHIN_MS = 20

# What a task process has imported before it reads its DAG file. Processor time, so that neighbours do not count.
PROBE = """
import json, runpy, sys, time
import airflow.dag_processing.dagbag, airflow.sdk.execution_time.task_runner, airflow.plugins_manager
before = set(sys.modules)
begun = time.process_time()
runpy.run_path(sys.argv[1])
took = 1000 * (time.process_time() - begun)
print(json.dumps({"ms": took, "new": sorted(set(sys.modules) - before)}))
"""


def probe(path):
    done = subprocess.run([sys.executable, "-c", PROBE, path], capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


@pytest.fixture(scope="module", params=[*FILES, ROOT / "plugins" / "sync_plugin.py"], ids=lambda path: path.stem)
def probed(request):
    return request.param, probe(request.param)


def test_it_imports_nothing_heavy(probed):
    lint = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["ruff"]["lint"]
    banned = lint["flake8-tidy-imports"]["banned-module-level-imports"]
    assert {"asyncssh", "alembic", "httpx", "paramiko", "sqlalchemy"} <= set(banned)
    new = {name.partition(".")[0] for name in probed[1]["new"]}
    assert new & set(banned) == set()


def test_it_takes_a_moment_only(probed):
    path, told = probed
    limit = LOADED_WITHIN_MS if path.parent.name == "plugins" else PARSED_WITHIN_MS
    assert told["ms"] <= limit
