"""Who may answer about a held plan."""

from dataclasses import dataclass
from typing import Final

from sync_operators.ledger.runs import Run
from sync_operators.plans.workplace import Workplace

APPROVED, REJECTED = "approved", "rejected"
"""Verdicts of a person."""

NOBODY: Final = "nobody in time"
"""Who has rejected a plan about which nobody has said anything in time."""


@dataclass(frozen=True, slots=True)
class Who:
    """Who answers: the name of the account, and its id where Airflow knows it by another."""

    name: str
    id: str = ""

    def is_one_of(self, names: tuple[str, ...]) -> bool:
        """Whether the account is among those named."""
        return self.name in names or self.id in names


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person has decided about a plan."""

    approved: bool
    who: str


def decision(run: Run) -> Decision | None:
    """What was decided about a run's plan, if anything: planning it anew takes back what no longer fits."""
    if not run.decided_by or run.verdict not in {APPROVED, REJECTED}:
        return None
    return Decision(run.verdict == APPROVED, run.decided_by)


def why_not(work: Workplace, run: Run, who: Who) -> str | None:
    """The setting by which a person may not answer about a run; None when nothing forbids it.

    `approvals.approvers` names who may; by `approvals.four_eyes` whoever started the run may not.
    """
    approvals = work.settings.approvals
    if who.name == NOBODY:
        return None
    if approvals.approvers and not who.is_one_of(approvals.approvers):
        return "approvals.approvers"
    if approvals.four_eyes and who.is_one_of((run.started_by or "",)):
        return "approvals.four_eyes"
    return None
