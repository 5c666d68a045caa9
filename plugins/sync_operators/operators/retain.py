"""Old products, old details: gone."""

import logging
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sync_operators.operators.asked import check_conf
from sync_operators.operators.base import SyncOperator, keeping

if TYPE_CHECKING:
    from airflow.sdk import Context

log = logging.getLogger(__name__)


class RetainOperator(SyncOperator):
    """Take away what is older than `retention` in the settings says; a simulation only says what that is."""

    ui_color = "#e9e6f3"

    def step(self, context: "Context") -> dict[str, Any]:
        """`{simulate, counts, bytes, files, left_out}`: how many of each kind went, and the first hundred places."""
        from sync_operators.hooks.way_back import sweep
        from sync_operators.plans.retention import retain

        check_conf(context)
        simulate = bool(context["params"].get("simulate"))
        with keeping(context) as kept:
            swept = replace(retain(kept, simulate=simulate), drop=tuple(sweep(kept, simulate=simulate)))
        for line in swept.lines():
            log.info("retention: %s", line)
        return swept.as_dict()
