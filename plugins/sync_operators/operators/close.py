"""Outcomes → reports; input → archives or quarantine."""

import re
from typing import TYPE_CHECKING, Any, Final

from sync_operators.operators.asked import conf_of, request_of
from sync_operators.operators.base import SyncOperator, is_dag_test, working
from sync_operators.operators.triggering import trigger

if TYPE_CHECKING:
    from airflow.sdk import Context

_MORE: Final = re.compile(r"more-(\d+)-(.+)", re.DOTALL)
_LONGEST: Final = 250
"""How long an id of a DAG run may be in Airflow."""


class CloseOperator(SyncOperator):
    """Write report and tryback, archive or quarantine the input; start the DAG again when more files wait.

    :param command: the command whose run of this DAG run is closed
    :param goes_on: whether the DAG is to be started again for the next file
    """

    ui_color = "#e9e6f3"

    def __init__(self, *, command: str | None, goes_on: bool = True, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.command = command
        self.goes_on = goes_on

    def step(self, context: "Context") -> dict[str, Any]:
        """The run and how it ended."""
        from airflow.sdk.exceptions import AirflowSkipException

        from sync_operators import walk
        from sync_operators.hooks.way_back import give_back

        ti = context["ti"]
        with working(context) as work:
            run_id = walk.run_of(work, ti.dag_id, ti.run_id, self.command)
            if run_id is None:
                raise AirflowSkipException("nothing was planned")
            step = walk.close(work, run_id)
            more = step.finished_file and (
                walk.waits_more(work, step.command)
                or walk.asked_otherwise(work, run_id, request_of(context, step.command))
            )
            give_back(work)
        if more and self.goes_on and not conf_of(context).get("file") and not is_dag_test(context):
            trigger(context, ti.dag_id, following(ti.run_id), conf_of(context), answer=step.as_dict())
        return step.as_dict()


def following(dag_run_id: str) -> str:
    """The id of the DAG run that goes on after this one: the same for every command, so one such run does for all.

    `erp-42` → `more-1-erp-42` → `more-2-erp-42`
    """
    found = _MORE.fullmatch(dag_run_id)
    number, root = found.groups() if found else ("0", dag_run_id)
    return f"more-{int(number) + 1}-{root}"[:_LONGEST]
