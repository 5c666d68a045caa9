"""What a DAG run asks of a command, and what a step answers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sync_operators.codes import Fault
from sync_operators.errors import SyncError

DELTA = "delta"
RECONCILE = "reconcile"


@dataclass(frozen=True, slots=True)
class Request:
    """One command of one DAG run: which file, how, on whose behalf.

    `answered` is the run that a person was asked about: its plan is made again, whatever it was. `asked` are settings
    of the command that hold for this run alone.
    """

    command: str
    file: str | None = None
    simulate: bool = False
    mode: str = DELTA
    correlation_id: str | None = None
    dag_id: str = ""
    dag_run_id: str = ""
    attempt: int = 1
    started_by: str = ""
    answered: str | None = None
    asked: Mapping[str, Any] = field(default_factory=dict)


class NoSuchFile(SyncError):
    """The file that was asked for is nowhere."""

    code = "error_no_file"

    def __init__(self, name: str) -> None:
        fault = Fault(self.code, {"name": name})
        super().__init__(fault.message("en"), remedy=fault.remedy("en"))
        self.fault = fault
