"""Drop → depot."""

import asyncio
import logging
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sync_operators.operators.asked import check_conf
from sync_operators.operators.base import SyncOperator, is_dag_test, keeping
from sync_operators.operators.metrics import count_capture
from sync_operators.operators.triggering import trigger

if TYPE_CHECKING:
    from airflow.sdk import Context

    from sync_operators.hooks.workplace import Store
    from sync_operators.intake.report import CaptureReport

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

    def step(self, context: "Context") -> dict[str, Any]:
        """Counts by capture code and the first hundred names; a bundle starts the DAG that runs all commands."""
        from sync_operators.hooks.connections import DROP, MOODLE, require
        from sync_operators.hooks.workplace import settings
        from sync_operators.intake.report import CaptureReport

        check_conf(context, self.commands)
        settings()
        simulate = bool(context["params"].get("simulate"))
        require(*([] if simulate else [DROP]), *([MOODLE] if self.commands else []))
        if simulate:
            log.info("capture: simulation, nothing is captured")
            return CaptureReport().as_dict()
        with keeping(context) as kept:
            report, bundle = _captured(context, kept)
        if bundle is not None:
            _start_all(context, bundle, report.as_dict())
        return report.as_dict()


def _captured(context: "Context", kept: "Store") -> "tuple[CaptureReport, int | None]":
    """What was captured, and the bundle that is still to be started."""
    from sync_operators.hooks.way_back import give_back
    from sync_operators.intake import bundles

    try:
        report = asyncio.run(_capture(kept))
    finally:
        # Even when the drop cannot be reached: what an earlier capture unpacked waits for this DAG alone.
        if context["ti"].dag_id == bundles.DAG_ID:
            bundles.begin(kept.ledger, kept.holder, kept.clock())
    report.say()
    count_capture(report)
    give_back(kept)
    return report, bundles.waiting_bundle(kept.ledger)


def _start_all(context: "Context", bundle: int, answer: dict[str, Any]) -> None:
    """Start the DAG of the bundles: once for each, and once more an hour if such a run has ended before it began."""
    from sync_operators.intake.bundles import DAG_ID

    if is_dag_test(context):
        log.info("capture: bundle=%d waits for %s: `airflow dags test` starts no other DAG", bundle, DAG_ID)
        return
    run_id = f"bundle-{bundle}"
    if _has_ended(context, DAG_ID, run_id):
        run_id = f"{run_id}-{datetime.now(UTC):%Y%m%dT%H}"
    trigger(context, DAG_ID, run_id, {}, answer=answer)


def _has_ended(context: "Context", dag_id: str, run_id: str) -> bool:
    ti = context["ti"]
    return bool(ti.get_dr_count(dag_id=dag_id, run_ids=[run_id], states=["success", "failed"]))


async def _capture(kept: "Store") -> "CaptureReport":
    from sync_operators.hooks.drop import drop_path, drop_session
    from sync_operators.intake.capture import Terms, capture

    settings = kept.settings
    async with drop_session() as session:
        return await capture(
            session,
            drop_path(),
            depot=kept.depot,
            ledger=kept.ledger,
            rules=settings.drop,
            holder=kept.holder,
            clock=kept.clock,
            terms=Terms(settings.pictures.prefix, settings.depot.reserve, settings.site.language),
        )
