"""Command file → plan."""

import logging
from typing import TYPE_CHECKING, Any

from airflow.providers.standard.utils.skipmixin import SkipMixin

from sync_operators.operators.asked import is_asked, request_of
from sync_operators.operators.base import SyncOperator, working

if TYPE_CHECKING:
    from airflow.sdk import Context

log = logging.getLogger(__name__)


class PlanOperator(SyncOperator, SkipMixin):
    """Plan the command's next file; write nothing to Moodle. Without a file the rest of its group is skipped.

    :param command: the command to plan
    :param needs: tasks without whose success nothing is planned
    """

    template_fields = ("command",)
    ui_color = "#e4ecf7"
    inherits_from_skipmixin = True

    def __init__(self, *, command: str, needs: tuple[str, ...] = (), **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.command = command
        self.needs = needs

    def step(self, context: "Context") -> dict[str, Any] | None:
        """The run and how its plan stands; None when there was nothing to plan."""
        step = self._plan(context) if is_asked(context, self.command) and self._may_begin(context) else None
        if step is not None:
            return step
        self.skip(ti=context["ti"], tasks=self._rest_of_group(context))
        return None

    def _may_begin(self, context: "Context") -> bool:
        """No trigger rule says: after the former command however it ended, but only when capture went well."""
        ti, needs = context["ti"], list(self.needs)
        well = (
            ti.get_ti_count(dag_id=ti.dag_id, run_ids=[ti.run_id], task_ids=needs, states=["success"]) if needs else 0
        )
        if well < len(needs):
            log.warning("plan: command=%s nothing is planned, as %s failed", self.command, ", ".join(needs))
        return well == len(needs)

    def _plan(self, context: "Context") -> dict[str, Any] | None:
        from sync_operators import walk

        with working(context) as work:
            step = walk.plan(work, request_of(context, self.command))
        return step.as_dict() if step else None

    def _rest_of_group(self, context: "Context") -> list[Any]:
        group = self.task_id.rpartition(".")[0]
        tasks = context["task"].get_flat_relatives(upstream=False)
        return [task for task in tasks if task.task_id.startswith(f"{group}.")]
