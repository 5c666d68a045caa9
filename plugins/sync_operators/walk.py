"""The walk of a command file, step by step: plan, gate, apply, close. Each does what is not done yet."""

import logging
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

from sync_operators.command_files.reader import RowCursor
from sync_operators.depot.active import names
from sync_operators.depot.adopting import adopt
from sync_operators.errors import FileRefused, LeaseLost, WorldError
from sync_operators.ledger import applied, events, files, operations, runs
from sync_operators.ledger.leases import Held, hold
from sync_operators.ledger.runs import Run
from sync_operators.plans import choosing, gating
from sync_operators.plans.applying import Applier
from sync_operators.plans.closing import close as bring_to_end
from sync_operators.plans.planning import Planned, make_plan, open_file
from sync_operators.plans.remembering import Memory
from sync_operators.plans.request import NoSuchFile, Request
from sync_operators.plans.workplace import Workplace
from sync_operators.settings import COMMANDS
from sync_operators.tools import tool

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
    adopt(work.ledger, work.depot, work.clock, lambda place: _is_active(work, place))
    try:
        run = choosing.run_for(work, request)
    except NoSuchFile as error:
        log.error("plan: command=%s %s", request.command, error)
        return _step(work, choosing.refused_without_file(work, request, error))
    if run is None:
        log.info("plan: command=%s no file", request.command)
        return None
    with _working(work, run) as (fresh, _):
        if not fresh.ended and fresh.verdict not in {gating.REFUSED, gating.REJECTED}:
            _plan(work, fresh, anew=bool(request.answered))
        return _step(work, fresh)


def gate(work: Workplace, run_id: str) -> Step:
    """Go, or hold the plan for a person."""
    run = _run(work, run_id)
    with _working(work, run) as (fresh, _):
        if not fresh.simulate and fresh.planned_at and fresh.state == "running" and not fresh.ended:
            gating.gate(work, fresh)
        return _step(work, fresh)


def apply(work: Workplace, run_id: str) -> Step:
    """Carry out exactly the plan that passed the gate; raises WorldError when Moodle cannot be used."""
    run = _run(work, run_id)
    with _working(work, run, site=True) as (fresh, lease):
        if fresh.ended or fresh.simulate or fresh.verdict not in {gating.GO, gating.APPROVED}:
            log.info("apply: run=%s nothing to do verdict=%s", run.id, fresh.verdict)
        else:
            _apply(work, fresh, lease)
        return _step(work, fresh)


def close(work: Workplace, run_id: str) -> Step:
    """Write the reports and archive or quarantine the input."""
    run = _run(work, run_id)
    with _working(work, run) as (fresh, _):
        return _step(work, bring_to_end(work, fresh))


def join(work: Workplace, run_id: str, dag_id: str, dag_run_id: str, attempt: int) -> None:
    """Remember that an Airflow run works on it."""
    with work.ledger.write() as tx:
        runs.joined(tx, run_id, dag_id, dag_run_id, attempt)


def question(work: Workplace, run_id: str) -> gating.Question | None:
    """What to ask a person; None when the run is not held any more."""
    run = _run(work, run_id)
    return gating.question(work, run) if run.state == "held" and run.verdict == gating.HOLD else None


def held_id(work: Workplace, run_id: str) -> str:
    """The id of the DAG run that asks about this hold: the same hold is asked once."""
    run = _run(work, run_id)
    return f"held-{run.id}-{(run.plan_digest or '')[:12]}-{run.holds}"


def run_of(work: Workplace, dag_id: str, dag_run_id: str, command: str | None) -> str | None:
    """The run of a command that this DAG run worked on last."""
    with work.ledger.read() as tx:
        found = [run for run in runs.of_dag_run(tx, dag_id, dag_run_id) if command in {None, run.command}]
    return found[-1].id if found else None


def waits_more(work: Workplace, command: str) -> bool:
    """Whether another file waits for the command."""
    return bool(choosing.waiting_for(work, command))


def answered(work: Workplace, run_id: str) -> bool:
    """Whether a person has answered about the held run, and the answer waits to be carried out."""
    return gating.answered(_run(work, run_id))


def decide(work: Workplace, run_id: str, *, approved: bool, who: str, reason: str, asked: str | None = None) -> Step:
    """Write down a person's answer on the held plan whose digest was shown; see `answered` whether it counts."""
    return _step(work, gating.decide(work, _run(work, run_id), approved=approved, who=who, reason=reason, asked=asked))


def may_answer(work: Workplace, run_id: str, who: str) -> bool:
    """Whether that person may answer: by `approvals.four_eyes` never the one who started the run."""
    return not (work.settings.approvals.four_eyes and _run(work, run_id).started_by == who)


# -- the steps' insides -----------------------------------------------------------------------------------------


def _plan(work: Workplace, run: Run, *, anew: bool) -> None:
    if run.planned_at and not anew and not _stale(work, run):
        log.info("plan: run=%s goes on digest=%.12s", run.id, run.plan_digest)
        _resume(work, run)
        return
    work.site.require(tool(run.command).functions)
    former, site_id = run.plan_digest, work.site_id
    _settle(work, run)
    with work.ledger.write() as tx:
        operations.forget_plan(tx, run.id)
        runs.change(tx, run.id, planned_at=None, site_id=site_id, settings_digest=work.settings.digest(run.command))
    try:
        _planned(work, run, _whole_file_known(work, run) or _make(work, run), former)
    except FileRefused as refused:
        _refused(work, run, refused)


def _make(work: Workplace, run: Run) -> Planned:
    with work.ledger.read() as tx:
        fresh, version = runs.get(tx, run.id), files.get(tx, run.file_id or 0)
    opened = open_file(work, run.command, lambda: work.depot.open(version.place or ""))
    with work.ledger.write() as tx:
        files.change(tx, version.id, dialect=opened.file.dialect.as_dict())
    return make_plan(work, fresh, opened)


def _whole_file_known(work: Workplace, run: Run) -> Planned | None:
    """The same bytes under the same settings as the last file of this command, nothing since: no row is read."""
    if run.mode == "reconcile":
        return None
    with work.ledger.read() as tx:
        last = applied.last_file(tx, work.site_id, run.command)
        version = files.get(tx, run.file_id or 0)
        if not last or (last.sha256, last.settings_digest) != (version.sha256, work.settings.digest(run.command)):
            return None
        return Planned(sum(runs.get(tx, last.run_id).counts.values()), {}, operations.digest(tx, run.id))


def _planned(work: Workplace, run: Run, found: Planned, former: str | None) -> None:
    void = run.verdict == gating.APPROVED and former != found.digest
    if void:
        log.warning("plan: run=%s the plan has changed since it was approved: the answer is void", run.id)
    verdict = None if void or run.verdict != gating.APPROVED else gating.APPROVED
    with work.ledger.write() as tx:
        runs.change(
            tx,
            run.id,
            planned_at=work.clock(),
            plan_digest=found.digest,
            verdict=verdict,
            state="running",
            code=None,
            args={},
            counts={"unchanged": found.unchanged},
            warnings=found.warnings,
        )
        if run.file_id and not run.simulate:
            files.set_state(tx, run.file_id, "running", work.clock())
        events.add(
            tx,
            "answer_void" if void else "planned",
            who=work.holder,
            at=work.clock(),
            file_id=run.file_id,
            run_id=run.id,
            detail={"digest": found.digest, "former": former},
        )
    log.info("plan: run=%s planned unchanged=%d digest=%.12s", run.id, found.unchanged, found.digest)


def _refused(work: Workplace, run: Run, refused: FileRefused) -> None:
    log.error("plan: run=%s refused %s", run.id, refused)
    with work.ledger.write() as tx:
        operations.forget_plan(tx, run.id)
        runs.change(tx, run.id, verdict=gating.REFUSED, code=refused.code, args=dict(refused.fault.args))
        events.add(
            tx,
            "refused",
            who=work.holder,
            at=work.clock(),
            file_id=run.file_id,
            run_id=run.id,
            detail={"code": refused.code, **refused.fault.args},
        )


def _stale(work: Workplace, run: Run) -> bool:
    """Whether a plan may no longer be what the world needs."""
    if run.settings_digest != work.settings.digest(run.command) or run.site_id != work.site_id:
        return True
    if run.state not in {"held", "failed"} or run.planned_at is None:
        return False
    with work.ledger.read() as tx:
        return run.state == "failed" and operations.others_wrote_since(tx, run.site_id, run.id, run.planned_at)


def _resume(work: Workplace, run: Run) -> None:
    if run.state == "failed":
        with work.ledger.write() as tx:
            runs.change(tx, run.id, state="running", code=None, args={})
            files.set_state(tx, run.file_id or 0, "running", work.clock())


def _apply(work: Workplace, run: Run, lease: Held) -> None:
    with work.ledger.read() as tx:
        digest, version = operations.digest(tx, run.id), files.get(tx, run.file_id or 0)
    if digest != run.plan_digest:
        raise WorldError(
            f"run {run.id}: the operations in the ledger are not those that passed the gate.",
            remedy="Nothing was sent. Reject the file, or let the next run plan it again.",
        )
    with work.ledger.write() as tx:
        applied.clear_last_file(tx, run.site_id, run.command)
    _applier(work, run, lease, version.place or "").apply()
    with work.ledger.write() as tx:
        runs.change(tx, run.id, calls=dict(work.moodle.calls))


def _applier(work: Workplace, run: Run, lease: Held, place: str) -> Applier:
    opened = open_file(work, run.command, lambda: work.depot.open(place))
    cursor, header = RowCursor(opened.file), opened.file.header

    def values_of(rows: Iterable[int]) -> dict[int, dict[str, str]]:
        return {row: dict(zip(header, values, strict=True)) for row, values in cursor.values_at(rows).items()}

    return Applier(work, run, values_of, lease, Memory(work.ledger, run, tool(run.command)))


def _settle(work: Workplace, run: Run) -> None:
    """Before a plan is forgotten, find out what became of the part of it that was sent."""
    with work.ledger.read() as tx:
        left, version = operations.sent(tx, run.id), files.get(tx, run.file_id or 0)
    if left:
        wait = work.settings.moodle.lease_wait
        with hold(work.ledger, f"site:{run.site_id}", holder=work.holder, wait=wait, sleep=work.sleep) as lease:
            _applier(work, run, lease, version.place or "").settle_sent()


@contextmanager
def _working(work: Workplace, run: Run, *, site: bool = False) -> Iterator[tuple[Run, Held]]:
    """Hold the leases of a step, and write down a failure of the world before it goes on its way."""
    wait = work.settings.moodle.lease_wait
    with ExitStack() as stack:
        lease = stack.enter_context(hold(work.ledger, f"run:{run.id}", holder=work.holder, wait=wait, sleep=work.sleep))
        try:
            if site:
                name = f"site:{run.site_id}"
                lease = stack.enter_context(hold(work.ledger, name, holder=work.holder, wait=wait, sleep=work.sleep))
            yield _run(work, run.id), lease
        except LeaseLost:
            raise
        except WorldError as error:
            _failed(work, run, error)
            raise


def _failed(work: Workplace, run: Run, error: WorldError) -> None:
    """The world's failure: the file waits again, and the next tick goes on with the same run."""
    log.error("run %s failed: %s", run.id, error)
    now = work.clock()
    with work.ledger.write() as tx:
        if runs.get(tx, run.id).ended or run.simulate:
            return
        runs.change(tx, run.id, state="failed", code=error.code or "error_world", args={"reason": str(error)})
        if run.file_id:
            files.set_state(tx, run.file_id, "waiting", now)
        events.add(
            tx, "failed", who=work.holder, at=now, file_id=run.file_id, run_id=run.id, detail={"reason": str(error)}
        )


def _is_active(work: Workplace, place: str) -> bool:
    """Whether some command would take a file at that place."""
    return any(names(getattr(work.settings.section(each), "file", ""), place) for each in COMMANDS)


def _step(work: Workplace, run: Run) -> Step:
    run = _run(work, run.id)
    with work.ledger.read() as tx:
        verbs = operations.count_verbs(tx, run.id)
    return Step(run.id, run.command, run.state, run.verdict, run.plan_digest, verbs)


def _run(work: Workplace, run_id: str) -> Run:
    with work.ledger.read() as tx:
        return runs.get(tx, run_id)
