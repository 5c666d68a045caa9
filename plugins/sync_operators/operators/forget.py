"""One account's data in the ledger: gone on request."""

import logging
from typing import TYPE_CHECKING, Any

from sync_operators.operators.asked import check_conf
from sync_operators.operators.base import SyncOperator, working

if TYPE_CHECKING:
    from airflow.sdk import Context

    from sync_operators.ledger.erasing import Erasing

log = logging.getLogger(__name__)


class ForgetOperator(SyncOperator):
    """Erase what the ledger holds of one account; a simulation only counts it."""

    ui_color = "#f3e3e3"

    def step(self, context: "Context") -> dict[str, Any]:
        """`{user, simulate, counts: {rows, operations}, open_runs}`; never a name."""
        from sync_operators.ledger.erasing import Erasing

        check_conf(context)
        user, simulate = context["params"]["user"], bool(context["params"]["simulate"])
        with working(context) as work:
            erasing = Erasing(work.ledger, work.site_id, user, simulate=simulate)
            if not simulate:
                _confirmed(erasing, context["params"].get("confirm") or "")
            erased = erasing.run(_who(context) or work.holder, work.clock())
        log.info("forget: user=%s simulate=%s counts=%s", user, simulate, dict(erased.counts))
        if erased.open_runs:
            log.warning("forget: runs that are not over keep what they hold: %s", ", ".join(erased.open_runs))
        told = {"counts": dict(erased.counts), "open_runs": list(erased.open_runs)}
        return {"user": user, "simulate": simulate, **told}


def _confirmed(erasing: "Erasing", name: str) -> None:
    """Refuse when the name is not that of the account: a mistyped number is somebody else."""
    from sync_operators.errors import ConfigurationError

    if name.casefold() not in {each.casefold() for each in erasing.names()}:
        raise ConfigurationError(
            f"`confirm` is no name by which files have called the account {erasing.user}: nothing was erased.",
            remedy="Give its user name or idnumber, as the files wrote it. If nothing is known of the account, there "
            "is nothing to erase: a simulation says how much there is.",
        )


def _who(context: "Context") -> str | None:
    return getattr(context["dag_run"], "triggering_user_name", None)
