"""Drop → depot."""

import asyncio
from typing import TYPE_CHECKING, Any

from sync_operators.operators.asked import check_conf
from sync_operators.operators.base import SyncOperator, working

if TYPE_CHECKING:
    from airflow.sdk import Context


class CaptureOperator(SyncOperator):
    """Take complete files from the drop into the depot, each exactly once. A simulation captures nothing.

    :param commands: the commands of the DAG, against which `conf` is checked first
    """

    ui_color = "#e6efe9"

    def __init__(self, *, commands: tuple[str, ...] = (), **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.commands = commands

    def step(self, context: "Context") -> dict[str, int]:
        """Counts by capture code."""
        from sync_operators.hooks.connections import drop_path, drop_session
        from sync_operators.intake.capture import capture

        check_conf(context, self.commands)
        with working(context) as work:
            if context["params"].get("simulate"):
                self.log.info("capture: simulation, nothing is captured")
                return {}

            async def run() -> dict[str, int]:
                async with drop_session() as session:
                    report = await capture(
                        session,
                        drop_path(),
                        depot=work.depot,
                        ledger=work.ledger,
                        rules=work.settings.drop,
                        holder=work.holder,
                        clock=work.clock,
                    )
                return dict(report.counts)

            return asyncio.run(run())
