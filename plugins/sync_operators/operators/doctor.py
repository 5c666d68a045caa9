"""Site → what it still lacks."""

import logging
from typing import TYPE_CHECKING, Any

from sync_operators.operators.asked import check_conf
from sync_operators.operators.base import SyncOperator

if TYPE_CHECKING:
    from airflow.sdk import Context

log = logging.getLogger(__name__)


class DoctorOperator(SyncOperator):
    """Look at configuration, drop, depot, ledger and Moodle; change nothing. Red when something fails."""

    ui_color = "#e6efe9"

    def step(self, context: "Context") -> dict[str, Any]:
        """`{state, counts, findings}`; on red runs too, pushed before the task fails."""
        from airflow.sdk.exceptions import AirflowFailException

        from sync_operators.doctor import telling
        from sync_operators.doctor.examination import examine_site
        from sync_operators.doctor.world import site

        check_conf(context)
        findings = examine_site(site(), context["params"].get("commands") or ())
        answer = telling.as_dict(findings)
        for line in telling.lines(findings):
            log.info("%s", line)
        if telling.exit_status(findings):
            context["ti"].xcom_push("return_value", answer)
            raise AirflowFailException("\n".join(telling.failures(findings)))
        return answer
