"""Held plan → a person's answer."""

import logging
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from airflow.providers.standard.operators.hitl import ApprovalOperator
from airflow.sdk.configuration import conf

from sync_operators.operators.asked import check_conf
from sync_operators.operators.base import clear_end, die_with_parent, working
from sync_operators.operators.links import LINKS

if TYPE_CHECKING:
    from airflow.sdk import Context

    from sync_operators.plans.asking import Question
    from sync_operators.plans.workplace import Workplace

log = logging.getLogger(__name__)

_ASKED = "asked"


class ApproveOperator(ApprovalOperator):
    """Ask a person about a held plan, in Airflow's Required Actions; without an answer in time it is rejected.

    The question is made when the task runs: it names limit, count, share, setting, riskiest operations and digest.
    """

    ui_color = "#f6e8d3"
    operator_extra_links = LINKS
    told: Any = None

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(subject="A plan is held", body="", defaults=self.REJECT, **kwargs)

    def execute(self, context: "Context") -> Any:
        """Park until somebody answers; a plan that waits no longer needs no answer."""
        die_with_parent(context)
        self.told = dict(context["params"])
        with clear_end(context):
            check_conf(context)
            if self._ask(context):
                return super().execute(context)
            return self._go_on(context)

    def execute_complete(self, context: "Context", event: dict[str, Any]) -> Any:
        """Write who answered what to the ledger, before Airflow goes on; the first answer that counts is carried out.

        Whom the settings do not let answer has changed nothing: the question is put again. Airflow itself keeps such
        people off only as long as it knows them, and the settings, as they were when it was put.
        """
        from sync_operators import walk

        die_with_parent(context)
        run_id, who, account = context["params"]["run_id"], *_who(event)
        with clear_end(context):
            approved = self._decide(context, event, who, account)
            with working(context) as work:
                setting = walk.why_not(work, run_id, who, account) if approved is None else None
            if setting:
                log.warning("approve: %s may not answer (%s); asked again", who, setting)
                return self.execute(context)
            self._go_on(context)
        if approved is not None:
            event = {**event, "chosen_options": [self.APPROVE if approved else self.REJECT]}
        return super().execute_complete(context, event)

    def _ask(self, context: "Context") -> bool:
        from sync_operators import walk

        ti, run_id = context["ti"], context["params"]["run_id"]
        with working(context) as work:
            question = _question(work, run_id)
            walk.join(work, run_id, ti.dag_id, ti.run_id, ti.try_number)
            if question is not None:
                self._put(question, work)
        if question is not None:
            # The answer is to this very plan, whatever has become of it when the answer comes.
            ti.xcom_push(_ASKED, question.run.plan_digest)
        return question is not None

    def _put(self, question: "Question", work: "Workplace") -> None:
        approvals, base = work.settings.approvals, conf.get("api", "base_url", fallback="")
        self.subject, self.body = question.subject, replace(question, base=urlsplit(base).path.rstrip("/")).body
        self.response_timeout = timedelta(seconds=approvals.timeout.total_seconds())
        self.assigned_users = [{"id": name, "name": name} for name in approvals.approvers] or None

    def _decide(self, context: "Context", event: dict[str, Any], who: str, account: str) -> bool | None:
        """What was decided about the plan, by this answer or one before it; None when it is still open."""
        from sync_operators import walk

        run_id = context["params"]["run_id"]
        asked = context["ti"].xcom_pull(task_ids=self.task_id, key=_ASKED)
        reason = str((event.get("params_input") or {}).get("reason") or "").strip()
        approved = event.get("chosen_options") == [self.APPROVE]
        with working(context) as work:
            walk.decide(work, run_id, approved=approved, who=who, reason=reason, asked=asked, account=account)
            decision = walk.decision(work, run_id)
        if decision and decision.who != who:
            log.warning("approve: %s has decided already; the answer of %s changes nothing", decision.who, who)
        return decision.approved if decision else None

    def _go_on(self, context: "Context") -> None:
        """Carry an answer out; without one that counts, the plan is not of this DAG run any more."""
        from sync_operators import walk

        run_id = context["params"]["run_id"]
        with working(context) as work:
            answered = walk.answered(work, run_id)
        if not answered:
            log.warning("approve: run=%s is not held any more, or its plan has changed since: nothing follows", run_id)
            self.skip(context["ti"], context["task"].get_direct_relatives(upstream=False))


def _who(event: dict[str, Any]) -> tuple[str, str]:
    """Name and id of who answered; without anybody, the time was over."""
    from sync_operators.plans.answerers import NOBODY

    user = event.get("responded_by_user") or {}
    return str(user.get("name") or user.get("id") or NOBODY), str(user.get("id") or "")


def _question(work: "Workplace", run_id: str) -> "Question | None":
    from sync_operators import walk
    from sync_operators.errors import ConfigurationError

    try:
        return walk.question(work, run_id)
    except KeyError:
        raise ConfigurationError(
            f"The ledger knows no run `{run_id}`.", remedy="A gate triggers this DAG; by hand, give a held run's id."
        ) from None
