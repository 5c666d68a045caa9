"""What a DAG run came to, as the ERP gets it."""

from typing import Any, Protocol

from sqlalchemy import Connection

from sync_operators.ledger import Ledger, runs
from sync_operators.ledger.runs import Run
from sync_operators.plans.earlier import ran_in
from sync_operators.plans.facts import counted
from sync_operators.plans.going_back import undo_files
from sync_operators.plans.inputs import input_of
from sync_operators.settings import Settings

# The worst last; what is not named here is on its way, and comes between the good and the bad.
_ORDER = ("none", "simulated", "done", "done_with_errors", "rejected", "held", "running", "refused", "failed")
RED = {"refused", "failed", "running"}


class Store(Protocol):
    """What is needed to tell: Moodle is not."""

    @property
    def ledger(self) -> Ledger:
        """What was done."""

    @property
    def settings(self) -> Settings:
        """What makes a run red."""


def result(work: Store, dag_id: str, dag_run_id: str, *, failed_tasks: int) -> dict[str, Any]:
    """`{state (the worst), correlation_id, runs: […]}`.

    Each run is `{run_id, command, file, sha256, state, code, counts, report, tryback, undo, decided_by, reason,
    ran_in}`; `decided_by` and `reason` when a person has answered about its plan, `ran_in` when its file had been run
    before this DAG run asked for it: `{dag_id, dag_run_id}` of the one that began it.
    """
    with work.ledger.read() as tx:
        found = [
            _told(work, run) | _before(tx, run, dag_id, dag_run_id) for run in runs.of_dag_run(tx, dag_id, dag_run_id)
        ]
    states = [each["state"] for each in found] + (["failed"] if failed_tasks else [])
    return {"state": max(states, key=_ORDER.index, default="none"), "correlation_id": None, "runs": found}


def is_red(work: Store, told: dict[str, Any]) -> bool:
    """Whether the DAG run is to be red: by the worst state, and where `report.fail_on` says so by rows in error."""
    if told["state"] in RED:
        return True
    return work.settings.report.fail_on == "errors" and any(run["state"] == "done_with_errors" for run in told["runs"])


def _told(work: Store, run: Run) -> dict[str, Any]:
    with work.ledger.read() as tx:
        read, counts = input_of(tx, run), counted(tx, run)
    return {
        "run_id": run.id,
        "command": run.command,
        "file": read.name or run.args.get("name"),
        "sha256": read.sha256,
        "state": run.state,
        "code": run.code,
        "counts": counts,
        "report": _report(run),
        "tryback": run.products.get("tryback"),
        "undo": undo_files(run) or None,
        "decided_by": run.decided_by,
        "reason": run.reason,
    }


def _before(tx: Connection, run: Run, dag_id: str, dag_run_id: str) -> dict[str, Any]:
    before = ran_in(tx, run, dag_id, dag_run_id)
    return {"ran_in": before and {"dag_id": before.dag_id, "dag_run_id": before.dag_run_id}}


def _report(run: Run) -> str | None:
    """The report of the end, else the latest of the hold or failure that the run is in."""
    if "report" in run.products:
        return run.products["report"]
    numbers = [int(name.rpartition("-")[2]) for name in run.products if name.startswith(f"report.{run.state}-")]
    return run.products[f"report.{run.state}-{max(numbers)}"] if numbers else None
