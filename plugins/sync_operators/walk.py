"""The walk of a command file, step by step: plan, gate, apply, close. Each does what is not done yet."""

import logging
from dataclasses import dataclass
from typing import Any

from sync_operators.depot.active import names
from sync_operators.depot.adopting import adopt
from sync_operators.ledger import operations, runs
from sync_operators.ledger.runs import Run
from sync_operators.plans import answerers, asking, choosing, earlier, gating
from sync_operators.plans.carrying import apply_run
from sync_operators.plans.closing import close as bring_to_end
from sync_operators.plans.inputs import asked_of, loose_file
from sync_operators.plans.renewing import is_stale, renew
from sync_operators.plans.request import NoSuchFile, Request
from sync_operators.plans.turns import alone_on_site, get_run, turn
from sync_operators.plans.workplace import Workplace
from sync_operators.settings import COMMANDS

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Step:
    """What a step tells the next one: which run, how it stands. Small enough for an XCom."""

    run_id: str
    command: str
    state: str
    verdict: str | None
    digest: str | None
    counts: dict[str, int]

    @property
    def finished_file(self) -> bool:
        """Whether a file has come to its end, so that the next one may begin."""
        return self.state in {"done", "done_with_errors", "refused"}

    def as_dict(self) -> dict[str, Any]:
        """The step as JSON."""
        return {
            "run_id": self.run_id,
            "command": self.command,
            "state": self.state,
            "verdict": self.verdict,
            "digest": self.digest,
            "counts": self.counts,
        }


def plan(work: Workplace, request: Request) -> Step | None:
    """Plan the command's next file, or go on with the plan there is; None when there is no file.

    Raises WorldError when Moodle, depot or ledger cannot be used: the run is then `failed` and goes on later.
    """
    if not request.simulate:
        adopt(work.ledger, work.depot, work.clock, lambda place: _is_active(work, place))
    with loose_file(work, request) as loose:
        try:
            run = choosing.run_for(work, request, loose)
        except NoSuchFile as error:
            if (before := earlier.run_before(work, request)) is not None:
                return _step(work, before)
            log.warning("plan: command=%s %s", request.command, error)
            return _step(work, choosing.refused_without_file(work, request, error))
        if run is None:
            log.info("plan: command=%s no file", request.command)
            return None
        with turn(work, run.id) as (ours, fresh):
            if not fresh.ended:
                renew(ours, fresh, loose)
    return _step(work, run)


def gate(work: Workplace, run_id: str) -> Step:
    """Go, or hold the plan for a person."""
    with turn(work, run_id) as (ours, run):
        if _is_planned(run):
            gating.gate(ours, run)
    return _step(work, run)


def apply(work: Workplace, run_id: str) -> Step:
    """Carry out exactly the plan that passed the gate; raises WorldError when Moodle cannot be used."""
    with turn(work, run_id) as (ours, run):
        if _may_go(run):
            with alone_on_site(ours, ours.site_id) as alone:
                _carry_out(alone, run)
        else:
            log.info("apply: run=%s nothing to do state=%s verdict=%s", run.id, run.state, run.verdict)
    return _step(work, run)


def close(work: Workplace, run_id: str) -> Step:
    """Write the reports and archive or quarantine the input."""
    with turn(work, run_id) as (ours, run):
        bring_to_end(ours, run)
    return _step(work, run)


def join(work: Workplace, run_id: str, dag_id: str, dag_run_id: str, attempt: int) -> None:
    """Remember that an Airflow run works on it."""
    with work.ledger.write() as tx:
        runs.joined(tx, run_id, dag_id, dag_run_id, attempt)


def question(work: Workplace, run_id: str) -> asking.Question | None:
    """What to ask a person; None when the run is not held any more."""
    run = get_run(work, run_id)
    return asking.question(work, run) if run.state == "held" and run.verdict == gating.HOLD else None


def held_id(work: Workplace, run_id: str) -> str:
    """The id of the DAG run that asks about this hold: the same hold is asked once."""
    return gating.question_id(get_run(work, run_id))


def run_of(work: Workplace, dag_id: str, dag_run_id: str, command: str | None) -> str | None:
    """The run of a command that this DAG run worked on last."""
    with work.ledger.read() as tx:
        found = [run for run in runs.of_dag_run(tx, dag_id, dag_run_id) if command in {None, run.command}]
    return found[-1].id if found else None


def waits_more(work: Workplace, command: str) -> bool:
    """Whether another file waits for the command."""
    return bool(choosing.waiting_for(work, command))


def asked_otherwise(work: Workplace, run_id: str, request: Request) -> bool:
    """Whether a run that was gone on with had been asked for other settings than the request."""
    return asked_of(get_run(work, run_id)) != request.asked


def answered(work: Workplace, run_id: str) -> bool:
    """Whether a person has answered about the held run, and the answer waits to be carried out."""
    return gating.answered(get_run(work, run_id))


def decision(work: Workplace, run_id: str) -> answerers.Decision | None:
    """What a person has decided about the run's plan; None when nobody has, or only about a former plan."""
    return answerers.decision(get_run(work, run_id))


def decide(
    work: Workplace, run_id: str, *, approved: bool, who: str, reason: str, asked: str | None = None, account: str = ""
) -> Step:
    """Write down a person's answer on the held plan whose digest was shown; see `answered` whether it counts.

    `account`: the id of `who`, where that is another than the name.
    """
    run, person = get_run(work, run_id), answerers.Who(who, account)
    return _step(work, gating.decide(work, run, approved=approved, who=person, reason=reason, asked=asked))


def why_not(work: Workplace, run_id: str, who: str, account: str = "") -> str | None:
    """The setting by which a person may not answer about a held run; None when nothing forbids it."""
    return answerers.why_not(work, get_run(work, run_id), answerers.Who(who, account))


def _carry_out(work: Workplace, run: Run) -> None:
    """Apply; a plan that settings or others have overtaken since the gate is made and gated again first."""
    if run.state == "failed" or is_stale(work, run):
        renew(work, run)
        run = get_run(work, run.id)
        if _is_planned(run):
            gating.gate(work, run)
        run = get_run(work, run.id)
    if _may_go(run):
        apply_run(work, run)


def _is_planned(run: Run) -> bool:
    """Whether there is a plan to be gated."""
    return run.state == "running" and run.planned_at is not None and not run.simulate


def _may_go(run: Run) -> bool:
    """Whether the plan has passed the gate; one that failed on the way goes on when its step is tried again."""
    has_passed = run.planned_at is not None and run.verdict in {gating.GO, gating.APPROVED}
    return has_passed and run.state in {"running", "failed"} and not run.simulate


def _is_active(work: Workplace, place: str) -> bool:
    """Whether some command would take a file at that place."""
    return any(names(getattr(work.settings.section(each), "file", ""), place) for each in COMMANDS)


def _step(work: Workplace, run: Run) -> Step:
    with work.ledger.read() as tx:
        run, verbs = runs.get(tx, run.id), operations.count_verbs(tx, run.id)
    return Step(run.id, run.command, run.state, run.verdict, run.plan_digest, verbs)
