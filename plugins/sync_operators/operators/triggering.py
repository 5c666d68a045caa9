"""Starting another DAG run as the last act of a task."""

import logging
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from airflow.sdk import Context

log = logging.getLogger(__name__)


def trigger(context: "Context", dag_id: str, run_id: str, conf: dict[str, Any], *, answer: Any) -> None:
    """End the task well and start that DAG run, unless it is there already: then just return.

    `answer` is the task's XCom; Airflow starts the run by way of an exception, so it is pushed before.
    """
    from airflow.sdk.exceptions import DagRunTriggerException

    ti = context["ti"]
    if ti.get_dr_count(dag_id=dag_id, run_ids=[run_id]):
        log.info("trigger: dag=%s run=%s is there already", dag_id, run_id)
        return
    log.info("trigger: dag=%s run=%s conf=%s", dag_id, run_id, sorted(conf))
    ti.xcom_push("return_value", answer)
    raise DagRunTriggerException(
        trigger_dag_id=dag_id,
        dag_run_id=run_id,
        conf=conf,
        logical_date=None,
        reset_dag_run=False,
        skip_when_already_exists=True,
        wait_for_completion=False,
        allowed_states=[],
        failed_states=[],
        poke_interval=60,
        deferrable=False,
    )
