"""Says go, or holds a plan for a person: before the first write."""

import logging
from dataclasses import asdict

from sync_operators.ledger import events, files, runs
from sync_operators.ledger.runs import Run
from sync_operators.plans.answerers import APPROVED, REJECTED, Who, why_not
from sync_operators.plans.guard import Trip
from sync_operators.plans.inputs import with_input
from sync_operators.plans.measuring import run_trips
from sync_operators.plans.spreading import note_spread
from sync_operators.plans.workplace import Workplace

__all__ = ["APPROVED", "GO", "HOLD", "REFUSED", "REJECTED", "answered", "decide", "gate", "question_id"]

log = logging.getLogger(__name__)

GO, HOLD, REFUSED = "go", "hold", "refused"
"""Verdicts: of the limits, and of planning on a file that cannot be run; a person's are beside them."""


def gate(work: Workplace, run: Run) -> str:
    """`go`, `approved` or `hold`; holding is written down with the file."""
    if run.verdict in {GO, APPROVED}:
        # Half-applied deletions make the known entities fewer: a plan that may go is not measured again by them.
        log.info("gate: run=%s verdict=%s stands", run.id, run.verdict)
        return run.verdict
    found = run_trips(work, run)
    for trip in found:
        log.warning("gate: run=%s over limit: %s", run.id, trip)
    return _hold(work, run, found) if found else _go(work, run)


def question_id(run: Run) -> str:
    """The id of the DAG run of `sync_held` that asks about this hold: the same hold is asked once."""
    return f"held-{run.id}-{(run.plan_digest or '')[:12]}-{run.holds}"


def decide(work: Workplace, run: Run, *, approved: bool, who: Who, reason: str, asked: str | None = None) -> Run:
    """Write down a person's answer; it is bound to the plan that was shown, whose digest is `asked`.

    The verdict stays `hold` when the plan has become another meanwhile, which has a question of its own, and when
    the person may not answer. Of two answers the first counts. What does not count is an event of its own.
    """
    verdict = APPROVED if approved else REJECTED
    with work.ledger.write() as tx:
        fresh = runs.get(tx, run.id)
        what = _what_becomes(work, fresh, verdict, who, asked)
        if what == verdict:
            decision = {"decided_by": who.name, "decided_at": work.clock(), "reason": reason or None}
            runs.change(tx, run.id, verdict=verdict, **decision)
        if what:
            detail = {"answer": verdict, "reason": reason, "digest": asked or fresh.plan_digest}
            events.add(tx, what, who=who.name, at=work.clock(), file_id=run.file_id, run_id=run.id, detail=detail)
        return runs.get(tx, run.id)


def _what_becomes(work: Workplace, fresh: Run, verdict: str, who: Who, asked: str | None) -> str | None:
    """The verdict, when the answer counts; else the event that says why not; None for one that is told again."""
    if asked not in {None, fresh.plan_digest}:
        return "answer_void"
    if fresh.verdict in {APPROVED, REJECTED}:
        again = (fresh.verdict, fresh.decided_by) == (verdict, who.name)
        return None if again else "answer_late"
    if fresh.state != "held" or fresh.verdict != HOLD:
        return None
    return "answer_refused" if why_not(work, fresh, who) else verdict


def answered(run: Run) -> bool:
    """Whether a person has answered, and the run waits for what follows from it."""
    return run.state == "held" and run.verdict in {APPROVED, REJECTED}


def _go(work: Workplace, run: Run) -> str:
    with work.ledger.write() as tx:
        runs.change(tx, run.id, verdict=GO)
    log.info("gate: run=%s verdict=%s", run.id, GO)
    return GO


def _hold(work: Workplace, run: Run, found: tuple[Trip, ...]) -> str:
    note_spread(work, run)
    now = work.clock()
    columns = {"verdict": HOLD, "state": "held", "holds": run.holds + 1}
    told = "; ".join(map(str, found))
    detail = {"limits": [str(trip) for trip in found], "digest": run.plan_digest, "trips": [*map(asdict, found)]}
    with work.ledger.write() as tx:
        runs.change(tx, run.id, **columns, code="error_guard", args=with_input(run, {"reason": told}))
        if run.file_id:
            files.set_state(tx, run.file_id, "held", now)
        events.add(tx, "held", who=work.holder, at=now, file_id=run.file_id, run_id=run.id, detail=detail)
    return HOLD
