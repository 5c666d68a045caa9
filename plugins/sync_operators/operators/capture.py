"""Drop → depot."""

import asyncio
import logging
from typing import TYPE_CHECKING, Any

from sync_operators.operators.asked import check_conf
from sync_operators.operators.base import SyncOperator, keeping

if TYPE_CHECKING:
    from airflow.sdk import Context

    from sync_operators.hooks.workplace import Store

log = logging.getLogger(__name__)


class CaptureOperator(SyncOperator):
    """Take complete files from the drop into the depot, each exactly once. A simulation captures nothing.

    :param commands: the commands of the DAG. As the first task this one sees to it that conf, settings and
        connections are fit for all that follow
    """

    ui_color = "#e6efe9"

    def __init__(self, *, commands: tuple[str, ...] = (), **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.commands = commands

    def step(self, context: "Context") -> dict[str, int]:
        """Counts by capture code."""
        from sync_operators.hooks.connections import DROP, MOODLE, require
        from sync_operators.hooks.workplace import settings

        check_conf(context, self.commands)
        settings()
        simulate = bool(context["params"].get("simulate"))
        require(*([] if simulate else [DROP]), *([MOODLE] if self.commands else []))
        if simulate:
            log.info("capture: simulation, nothing is captured")
            return {}
        with keeping(context) as kept:
            return asyncio.run(_capture(kept))


async def _capture(kept: "Store") -> dict[str, int]:
    from sync_operators.hooks.drop import drop_path, drop_session
    from sync_operators.intake.capture import capture

    async with drop_session() as session:
        report = await capture(
            session,
            drop_path(),
            depot=kept.depot,
            ledger=kept.ledger,
            rules=kept.settings.drop,
            holder=kept.holder,
            clock=kept.clock,
        )
    return dict(report.counts)
