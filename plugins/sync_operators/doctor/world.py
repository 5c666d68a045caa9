"""The site as Airflow's connections and the settings describe it."""

import logging

from sync_operators.doctor.examination import Site
from sync_operators.doctor.limits import ANSWER_WITHIN
from sync_operators.hooks import connections
from sync_operators.hooks.drop import drop_path, drop_session
from sync_operators.hooks.workplace import settings
from sync_operators.ledger.looking import Look
from sync_operators.moodle.client import MoodleClient
from sync_operators.plans.workplace import utc_now
from sync_operators.settings import Settings


def site() -> Site:
    """This machine's site."""
    logging.getLogger("httpx").setLevel(logging.WARNING)
    return Site(
        settings=settings,
        require=connections.require,
        has=lambda name: connections.optional_connection(name) is not None,
        drop_session=lambda: drop_session(ANSWER_WITHIN),
        drop_path=drop_path,
        moodle=_moodle,
        ledger=_ledger,
        depot=connections.depot,
        clock=utc_now,
    )


def _moodle(ours: Settings, max_fields: int) -> MoodleClient:
    # Once is enough: who asks the doctor wants to know of a site that does not answer at the first time.
    within = min(ANSWER_WITHIN, ours.moodle.timeout)
    return connections.moodle_client(ours, max_fields=max_fields, timeout=within, tries=1)


def _ledger(ours: Settings) -> Look:
    return connections.ledger_look(ours)
