"""The buttons on a task in Airflow that lead to our pages of its run: report, plan, file.

Airflow asks for them in the process of the task, right after it, and keeps the address.
"""

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from airflow.sdk import BaseOperatorLink
from airflow.sdk.configuration import conf

from sync_operators.schedules import PAGES_MOUNT

if TYPE_CHECKING:
    from airflow.sdk import BaseOperator
    from airflow.sdk.types import TaskInstanceKey


class RunLink(BaseOperatorLink):
    """A page about the run that a task worked on; no address where it worked on none."""

    place = ""

    @property
    def name(self) -> str:
        """The label of the button."""
        return type(self).__name__.removesuffix("Link")

    def get_link(self, operator: "BaseOperator", *, ti_key: "TaskInstanceKey") -> str:  # noqa: ARG002
        """The page's address below that of Airflow."""
        run_id = run_of(operator)
        if run_id is None:
            return ""
        prefix = urlsplit(conf.get("api", "base_url", fallback="") or "").path.rstrip("/")
        return f"{prefix}{PAGES_MOUNT}/{self.place.format(run_id=run_id)}"


class ReportLink(RunLink):
    """The report of the run."""

    place = "reports/{run_id}"


class PlanLink(RunLink):
    """What the run would do, and how near its limits it is."""

    place = "plans/{run_id}"


class FileLink(RunLink):
    """The file of the run: facts and chain of custody."""

    place = "reports/{run_id}/file"


def run_of(operator: Any) -> str | None:
    """The run a task has worked on: what its step told, else what the one before had told it."""
    told = getattr(operator, "told", None) or getattr(operator, "plan", None)
    return told.get("run_id") if isinstance(told, dict) else None


LINKS = (ReportLink(), PlanLink(), FileLink())
