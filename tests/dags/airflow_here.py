"""DAG runs in this very process, by Airflow's own `dag.test`."""

import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from include.sandbox.environment import ROOT
from include.sandbox.starting import Sandbox


@dataclass(frozen=True)
class Outcome:
    """What became of a DAG run: its colour, its tasks, what `result` tells the ERP, all its XComs."""

    state: str
    tasks: dict[str, str]
    result: dict[str, Any]
    xcoms: dict[tuple[str, str], Any] = field(repr=False)

    @property
    def runs(self) -> list[tuple[str, str, dict[str, int]]]:
        """(command, state, counts) of every run."""
        return [(run["command"], run["state"], run["counts"]) for run in self.result["runs"]]

    def task(self, name: str) -> str:
        return self.tasks[name]

    def message(self, task: str) -> str:
        """What a failed task says."""
        return str(self.xcoms[task, "message"])


@dataclass(frozen=True)
class Airflow:
    """A site whose DAGs run here."""

    sandbox: Sandbox
    depot: Path

    def drop(self, name: str, content: str | bytes) -> None:
        (self.sandbox.drop / name).write_bytes(content.encode() if isinstance(content, str) else content)

    def connection(self, conn_id: str) -> dict[str, Any]:
        return dict(json.loads(os.environ[f"AIRFLOW_CONN_{conn_id.upper()}"]))

    def run(self, dag_id: str, **conf: Any) -> Outcome:
        return outcome(dag(dag_id).test(run_conf=conf))

    def names(self, folder: str) -> list[str]:
        """Names of the files below a folder of the depot, without the run's id in front."""
        found = [path for path in (self.depot / folder).rglob("*") if path.is_file()]
        return sorted(path.name.partition("_")[2] or path.name for path in found)


def dag(dag_id: str) -> Any:
    """A DAG as a task process has it: parsed afresh, as a run leaves its params in the object."""
    from airflow.dag_processing.dagbag import DagBag

    return DagBag(ROOT / "dags" / f"{dag_id}.py").dags[dag_id]


def outcome(dag_run: Any) -> Outcome:
    xcoms = read_xcoms(dag_run)
    tasks = {ti.task_id: str(ti.state) for ti in dag_run.get_task_instances()}
    return Outcome(str(dag_run.state), tasks, xcoms.get(("result", "return_value"), {}), xcoms)


def read_xcoms(dag_run: Any) -> dict[tuple[str, str], Any]:
    from airflow.models.xcom import XComModel
    from airflow.utils.session import create_session
    from sqlalchemy import select

    where = (XComModel.dag_id == dag_run.dag_id, XComModel.run_id == dag_run.run_id)
    with create_session() as session:
        rows = session.scalars(select(XComModel).where(*where)).all()
        return {(row.task_id, row.key): XComModel.deserialize_value(row) for row in rows}
