"""A whole Airflow beside a sandbox, driven as an ERP and the people around it would: over REST and SFTP."""

import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from include.sandbox import demo
from include.sandbox.starting import Sandbox, start

HELD = "sync_held"


@dataclass(frozen=True)
class AirflowSite:
    """Sandbox, Airflow and depot; `config` is read by every task when it starts."""

    sandbox: Sandbox
    admin: httpx.Client
    home: Path
    depot: Path
    config: Path

    @property
    def erp(self) -> demo.Erp:
        return demo.Erp(self.sandbox, self.admin)

    def drop(self, name: str, content: str) -> None:
        (self.sandbox.drop / name).write_text(content)

    def configure(self, text: str) -> None:
        self.config.write_text(text)

    def user(self, name: str) -> httpx.Client:
        client = httpx.Client(base_url=self.admin.base_url, timeout=30, trust_env=False)
        demo.log_in(client, name)
        return client

    def trigger(self, run_id: str, *, by: httpx.Client | None = None, **conf: Any) -> httpx.Response:
        body = {"logical_date": None, "conf": conf, "dag_run_id": run_id}
        return (by or self.admin).post("/api/v2/dags/sync_users/dagRuns", json=body)

    def run(self, run_id: str, **conf: Any) -> tuple[str, dict[str, Any]]:
        """Trigger and wait; the colour and the result."""
        self.erp.trigger("sync_users", conf, run_id)
        return self.erp.result("sync_users", run_id)

    def dag_runs(self, dag_id: str) -> dict[str, dict[str, Any]]:
        found = self.admin.get(f"/api/v2/dags/{dag_id}/dagRuns", params={"limit": 100}).json()["dag_runs"]
        return {run["dag_run_id"]: run for run in found}

    def questions(self, dag_run_id: str) -> list[dict[str, Any]]:
        """What waits for an answer in a DAG run."""
        url = f"/api/v2/dags/{HELD}/dagRuns/{dag_run_id}/hitlDetails"
        found = self.admin.get(url, params={"response_received": False}).json()["hitl_details"]
        return [one for one in found if one["task_instance"]["state"] == "awaiting_input"]

    def answer(self, dag_run_id: str, option: str, *, by: httpx.Client, reason: str = "") -> httpx.Response:
        url = f"/api/v2/dags/{HELD}/dagRuns/{dag_run_id}/taskInstances/approve/-1/hitlDetails"
        return by.patch(url, json={"chosen_options": [option], "params_input": {"reason": reason}})

    def xcom(self, dag_id: str, run_id: str, task: str) -> Any:
        """What a task has returned."""
        url = f"/api/v2/dags/{dag_id}/dagRuns/{run_id}/taskInstances/{task}/xcomEntries/return_value"
        return self.admin.get(url).json()["value"]

    def log(self, dag_id: str, run_id: str, task: str) -> str:
        url = f"/api/v2/dags/{dag_id}/dagRuns/{run_id}/taskInstances/{task}/logs/1"
        return self.admin.get(url, params={"full_content": True}).text

    def tasks(self, dag_id: str, run_id: str) -> dict[str, str]:
        found = self.admin.get(f"/api/v2/dags/{dag_id}/dagRuns/{run_id}/taskInstances").json()["task_instances"]
        return {task["task_id"]: task["state"] for task in found}

    def names(self, folder: str) -> list[str]:
        found = [path for path in (self.depot / folder).rglob("*") if path.is_file()]
        return sorted(path.name.partition("_")[2] or path.name for path in found)


@contextmanager
def airflow_site(folder: Path, extra: Mapping[str, str]) -> Iterator[AirflowSite]:
    """Start both; `extra` goes before what points Airflow at the sandbox."""
    config = folder / "sync.yaml"
    config.touch()
    with start(folder / "sandbox") as sandbox:
        variables = demo.connections(sandbox, folder / "depot") | {"SYNC_CONFIG": str(config)} | dict(extra)
        with demo.airflow(folder / "airflow", variables) as admin:
            yield AirflowSite(sandbox, admin, folder / "airflow", folder / "depot", config)


def eventually(look: Callable[[], Any], *, within: float = 60) -> Any:
    """What a look gives as soon as it gives something."""
    until = time.monotonic() + within
    while not (found := look()):
        assert time.monotonic() < until, f"nothing within {within} s"
        time.sleep(0.3)
    return found


def processes_of(home: Path) -> list[int]:
    """Processes that live in an Airflow home, this one left out."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            environment = (process / "environ").read_bytes()
        except OSError:
            continue
        if f"AIRFLOW_HOME={home}".encode() in environment.split(b"\0") and int(process.name) != os.getpid():
            found.append(int(process.name))
    return found
