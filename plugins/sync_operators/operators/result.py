"""What the whole DAG run came to: the ERP's contract, and the colour."""

from typing import TYPE_CHECKING, Any

from sync_operators.operators.base import SyncOperator, working

if TYPE_CHECKING:
    from airflow.sdk import Context

FAILED_STATES = ["failed", "upstream_failed"]


class ResultOperator(SyncOperator):
    """Gather the runs of this DAG run; the only leaf, so it alone decides whether the DAG run is green."""

    ui_color = "#e6efe9"

    def step(self, context: "Context") -> dict[str, Any]:
        """`{state, correlation_id, runs: [...]}`; on red runs too, pushed before the task fails."""
        from airflow.sdk.exceptions import AirflowFailException

        from sync_operators.plans import result as plans_result

        ti = context["ti"]
        failed = ti.get_ti_count(dag_id=ti.dag_id, run_ids=[ti.run_id], states=FAILED_STATES)
        try:
            with working(context) as work:
                result = plans_result.result(work, ti.dag_id, ti.run_id, failed_tasks=failed)
                result["correlation_id"] = context["params"].get("correlation_id")
                red = failed or plans_result.is_red(work, result)
        except Exception as error:
            ti.xcom_push("return_value", {"state": "failed", "correlation_id": None, "runs": [], "message": str(error)})
            raise
        if red:
            ti.xcom_push("return_value", result)
            raise AirflowFailException(f"{failed} tasks failed; worst state: {result['state']}")
        return result
