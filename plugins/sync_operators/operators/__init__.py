"""The custom operators, thin: one verb each over a plain function of the core."""

from sync_operators.operators.apply import ApplyOperator
from sync_operators.operators.approve import ApproveOperator
from sync_operators.operators.capture import CaptureOperator
from sync_operators.operators.close import CloseOperator
from sync_operators.operators.gate import GateOperator
from sync_operators.operators.plan import PlanOperator
from sync_operators.operators.result import ResultOperator

__all__ = [
    "ApplyOperator",
    "ApproveOperator",
    "CaptureOperator",
    "CloseOperator",
    "GateOperator",
    "PlanOperator",
    "ResultOperator",
]
