"""Files that wait → the DAG that runs them."""

import logging
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sync_operators.operators.base import SyncOperator, is_dag_test, keeping
from sync_operators.operators.triggering import trigger

if TYPE_CHECKING:
    from airflow.sdk import Context

log = logging.getLogger(__name__)


class StartOperator(SyncOperator):
    """Start the DAG of the command whose file has come, or `sync_all` when several have.

    :param dags: the commands of each DAG that may be started
    """

    ui_color = "#e6efe9"

    def __init__(self, *, dags: Mapping[str, Sequence[str]], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.dags = dags

    def step(self, context: "Context") -> dict[str, Any] | None:
        """`{dag_id, run_id, commands}` of what was started; None when no file waits."""
        from sync_operators.plans import starting

        with keeping(context) as kept:
            start = starting.due(kept.settings, kept.ledger, self.dags)
        if start is None:
            log.info("start: no file waits")
            return None
        if is_dag_test(context):
            log.info("start: %s waits: `airflow dags test` starts no other DAG", start.dag_id)
        else:
            trigger(context, start.dag_id, start.run_id, {}, answer=start.as_dict())
        return start.as_dict()
