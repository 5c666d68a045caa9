"""Says go, or holds a plan for a person: before the first write."""

import logging
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from sync_operators.codes import Kind, code
from sync_operators.ledger import applied, events, files, operations, runs
from sync_operators.ledger.operations import Operation
from sync_operators.ledger.runs import Run
from sync_operators.ledger.settling import REF_KINDS
from sync_operators.plans.facts import counted
from sync_operators.plans.guard import ERRORS, Trip, trips
from sync_operators.plans.inputs import with_input
from sync_operators.plans.workplace import Workplace
from sync_operators.settings import Verb
from sync_operators.tools import tool

log = logging.getLogger(__name__)

GO, HOLD, APPROVED, REJECTED, REFUSED = "go", "hold", "approved", "rejected", "refused"
"""Verdicts: of the limits, of a person, and of planning on a file that cannot be run."""


@dataclass(frozen=True, slots=True)
class Question:
    """What a person is asked about a held plan."""

    run: Run
    file: str
    trips: tuple[Trip, ...]
    riskiest: tuple[str, ...]

    @property
    def subject(self) -> str:
        """One line: what it would do, which plan, which version of it. Lists cut it short, so that comes first."""
        over = ", ".join(f"{trip.verb} {trip.count}" for trip in self.trips) or self.run.command
        return f"{self.file}: {over}? Plan {(self.run.plan_digest or '')[:12]}, hold {self.run.holds}"

    @property
    def body(self) -> str:
        """Limit, count, share, setting, the riskiest operations and the digest, in Markdown."""
        follows = "puts the file into quarantine" if self.run.file_id else "ends the run"
        lines = ["**Over the limit**", "", *(f"- {trip}" for trip in self.trips)]
        lines += ["", "**Riskiest operations**", "", *(f"1. {each}" for each in self.riskiest)]
        lines += [
            "",
            f"Command `{self.run.command}`, run `{self.run.id}`, plan digest `{self.run.plan_digest}`.",
            "",
            "**Approve** applies exactly this plan: it is made again first, and when it has changed, it is asked anew.",
            f"**Reject** {follows} and changes nothing.",
        ]
        return "\n".join(lines)


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


@dataclass(frozen=True, slots=True)
class Measured:
    """What limits look at: operations by guarded verb and rows in error, entities known, rows read."""

    counts: Mapping[Verb, int]
    known: int
    read: int


def measured(tx: Connection, run: Run) -> Measured:
    """Measure a run's plan; what is done already counts too."""
    codes = counted(tx, run)
    guarded_as = tool(run.command).guarded_as
    counts = Counter[Verb]()
    for verb, count in operations.count_verbs(tx, run.id).items():
        counts[guarded_as[verb]] += count
    counts[ERRORS] = sum(count for name, count in codes.items() if code(name).kind == Kind.ERROR)
    return Measured(counts, _known(tx, run), sum(codes.values()))


def run_trips(work: Workplace, run: Run) -> tuple[Trip, ...]:
    """The limits that a run's plan goes over."""
    with work.ledger.read() as tx:
        found = measured(tx, run)
    return trips(work.settings, run.command, found.counts, found.known, found.read)


def question_id(run: Run) -> str:
    """The id of the DAG run of `sync_held` that asks about this hold: the same hold is asked once."""
    return f"held-{run.id}-{(run.plan_digest or '')[:12]}-{run.holds}"


def _known(tx: Connection, run: Run) -> int:
    """The living entities of the kind the command works on; enrolments and members are counted by their own rows."""
    entity = tool(run.command).entity
    if entity in REF_KINDS:
        return applied.known(tx, run.site_id, entity)
    return applied.count(tx, run.site_id, run.command)


def question(work: Workplace, run: Run) -> Question:
    """What to ask a person about a held run."""
    with work.ledger.read() as tx:
        version = files.get(tx, run.file_id) if run.file_id else None
        risky = operations.riskiest(tx, run.id, 10)
    told = tuple(f"{each.verb} {_literal(_named(each.key))}{_old(each)}" for each in risky)
    return Question(run, version.name if version else run.command, run_trips(work, run), told)


def decide(work: Workplace, run: Run, *, approved: bool, who: str, reason: str, asked: str | None = None) -> Run:
    """Write down a person's answer; it is bound to the plan that was shown, whose digest is `asked`.

    The verdict stays `hold` when the plan has become another meanwhile: that one has a question of its own.
    """
    verdict, now = (APPROVED if approved else REJECTED), work.clock()
    with work.ledger.write() as tx:
        fresh = runs.get(tx, run.id)
        if fresh.state != "held" or fresh.verdict != HOLD:
            return fresh
        what = verdict if asked in {None, fresh.plan_digest} else "answer_void"
        if what == verdict:
            runs.change(tx, run.id, verdict=verdict, decided_by=who, decided_at=now, reason=reason or None)
        events.add(
            tx,
            what,
            who=who,
            at=now,
            file_id=run.file_id,
            run_id=run.id,
            detail={"answer": verdict, "reason": reason, "digest": asked or fresh.plan_digest},
        )
        return runs.get(tx, run.id)


def answered(run: Run) -> bool:
    """Whether a person has answered, and the run waits for what follows from it."""
    return run.state == "held" and run.verdict in {APPROVED, REJECTED}


def _go(work: Workplace, run: Run) -> str:
    with work.ledger.write() as tx:
        runs.change(tx, run.id, verdict=GO)
    log.info("gate: run=%s verdict=%s", run.id, GO)
    return GO


def _hold(work: Workplace, run: Run, found: tuple[Trip, ...]) -> str:
    now = work.clock()
    columns = {"verdict": HOLD, "state": "held", "holds": run.holds + 1}
    told = "; ".join(map(str, found))
    detail = {"limits": [str(trip) for trip in found], "digest": run.plan_digest}
    with work.ledger.write() as tx:
        runs.change(tx, run.id, **columns, code="error_guard", args=with_input(run, {"reason": told}))
        if run.file_id:
            files.set_state(tx, run.file_id, "held", now)
        events.add(tx, "held", who=work.holder, at=now, file_id=run.file_id, run_id=run.id, detail=detail)
    return HOLD


def _named(key: str) -> str:
    return key.replace("\x1f", ", ")


def _old(operation: Operation) -> str:
    """The former values, but those that the key has told."""
    told = set(operation.key.split("\x1f"))
    values = [(name, value) for name, value in operation.before.items() if f"{name}={value}" not in told]
    return f" ({', '.join(f'{name} {_literal(value)}' for name, value in values)})" if values else ""


def _literal(value: object) -> str:
    """Text of a file as code, so that Markdown reads nothing into it."""
    return f"`{str(value).replace('`', chr(39))}`"
