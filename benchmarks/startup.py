"""What each process of Airflow pays for us: reading a DAG file, loading the plugin, once Airflow itself is there."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from benchmarks.figure import Figure, Options, scratch
from include.sandbox.environment import ROOT, environment, migrate

ROUNDS = 5

# A trivial file first: what Airflow imports at its first DAG is not ours.
_DAG = """
import json, sys, time
from pathlib import Path
import airflow.sdk.execution_time.task_runner
from airflow.dag_processing.dagbag import BundleDagBag

def parse(path):
    began = time.perf_counter()
    bag = BundleDagBag(
        dag_folder=path, safe_mode=False, load_op_links=False, bundle_path=Path(path).parent, bundle_name="figures"
    )
    took = time.perf_counter() - began
    assert len(bag.dags) == 1 and not bag.import_errors, bag.import_errors
    return took

parse(sys.argv[1])
print(json.dumps(1000 * parse(sys.argv[2])))
"""
_TRIVIAL = """
from airflow.sdk import DAG, Param, TaskGroup
dag = DAG("trivial", schedule=None)
"""
_PLUGIN = """
import json, sys, time
from airflow.plugins_manager import _load_plugins_from_plugin_directory
began = time.perf_counter()
plugins, errors = _load_plugins_from_plugin_directory(plugins_folder=sys.argv[1], ignore_file_syntax="glob")
took = time.perf_counter() - began
assert [plugin.name for plugin in plugins] == ["sync_operators"] and not errors, (plugins, errors)
print(json.dumps(1000 * took))
"""


def figures(options: Options) -> Iterator[Figure]:
    """Each time in a fresh process: it is what a task waits for before it begins."""
    rounds = 3 if options.quick else ROUNDS
    with scratch() as folder:
        migrate(folder / "airflow")
        trivial = folder / "trivial.py"
        trivial.write_text(_TRIVIAL)
        files = sorted((ROOT / "dags").glob("*.py"))
        parsed = {each.name: _median(rounds, folder, _DAG, trivial, each) for each in files}
        loaded = _median(rounds, folder, _PLUGIN, ROOT / "plugins")
    name, worst = max(parsed.items(), key=lambda item: item[1])
    told = ", ".join(f"{name} {took:.0f}" for name, took in parsed.items())
    yield Figure(
        "DAG file parse per process", "≤ 50 ms", f"{worst:.0f} ms", worst <= 50, f"{told}; the worst is {name}"
    )
    yield Figure("plugin load per process", "≤ 20 ms", f"{loaded:.0f} ms", loaded <= 20, f"medians of {rounds}")


def _median(rounds: int, folder: Path, code: str, *paths: Path) -> float:
    return median(_milliseconds(folder, code, paths) for _ in range(rounds))


def _milliseconds(folder: Path, code: str, paths: tuple[Path, ...]) -> float:
    command = [sys.executable, "-c", code, *map(str, paths)]
    # Bytecode as on any machine where it has run before.
    own = {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(folder / "bytecode")}
    done = subprocess.run(
        command, env=os.environ | environment(folder / "airflow") | own, check=False, capture_output=True, text=True
    )
    if done.returncode:
        raise AssertionError(done.stderr)
    return float(json.loads(done.stdout.splitlines()[-1]))
