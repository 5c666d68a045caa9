"""How soon a person is asked: from the end of a plan to its question among Airflow's Required Actions."""

import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from benchmarks.figure import Figure, Options, scratch
from include.sandbox import demo
from include.sandbox.starting import start

OPERATIONS = 10_000
FEW = 10
MOST = 5  # seconds
WITHIN = 120
HEADER = "username;firstname;lastname;idnumber;email\n"
SETTINGS = {"SYNC__GUARDS__USERS__CREATE__COUNT": "1", "SYNC__USERS__FILE": "userimport*.csv"}
WHAT = "plan → Required Action shown, 10,000 operations"


def figures(options: Options) -> Iterator[Figure]:
    """A whole Airflow, and a file of new accounts over its limit."""
    count = options.rows(OPERATIONS)
    with scratch() as folder, start(folder / "sandbox") as sandbox:
        variables = demo.connections(sandbox, folder / "depot") | SETTINGS
        with demo.airflow(folder / "airflow", variables) as admin:
            erp = demo.Erp(sandbox, admin)
            # The first run warms what every later one finds warm: the figure is of an Airflow that has been up.
            first, then, _ = _hold(erp, sandbox.drop, "warm", FEW)
            planned, shown, steps = _hold(erp, sandbox.drop, "held", count)
    took = shown - planned
    told = ", ".join(f"{name} {seconds:.1f} s" for name, seconds in steps.items())
    yield Figure(WHAT, f"≤ {MOST} s", f"{took:.1f} s", took <= MOST, f"{told}; of {FEW}: {then - first:.1f} s")


def _hold(erp: demo.Erp, drop: Path, name: str, count: int) -> tuple[float, float, Mapping[str, float]]:
    """Let a file be held: when it was planned, when the question was there, and how long each task between took."""
    lines = (f"{name}{n};Given;Name {n};{name}-{n};{name}{n}@example.org\n" for n in range(count))
    (drop / _file(name)).write_text(HEADER + "".join(lines))
    erp.trigger("sync_users", {"command": "users"}, f"bench-{name}")
    asking = _asking(erp.airflow, name)
    shown = time.time()
    tasks = _tasks(erp.airflow, "sync_users", f"bench-{name}") | _tasks(erp.airflow, "sync_held", asking)
    planned = _at(tasks["users.plan"]["end_date"])
    gate = tasks["users.gate"]
    steps = {"gate begins": _at(gate["start_date"]) - planned, "gate": _at(gate["end_date"]) - _at(gate["start_date"])}
    approve = _at(tasks["approve"]["start_date"])
    return planned, shown, steps | {"approve begins": approve - _at(gate["end_date"]), "question": shown - approve}


def _file(name: str) -> str:
    return f"userimport_{name}.csv"


def _asking(airflow: httpx.Client, name: str) -> str:
    """Wait for the question about the file; the DAG run of `sync_held` that puts it."""
    url = "/api/v2/dags/sync_held/dagRuns/~/hitlDetails"
    until = time.monotonic() + WITHIN
    while time.monotonic() < until:
        found = airflow.get(url, params={"response_received": False}).json().get("hitl_details", [])
        for one in found:
            if one["subject"].startswith(_file(name)):
                return str(one["task_instance"]["dag_run_id"])
        time.sleep(0.05)
    raise AssertionError(f"no question within {WITHIN} s")


def _tasks(airflow: httpx.Client, dag_id: str, run_id: str) -> dict[str, Any]:
    found = airflow.get(f"/api/v2/dags/{dag_id}/dagRuns/{run_id}/taskInstances").json()["task_instances"]
    return {task["task_id"]: task for task in found}


def _at(stamp: str) -> float:
    return datetime.fromisoformat(stamp).astimezone(UTC).timestamp()
