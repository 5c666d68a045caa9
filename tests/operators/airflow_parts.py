"""What Airflow hands to a task, as far as our operators look at it."""

from dataclasses import dataclass, field
from typing import Any


@dataclass
class TaskInstance:
    """Keeps what is pushed; `dag_runs` are there already, and of these some have `ended`."""

    dag_id: str = "sync_users"
    run_id: str = "erp-1"
    task_id: str = "users.gate"
    try_number: int = 1
    dag_runs: tuple[str, ...] = ()
    ended: tuple[str, ...] = ()
    pushed: dict[str, Any] = field(default_factory=dict)

    def xcom_push(self, key: str, value: Any) -> None:
        self.pushed[key] = value

    def get_dr_count(self, *, dag_id: str, run_ids: list[str], states: list[str] | None = None) -> int:
        known = self.dag_runs if states is None else self.ended
        return len({f"{dag_id}/{run_id}" for run_id in run_ids} & set(known))


@dataclass(frozen=True)
class DagRun:
    conf: dict[str, Any] | None = None
    triggering_user_name: str | None = None
    run_type: str = "manual"


@dataclass(frozen=True)
class Dag:
    params: dict[str, Any]


def context(*, conf: dict[str, Any] | None = None, by: str | None = "erp", **params: Any) -> dict[str, Any]:
    """The context of a task whose DAG has these params."""
    return {
        "ti": TaskInstance(),
        "dag_run": DagRun(conf, by),
        "dag": Dag(params),
        "params": {**params, **(conf or {})},
    }
