"""What was last applied → in what Moodle differs from it."""

import logging
from typing import TYPE_CHECKING, Any

from sync_operators.operators.asked import check_conf, is_asked, request_of
from sync_operators.operators.base import SyncOperator, working

if TYPE_CHECKING:
    from airflow.sdk import Context

log = logging.getLogger(__name__)


class ReconcileOperator(SyncOperator):
    """Compare what commands have applied with Moodle, one after another; write nothing there.

    Green with a warning where something has drifted, red when a command could not be checked: the others are all the
    same.
    """

    ui_color = "#e6efe9"

    def __init__(self, *, commands: tuple[str, ...], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.commands = commands

    def step(self, context: "Context") -> dict[str, Any]:
        """`{state, checked}`; on red runs too, pushed before the task fails."""
        from sync_operators.drift import telling
        from sync_operators.drift.checking import check_all

        check_conf(context)
        wanted = [request_of(context, command) for command in self.commands if is_asked(context, command)]
        with working(context) as work:
            found = check_all(work, wanted)
        for level, line in telling.lines(found):
            log.log(level, "%s", line)
        answer = telling.as_dict(found)
        if found.errors:
            context["ti"].xcom_push("return_value", answer)
            raise next(iter(found.errors.values()))
        return answer
