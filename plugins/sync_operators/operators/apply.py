"""Plan → Moodle."""

from typing import TYPE_CHECKING, Any

from sync_operators.operators.base import SyncOperator, working

if TYPE_CHECKING:
    from airflow.sdk import Context


class ApplyOperator(SyncOperator):
    """Carry out exactly the plan that passed the gate; a held or simulated one is left alone.

    :param plan: what the plan step answered
    """

    template_fields = ("plan",)
    ui_color = "#dfe7fb"

    def __init__(self, *, plan: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.plan = plan

    def step(self, context: "Context") -> dict[str, Any]:
        """The run and how it stands."""
        from airflow.sdk.exceptions import AirflowSkipException

        from sync_operators import walk
        from sync_operators.plans.gating import APPROVED, GO

        with working(context) as work:
            step = walk.apply(work, self.plan["run_id"])
        if step.verdict not in {GO, APPROVED}:
            raise AirflowSkipException("nothing to apply: held, refused or a simulation")
        return step.as_dict()
