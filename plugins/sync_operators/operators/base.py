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

from sync_operators.operators.links import LINKS

if TYPE_CHECKING:
    from airflow.sdk import Context

    from sync_operators.hooks.workplace import Store
    from sync_operators.plans.workplace import Workplace

log = logging.getLogger(__name__)

MESSAGE = "message"
"""The XCom of a failed step: what went wrong and what to do."""

_PR_SET_PDEATHSIG = 1


class SyncOperator(BaseOperator):
    """A step of the walk. Subclasses implement `step`; what goes wrong in it ends the task with message and remedy.

    `told` is what the step answered, for the links on the task.
    """

    operator_extra_links = LINKS
    told: Any = None

    def execute(self, context: "Context") -> Any:
        """Run the step; an expected failure is said once and not tried again: the next run goes on."""
        die_with_parent(context)
        with clear_end(context):
            self.told = self.step(context)
        return self.told

    @abstractmethod
    def step(self, context: "Context") -> Any:
        """Do the work; what it returns is the task's XCom."""


@contextmanager
def clear_end(context: "Context") -> "Iterator[None]":
    """Fail at once with our own words, which the result repeats. What else is raised is a bug, and has its trace."""
    from airflow.sdk.exceptions import AirflowFailException

    from sync_operators.errors import SyncError

    try:
        yield
    except SyncError as error:
        # The trace that Airflow shows tells a person nothing more, and hides the message at its far end.
        for words in filter(None, (error.message, error.remedy)):
            log.error("%s", words)  # noqa: TRY400
        context["ti"].xcom_push(MESSAGE, str(error))
        raise AirflowFailException(str(error)) from None


@contextmanager
def working(context: "Context") -> "Iterator[Workplace]":
    """The workplace of a task, in whose name leases are held and events written."""
    from sync_operators.hooks.workplace import workplace

    with workplace(_holder(context)) as work:
        yield work


@contextmanager
def keeping(context: "Context") -> "Iterator[Store]":
    """The same without Moodle."""
    from sync_operators.hooks.workplace import store

    with store(_holder(context)) as kept:
        yield kept


def _holder(context: "Context") -> str:
    ti = context["ti"]
    return f"{ti.dag_id}/{ti.run_id}/{ti.task_id}/{ti.try_number}"


def is_dag_test(context: "Context") -> bool:
    """Whether this is `airflow dags test`, where no scheduler would run what we trigger."""
    return getattr(context["dag_run"], "triggering_user_name", None) == "dag_test"


def die_with_parent(context: "Context") -> None:
    """On Linux, end when the supervisor dies: it would start us again while we still work."""
    # Under `dags test` there is none, and the parent is a person's shell.
    if sys.platform == "linux" and not is_dag_test(context):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
