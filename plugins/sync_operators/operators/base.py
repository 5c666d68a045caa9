"""What all our operators share: a workplace, and one way to fail."""

import ctypes
import logging
import signal
import sys
from abc import abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator

if TYPE_CHECKING:
    from airflow.sdk import Context

    from sync_operators.plans.workplace import Workplace

log = logging.getLogger(__name__)

_PR_SET_PDEATHSIG = 1


class SyncOperator(BaseOperator):
    """A step of the walk. Subclasses implement `step`; what goes wrong in it ends the task with message and remedy."""

    def execute(self, context: "Context") -> Any:
        """Run the step; an expected failure is said once and not tried again: the next run goes on."""
        from airflow.sdk.exceptions import AirflowFailException

        from sync_operators.errors import SyncError

        die_with_parent()
        try:
            return self.step(context)
        except SyncError as error:
            raise AirflowFailException(str(error)) from error

    @abstractmethod
    def step(self, context: "Context") -> Any:
        """Do the work; what it returns is the task's XCom."""


@contextmanager
def working(context: "Context") -> "Iterator[Workplace]":
    """The workplace of a task, in whose name leases are held and events written."""
    from sync_operators.hooks.workplace import workplace

    ti = context["ti"]
    with workplace(f"{ti.dag_id}/{ti.run_id}/{ti.task_id}/{ti.try_number}") as work:
        yield work


def is_dag_test(context: "Context") -> bool:
    """Whether this is `airflow dags test`, where no scheduler would run what we trigger."""
    return getattr(context["dag_run"], "triggering_user_name", None) == "dag_test"


def die_with_parent() -> None:
    """On Linux, end when the supervisor dies: it would start us again while we still work."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
