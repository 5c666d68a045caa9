"""Plan → go, or hold for a person."""

import logging
from typing import TYPE_CHECKING, Any

from sync_operators.operators.base import SyncOperator, is_dag_test, working
from sync_operators.operators.triggering import trigger

if TYPE_CHECKING:
    from airflow.sdk import Context

log = logging.getLogger(__name__)

HELD_DAG = "sync_held"


class GateOperator(SyncOperator):
    """Look at the limits before the first write; a plan over one waits for a person in `sync_held`.

    :param plan: what the plan step answered
    """

    template_fields = ("plan",)
    ui_color = "#f6e8d3"

    def __init__(self, *, plan: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.plan = plan

    def step(self, context: "Context") -> dict[str, Any]:
        """The run and the verdict."""
        from sync_operators import walk

        with working(context) as work:
            step = walk.gate(work, self.plan["run_id"])
            held = walk.held_id(work, step.run_id) if step.state == "held" else None
        if held and is_dag_test(context):
            log.warning(
                "gate: run=%s is held; under `dags test` nothing asks a person, the next real run does", step.run_id
            )
        elif held:
            trigger(context, HELD_DAG, held, {"run_id": step.run_id, "command": step.command}, answer=step.as_dict())
        return step.as_dict()
