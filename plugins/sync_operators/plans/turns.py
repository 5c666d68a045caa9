"""A step's turn at a run: nobody else works on it, and a failure of the world is written down."""

import logging
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from typing import Any

from sqlalchemy import Connection

from sync_operators.errors import ConfigurationError, LeaseLost, SyncError, WorldError
from sync_operators.ledger import Ledger, events, files, runs
from sync_operators.ledger.leases import Held, hold
from sync_operators.ledger.runs import Run
from sync_operators.moodle.errors import Refused
from sync_operators.moodle.tally import Spent
from sync_operators.plans.garbage import seldom_collected
from sync_operators.plans.inputs import with_input
from sync_operators.plans.workplace import Workplace

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class FencedLedger(Ledger):
    """A ledger that is written to only while our leases hold: an orphan beside its retry changes nothing."""

    leases: tuple[Held, ...] = ()

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Open a writing transaction; LeaseLost when another has taken over."""
        with Ledger.write(self) as tx:
            for lease in self.leases:
                lease.check(tx)
            yield tx


@contextmanager
def turn(work: Workplace, run_id: str) -> Iterator[tuple[Workplace, Run]]:
    """Hold the run for the length of a step; gives the workplace to write by, and the run as it now stands.

    Busy when another holds it for too long: then nothing is written about the run.
    """
    with seldom_collected(), _holding(work, f"run:{run_id}") as ours:
        try:
            yield ours, get_run(ours, run_id)
        except LeaseLost:
            raise
        except (WorldError, ConfigurationError, Refused) as error:
            _note_failure(ours, run_id, error)
            _note_calls(ours, run_id)
            raise
        _note_calls(ours, run_id)


@contextmanager
def alone_on_site(work: Workplace, site_id: int) -> Iterator[Workplace]:
    """Be the only one who writes to a Moodle; within such a turn it is no new one."""
    name = f"site:{site_id}"
    if any(lease.name == name for lease in _leases(work)):
        yield work
        return
    with _holding(work, name) as ours:
        yield ours


def get_run(work: Workplace, run_id: str) -> Run:
    """The run as it now stands."""
    with work.ledger.read() as tx:
        return runs.get(tx, run_id)


@contextmanager
def _holding(work: Workplace, name: str) -> Iterator[Workplace]:
    wait = work.settings.moodle.lease_wait
    parts: dict[str, Any] = {each.name: getattr(work.ledger, each.name) for each in fields(Ledger)}
    # Heartbeat and release are not fenced: who has lost one lease lets go of the others as usual.
    with hold(Ledger(**parts), name, holder=work.holder, wait=wait, sleep=work.sleep) as lease:
        yield replace(work, ledger=FencedLedger(**parts, leases=(*_leases(work), lease)))


def _leases(work: Workplace) -> tuple[Held, ...]:
    return work.ledger.leases if isinstance(work.ledger, FencedLedger) else ()


def _note_failure(work: Workplace, run_id: str, error: SyncError) -> None:
    """The file waits again, and the next tick goes on with the same run. A held run stays held."""
    log.error("run %s failed: %s", run_id, error)
    now = work.clock()
    with work.ledger.write() as tx:
        run = runs.get(tx, run_id)
        if run.ended or run.state == "held":
            return
        args = with_input(run, {"reason": str(error)})
        runs.change(tx, run_id, state="failed", code=error.code or "error_world", args=args)
        if run.file_id and not run.simulate:
            files.set_state(tx, run.file_id, "waiting", now)
        told = {"reason": str(error)}
        events.add(tx, "failed", who=work.holder, at=now, file_id=run.file_id, run_id=run_id, detail=told)


def _note_calls(work: Workplace, run_id: str) -> None:
    """Add what the calls of this step took to what those of the run did."""
    spent = work.moodle.spent
    fresh = {name: each - work.told_spent.get(name, Spent()) for name, each in spent.items()}
    fresh = {name: each for name, each in fresh.items() if each.calls}
    if not fresh:
        return
    work.told_spent.update(spent)
    with work.ledger.write() as tx:
        run = runs.get(tx, run_id)
        calls = Counter(run.calls) + Counter({name: each.calls for name, each in fresh.items()})
        runs.change(tx, run_id, calls=dict(calls), spent=_summed(run.spent or {}, fresh))


def _summed(before: Mapping[str, Mapping[str, float]], fresh: Mapping[str, Spent]) -> dict[str, Mapping[str, float]]:
    """What the calls of a run took, as the ledger holds it: `rows` and `seconds` of each function."""
    found = dict(before)
    for name, each in fresh.items():
        rows, seconds = (before.get(name, {}).get(what, 0) for what in ("rows", "seconds"))
        found[name] = {"rows": rows + each.rows, "seconds": round(seconds + each.seconds, 3)}
    return found
