"""What the whole DAG run came to: the ERP's contract, and the colour."""

import logging
from typing import TYPE_CHECKING, Any

from sync_operators.operators.base import MESSAGE, SyncOperator, keeping

if TYPE_CHECKING:
    from airflow.sdk import Context

log = logging.getLogger(__name__)

_FAILED = ["failed", "upstream_failed"]


class ResultOperator(SyncOperator):
    """Gather the runs of this DAG run; the only leaf, so it alone decides whether the DAG run is green."""

    ui_color = "#e6efe9"

    def step(self, context: "Context") -> dict[str, Any]:
        """`{state, correlation_id, runs: [...]}`; on red runs too, pushed before the task fails, with `messages`."""
        from airflow.sdk.exceptions import AirflowFailException

        ti = context["ti"]
        failed = ti.get_ti_count(dag_id=ti.dag_id, run_ids=[ti.run_id], states=_FAILED)
        try:
            result, red = _result(context, failed)
        except Exception as error:
            ti.xcom_push("return_value", _without_ledger(context, str(error)))
            raise
        if red:
            messages = _messages(context)
            ti.xcom_push("return_value", result | {"messages": messages})
            raise AirflowFailException("\n".join([f"{result['state']}, {failed} failed tasks", *messages]))
        return result


def _result(context: "Context", failed: int) -> tuple[dict[str, Any], bool]:
    from sync_operators.plans import result as plans_result

    ti = context["ti"]
    with keeping(context) as kept:
        result = plans_result.result(kept, ti.dag_id, ti.run_id, failed_tasks=failed)
        result["correlation_id"] = context["params"].get("correlation_id")
        _say(result)
        return result, bool(failed) or plans_result.is_red(kept, result)


def _say(result: dict[str, Any]) -> None:
    from sync_operators.reports.overview import overview

    for run in result["runs"]:
        told = (run["run_id"], run["command"], run["file"], run["state"], run["counts"], run["report"])
        log.info("result: run=%s command=%s file=%r state=%s counts=%s report=%s", *told)
    for line in overview(result["runs"]):
        log.info("%s", line)
    log.info("result: state=%s runs=%d", result["state"], len(result["runs"]))


def _without_ledger(context: "Context", message: str) -> dict[str, Any]:
    told = _messages(context)
    return {
        "state": "failed",
        "correlation_id": context["params"].get("correlation_id"),
        "runs": [],
        "messages": told if message in told else [*told, message],
    }


def _messages(context: "Context") -> list[str]:
    """What the failed tasks said, each once."""
    tasks = list(context["dag"].task_ids)
    said = context["ti"].xcom_pull(task_ids=tasks, key=MESSAGE) or []
    return list(dict.fromkeys(str(message) for message in said if message))
