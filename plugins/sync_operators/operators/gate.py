"""Plan → go, or hold for a person."""

from typing import TYPE_CHECKING, Any

from sync_operators.operators.base import SyncOperator, is_dag_test, working
from sync_operators.operators.triggering import trigger

if TYPE_CHECKING:
    from airflow.sdk import Context

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
            self.log.warning("gate: held; under `dags test` nothing is triggered, so run %s waits for a real run", held)
        elif held:
            trigger(context, HELD_DAG, held, {"run_id": step.run_id, "command": step.command}, answer=step.as_dict())
        return step.as_dict()
