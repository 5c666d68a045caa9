"""How a plan spreads over the parts of the site: for whoever is to decide about it."""

import logging
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Final

from sqlalchemy import Connection

from sync_operators.errors import WorldError
from sync_operators.ledger import events
from sync_operators.ledger.runs import Run
from sync_operators.moodle.errors import Refused
from sync_operators.plans.measuring import verb_counts
from sync_operators.plans.parts import Parts, Touched
from sync_operators.plans.workplace import Workplace
from sync_operators.settings import Scopes, Verb
from sync_operators.tools import tool

log = logging.getLogger(__name__)

SHOWN: Final = 10
"""So many parts of each kind for each guarded verb: a file may touch thousands of courses."""

_WHAT: Final = "spread_measured"


@dataclass(frozen=True, slots=True)
class InPart:
    """Acts of a guarded verb in one part of the site, and what the ledger knows to be there.

    `scope`: category, course, cohort or institution; `name` is what people call it.
    """

    scope: str
    name: str
    verb: Verb
    count: int
    known: int


def note_spread(work: Workplace, run: Run) -> None:
    """Measure how a plan spreads, and write it down: on a page nobody waits for a hundred thousand operations."""
    try:
        found = [asdict(one) for one in _spread(work, run)]
    except (WorldError, Refused) as error:
        # It is told for people's sake: a Moodle that falls silent now must not keep a plan from being held.
        log.warning("spread: run=%s not measured: %s", run.id, error)
        return
    with work.ledger.write() as tx:
        events.add(tx, _WHAT, who=work.holder, at=work.clock(), run_id=run.id, detail={"parts": found})


def spread(tx: Connection, run: Run) -> tuple[InPart, ...]:
    """Tell how the latest plan of a run spreads, the parts with the most acts first; nothing of a plan without."""
    noted = [event.detail or {} for event in events.of_run(tx, run.id) if event.what == _WHAT]
    return tuple(InPart(**one) for one in noted[-1]["parts"]) if noted else ()


def _spread(work: Workplace, run: Run) -> Iterator[InPart]:
    parts, guarded_as = Parts.of(work, run, Scopes.model_fields), tool(run.command).guarded_as
    with work.ledger.read() as tx:
        for verb in verb_counts(tx, run):
            touched = parts.touched(tx, [name for name, guarded in guarded_as.items() if guarded == verb])
            for each in _most(touched):
                known = parts.known(tx, each.entity, each.part)
                yield InPart(each.part[0], parts.name(each.part), verb, each.count, known)


def _most(touched: list[Touched]) -> list[Touched]:
    """Of each kind of part those with the most acts."""
    by_scope: defaultdict[str, list[Touched]] = defaultdict(list)
    for each in sorted(touched, key=lambda each: (-each.count, each.part)):
        by_scope[each.part[0]].append(each)
    return [each for scope in sorted(by_scope) for each in by_scope[scope][:SHOWN]]
