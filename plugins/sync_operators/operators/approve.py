"""Held plan → a person's answer."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from airflow.providers.standard.operators.hitl import ApprovalOperator

from sync_operators.operators.base import die_with_parent, working

if TYPE_CHECKING:
    from airflow.sdk import Context


class ApproveOperator(ApprovalOperator):
    """Ask a person about a held plan, in Airflow's Required Actions; without an answer in time it is rejected.

    The question is made when the task runs: it names limit, count, share, setting, riskiest operations and digest.
    """

    ui_color = "#f6e8d3"

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(subject="A plan is held", body="", defaults=self.REJECT, **kwargs)

    def execute(self, context: "Context") -> Any:
        """Park until somebody answers; a plan that waits no longer needs no answer."""
        from sync_operators import walk

        die_with_parent()
        with working(context) as work:
            run_id = context["params"]["run_id"]
            walk.join(work, run_id, context["ti"].dag_id, context["ti"].run_id, context["ti"].try_number)
            question = walk.question(work, run_id)
            if question is None:
                self.log.info("approve: run=%s is not held any more", run_id)
                return None
            self.subject, self.body = question.subject, question.body
            approvals = work.settings.approvals
            self.response_timeout = timedelta(seconds=approvals.timeout.total_seconds())
            self.assigned_users = [{"id": name, "name": name} for name in approvals.approvers] or None
        return super().execute(context)

    def execute_complete(self, context: "Context", event: dict[str, Any]) -> Any:
        """Write who answered what to the ledger, before Airflow goes on."""
        from sync_operators import walk

        approved = event.get("chosen_options") == [self.APPROVE]
        who = (event.get("responded_by_user") or {}).get("name") or "nobody in time"
        reason = str((event.get("params_input") or {}).get("reason") or "")
        with working(context) as work:
            walk.decide(work, context["params"]["run_id"], approved=approved, who=who, reason=reason)
        return super().execute_complete(context, event)
