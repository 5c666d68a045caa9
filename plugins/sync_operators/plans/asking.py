"""What a person is asked about a held plan."""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import get_args

from sqlalchemy import Connection

from sync_operators.ledger import events, files, operations, runs
from sync_operators.ledger.files import FileVersion
from sync_operators.ledger.operations import Operation
from sync_operators.ledger.runs import Run
from sync_operators.plans.going_back import Lost, lost
from sync_operators.plans.guard import ERRORS, Trip
from sync_operators.plans.measuring import FORMER, ill_rows, verb_counts
from sync_operators.plans.telling import literal
from sync_operators.plans.workplace import Workplace
from sync_operators.settings import Verb

RISKIEST = 10


@dataclass(frozen=True, slots=True)
class Question:
    """What a person is asked about a held plan; `base` is the path below which Airflow's pages lie."""

    run: Run
    file: str
    trips: tuple[Trip, ...]
    riskiest: tuple[str, ...]
    former: Mapping[str, Sequence[int]]
    """Of each verb that trips, how often each of the last runs had it."""
    lost: Lost
    version: FileVersion | None = None
    newer: int = 0
    base: str = ""

    @property
    def subject(self) -> str:
        """One line: what it would do, which plan, which version of it. Lists cut it short, so that comes first."""
        over = ", ".join(trip.short for trip in self.trips) or self.run.command
        return f"{self.file}: {over}? Plan {(self.run.plan_digest or '')[:12]}, hold {self.run.holds}"

    @property
    def body(self) -> str:
        """Limits, what is usual, the riskiest operations, file, plan and report, in Markdown."""
        over = "\n".join(f"- {trip}{self._usual(trip.verb)}" for trip in self.trips)
        risky = "\n".join(f"1. {each}" for each in self.riskiest)
        parts = [
            f"**Over the limit**\n\n{over}",
            f"**No undo file brings back:** {self.lost}" if self.lost.acts else "",
            f"**Riskiest operations**\n\n{risky}" if risky else "",
            "\n".join(self._about()),
            self._answers(),
        ]
        return "\n\n".join(filter(None, parts))

    def _usual(self, verb: str) -> str:
        found = self.former.get(verb)
        if found is None:
            return ""
        if not found:
            return ". There was no run before"
        if len(found) == 1:
            return f". The run before: {found[0]}"
        return f". The last {len(found)} runs: {max(found)} at most, {statistics.median(found):g} in the middle"

    def _about(self) -> list[str]:
        run = self.run
        lines = [f"- Command `{run.command}`, run `{run.id}`, plan digest `{run.plan_digest}`."]
        if self.version:
            arrived = f"{self.version.arrived:%Y-%m-%d %H:%M:%S} UTC"
            waiting = {0: "no newer version waits", 1: "1 newer version waits"}.get(
                self.newer, f"{self.newer} newer versions wait"
            )
            lines.append(f"- File `{self.file}`, arrived {arrived}, sha256 `{self.version.sha256[:12]}`; {waiting}.")
        return [*lines, f"- [Report of the plan]({self.base}/sync/reports/{run.id}){self._report()}."]

    def _report(self) -> str:
        place = self.run.products.get(f"report.held-{self.run.holds}")
        return f", in the depot `{place}`" if place else ""

    def _answers(self) -> str:
        follows = "puts the file into quarantine" if self.run.file_id else "ends the run"
        return (
            "**Approve** applies exactly this plan: it is made again first; when it has changed, it is asked anew.\n"
            f"**Reject** {follows} and changes nothing."
        )


def question(work: Workplace, run: Run) -> Question:
    """What to ask a person about a held run, from the ledger alone."""
    with work.ledger.read() as tx:
        version = files.get(tx, run.file_id) if run.file_id else None
        found = _trips(tx, run)
        risky, gone = operations.riskiest(tx, run.id, RISKIEST), lost(tx, run)
        newer = _newer(tx, version) if version else 0
        former = _usual(tx, run)
    told = tuple(f"{each.verb} {literal(_named(each.key))}{_old(each)}" for each in risky)
    return Question(run, version.name if version else run.command, found, told, former, gone, version, newer)


def _trips(tx: Connection, run: Run) -> tuple[Trip, ...]:
    """The limits that the gate has found the plan to go over."""
    held = [event for event in events.of_run(tx, run.id) if event.what == "held" and event.detail]
    return tuple(Trip(**each) for each in (held[-1].detail or {}).get("trips", ())) if held else ()


def _usual(tx: Connection, run: Run) -> dict[str, list[int]]:
    """How often each of the last runs of the command had each guarded verb, and rows in error."""
    former = runs.former(tx, run, FORMER)
    counted = [verb_counts(tx, each) | {ERRORS: ill_rows(each.counts)} for each in former]
    return {verb: [each.get(verb, 0) for each in counted] for verb in (*get_args(Verb),)}


def _newer(tx: Connection, version: FileVersion) -> int:
    """How many newer versions of the name wait behind it."""
    alike = files.of_name(tx, version.folder, version.name)
    return sum(each.arrival_no > version.arrival_no for each in alike)


def _named(key: str) -> str:
    return key.replace("\x1f", ", ")


def _old(operation: Operation) -> str:
    """The former values, but those that the key has told."""
    told = set(operation.key.split("\x1f"))
    values = [(name, value) for name, value in operation.before.items() if f"{name}={value}" not in told]
    return f" ({', '.join(f'{name} {literal(value)}' for name, value in values)})" if values else ""
