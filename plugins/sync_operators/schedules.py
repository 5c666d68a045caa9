"""When each DAG runs: the one section of the configuration a DAG file reads, so it imports no other."""

import logging
from collections.abc import Mapping
from pathlib import Path

from pydantic import ValidationError

from sync_operators.configuration.base import CHECKOUT, Section, setting
from sync_operators.configuration.reading import read_given
from sync_operators.configuration.values import Cron, Seconds, TimeZone

log = logging.getLogger(__name__)

PAGES_MOUNT = "/sync"
"""Where our pages lie, below the address of Airflow."""

COMMANDS_OF: Mapping[str, tuple[str, ...]] = {
    "sync_users": ("users", "users_delete", "users_suspend"),
    "sync_courses": ("courses_delete", "courses_create", "courses_meta"),
    "sync_enrolments": ("enrolments",),
    "sync_cohorts": ("cohorts", "cohort_links"),
    "sync_groups": ("groups", "group_members"),
    "sync_pictures": ("pictures",),
    "sync_courses_check": ("courses_check",),
    "sync_courses_reset": ("courses_reset",),
    "sync_categories_clean": ("categories_clean",),
}
"""The commands of each tool's DAG, in their order; `sync_all` runs those of several."""


def dag_of(command: str) -> str:
    """The DAG that a command is run by, whose rights it is tied to; KeyError when there is no such command."""
    for dag_id, commands in COMMANDS_OF.items():
        if command in commands:
            return dag_id
    raise KeyError(command)


class Schedules(Section):
    """When each DAG runs, as cron fields; null: only by hand or by the ERP."""

    timezone: TimeZone = setting("UTC", "The time zone the cron fields mean.")
    paused: bool = setting(False, "New DAGs wait until somebody switches them on.")
    sync_users: Cron | None = setting("0 */6 * * *", "Accounts: `users`, `users_delete`, `users_suspend`.")
    sync_courses: Cron | None = setting("0 */12 * * *", "Courses: `courses_delete`, `courses_create`, `courses_meta`.")
    sync_enrolments: Cron | None = setting("30 */6 * * *", "Enrolments.")
    sync_cohorts: Cron | None = setting("15 */12 * * *", "Cohorts: `cohorts`, `cohort_links`.")
    sync_groups: Cron | None = setting("45 */6 * * *", "Groups: `groups`, `group_members`.")
    sync_pictures: Cron | None = setting("0 */12 * * *", "User pictures.")
    sync_courses_check: Cron | None = setting(None, "Which courses exist.")
    sync_courses_reset: Cron | None = setting(None, "Courses emptied for a new year.")
    sync_categories_clean: Cron | None = setting(None, "Empty categories removed.")
    sync_capture: Cron | None = setting("*/10 * * * *", "Capture alone, so that the depot shows what has come.")
    sync_on_drop: Seconds | None = setting(
        2.0, "So many seconds between two looks at the drop, to start what came as soon as it is complete; null: never."
    )
    sync_all: Cron | None = setting(None, "Every tool, in the order of dependence.")
    sync_retention: Cron | None = setting("0 1 * * *", "Old products removed.")
    sync_reconcile: Cron | None = setting("0 2 * * 0", "What was applied compared with Moodle, read-only.")

    def of(self, dag_id: str) -> str | None:
        """The cron fields of a DAG; None when it has no schedule (those a gate triggers never have one)."""
        found = getattr(self, dag_id) if dag_id.startswith("sync_") and dag_id in type(self).model_fields else None
        return found if isinstance(found, str) else None


def config_path(environ: Mapping[str, str]) -> Path | None:
    """The file `SYNC_CONFIG` names, else the checkout's; None when there is neither."""
    if environ.get("SYNC_CONFIG"):
        return Path(environ["SYNC_CONFIG"])
    shipped = CHECKOUT / "include" / "config" / "sync.yaml"
    return shipped if shipped.exists() else None


def load_schedules(path: Path | None, environ: Mapping[str, str]) -> Schedules:
    """Schedules for the time when DAG files are parsed: what is faulty is left at its default.

    A DAG must appear even so; its first task then fails with all the faults.
    """
    given = read_given(path, environ).values.get("schedules")
    values = dict(given) if isinstance(given, dict) else {}
    try:
        return Schedules.model_validate(values)
    except ValidationError as error:
        wrong = {str(one["loc"][0]) for one in error.errors(include_url=False)}
        log.warning("load_schedules: defaults instead of faulty keys=%s", ",".join(sorted(wrong)))
        return Schedules.model_validate({key: value for key, value in values.items() if key not in wrong})
