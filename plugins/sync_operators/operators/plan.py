"""Command file → plan."""

from typing import TYPE_CHECKING, Any

from airflow.providers.standard.utils.skipmixin import SkipMixin

from sync_operators.operators.asked import is_asked, request_of
from sync_operators.operators.base import SyncOperator, working

if TYPE_CHECKING:
    from airflow.sdk import Context


class PlanOperator(SyncOperator, SkipMixin):
    """Plan the command's next file; write nothing to Moodle. Without a file the rest of its group is skipped.

    :param command: the command to plan
    """

    ui_color = "#e4ecf7"
    inherits_from_skipmixin = True

    def __init__(self, *, command: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.command = command

    def step(self, context: "Context") -> dict[str, Any] | None:
        """The run and how its plan stands; None when there was no file."""
        step = self._plan(context) if is_asked(context, self.command) else None
        if step is not None:
            return step
        self.skip(ti=context["ti"], tasks=self._rest_of_group(context))
        return None

    def _plan(self, context: "Context") -> dict[str, Any] | None:
        from sync_operators import walk

        with working(context) as work:
            step = walk.plan(work, request_of(context, self.command))
        return step.as_dict() if step else None

    def _rest_of_group(self, context: "Context") -> list[Any]:
        group = self.task_id.rpartition(".")[0]
        return [
            task for task in context["task"].get_flat_relatives(upstream=False) if task.task_id.startswith(f"{group}.")
        ]
