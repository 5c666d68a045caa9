"""One command compared with Moodle: a simulated run of the ledger, a drift report, repair files."""

import logging
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any

from sync_operators.depot.errors import scratch_errors
from sync_operators.depot.names import product
from sync_operators.drift import rules
from sync_operators.drift.comparing import Comparison
from sync_operators.drift.home import HomeReader
from sync_operators.drift.notes import Notes
from sync_operators.drift.repair import Repair
from sync_operators.drift.sources import Sources
from sync_operators.errors import SyncError, WorldError
from sync_operators.ledger import events, operations, runs, standing
from sync_operators.ledger.runs import Run
from sync_operators.moodle.client import SITE_INFO
from sync_operators.moodle.enrolments import GET_ENROLLED
from sync_operators.moodle.errors import Refused
from sync_operators.plans.products import PUBLIC, Products
from sync_operators.plans.request import RECONCILE, Request
from sync_operators.plans.turns import get_run, turn
from sync_operators.plans.workplace import Workplace
from sync_operators.reports.drift import DriftFacts, write_drift_html, write_drift_jsonl
from sync_operators.tools import tool

log = logging.getLogger(__name__)

COMPARED, NOTHING, LEAVES_NOTHING = "compared", "nothing_applied", "leaves_nothing"


@dataclass(frozen=True, slots=True)
class Checked:
    """What the check of one command came to: `compared`, or why there was nothing to compare.

    `leaves_nothing`: its rows never stand. `nothing_applied`: none has been applied on this site.
    """

    command: str
    state: str
    run_id: str | None = None
    standing: int = 0
    compared: int = 0
    drifted: int = 0
    unread: int = 0
    changed: int = 0
    counts: Mapping[str, int] = field(default_factory=dict)
    readers: tuple[str, ...] = ()
    report: str | None = None
    jsonl: str | None = None
    repair: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """The check as JSON."""
        return {**asdict(self), "counts": dict(self.counts), "readers": [*self.readers], "repair": [*self.repair]}


@dataclass(frozen=True, slots=True)
class AllChecked:
    """What the checks of several commands came to, and why some could not be made."""

    checked: tuple[Checked, ...] = ()
    errors: Mapping[str, SyncError] = field(default_factory=dict)


def check_all(work: Workplace, requests: Iterable[Request]) -> AllChecked:
    """Check one command after another; one that fails does not keep the next from being checked."""
    found: list[Checked] = []
    errors: dict[str, SyncError] = {}
    for request in requests:
        try:
            found.append(check(work, request))
        except (WorldError, Refused) as error:
            log.warning("drift: command=%s not checked: %s", request.command, error)
            errors[request.command] = error
    return AllChecked(tuple(found), errors)


def check(work: Workplace, request: Request) -> Checked:
    """Compare what stands of a command with Moodle. Raises WorldError when Moodle, depot or ledger cannot be used."""
    command = request.command
    if command in rules.LEAVES_NOTHING:
        return Checked(command, LEAVES_NOTHING)
    with closing(Sources(work, command, rules.asked_of(command))) as sources:
        if not sources.total:
            return Checked(command, NOTHING)
        work.site.require(tool(command).functions)
        run = _begun(work, request)
        with turn(work, run.id) as (ours, fresh), _by_home(ours, command) as (reading, home), scratch_errors():
            return _Check(reading, fresh, sources, home).run()


def _begun(work: Workplace, request: Request) -> Run:
    now = work.clock()
    with work.ledger.write() as tx:
        run = runs.start(
            tx,
            run_id=runs.new_run_id(now),
            file_id=None,
            site_id=work.site_id,
            command=request.command,
            mode=RECONCILE,
            simulate=True,
            settings_digest=work.settings.digest(request.command),
            correlation_id=request.correlation_id,
            started_by=request.started_by,
            at=now,
        )
        if request.dag_run_id:
            runs.joined(tx, run.id, request.dag_id, request.dag_run_id, request.attempt)
        events.add(tx, "drift_checked", who=work.holder, at=now, run_id=run.id, detail={"command": request.command})
    return run


@contextmanager
def _by_home(work: Workplace, command: str) -> Iterator[tuple[Workplace, HomeReader | None]]:
    """A workplace that finds the numbers of accounts in one list, where the command wants no more of them."""
    if command not in rules.BY_NUMBER or GET_ENROLLED not in work.site.functions:
        yield work, None
        return
    with work.ledger.read() as tx:
        needed = standing.count_subjects(tx, work.site_id, command, "user")
    with closing(HomeReader(work.moodle, needed)) as home:
        yield work.read_by(home), home


@dataclass(frozen=True, slots=True)
class _Check:
    work: Workplace
    run_: Run
    sources: Sources
    home: HomeReader | None
    notes: Notes = field(default_factory=Notes)

    def run(self) -> Checked:
        """Compare, tell, end."""
        with closing(self.notes):
            return self._told()

    def _told(self) -> Checked:
        before, its_tool = Counter(self.work.moodle.calls), tool(self.run_.command)
        products = Products(self.work, self.run_, None)
        with closing(Repair(its_tool.secret_columns, self._separator())) as repair:
            found = Comparison(self.work, self.run_, its_tool, self.sources, self.notes, repair)
            found.all()
            places = tuple(self._repair_files(products, repair))
        facts = self._facts(found, self.work.moodle.calls - before, places)
        self._reports(products, facts)
        self._end(facts)
        return self._checked(facts)

    def _separator(self) -> str:
        pinned = self.work.settings.section(self.run_.command)
        return getattr(getattr(pinned, "dialect", None), "separator", None) or tool(self.run_.command).separator or ","

    def _repair_files(self, products: Products, repair: Repair) -> Iterator[str]:
        """Write them, each under a name that the ledger knows first."""
        for number, file in enumerate(repair.files(), 1):
            name = "repair" if number == 1 else f"repair-{number}"
            place = self._place(name, file.suffix)
            products.intend({name: place})
            products.write(place, file.write, PUBLIC)
            yield place

    def _place(self, kind: str, suffix: str) -> str:
        return product("reports", self.run_.id, "", f"{kind}_{self.run_.command}{suffix}")

    def _facts(self, found: Comparison, calls: Mapping[str, int], repair: tuple[str, ...]) -> DriftFacts:
        return DriftFacts(
            self.run_.id,
            self.run_.command,
            self.run_.started,
            self.work.clock(),
            self.work.settings.site.name,
            self.work.site.siteurl,
            standing=self.sources.total,
            compared=found.compared,
            drifted=found.drifted,
            unread=self.sources.unread,
            changed=found.changed,
            counts=dict(self.notes.counts),
            readers=self._readers(calls),
            untold=sorted(rules.untold_of(self.run_.command)),
            calls=calls,
            repair=repair,
        )

    def _readers(self, calls: Mapping[str, int]) -> tuple[str, ...]:
        used = ["site_home"] if self.home and self.home.has_list else []
        return (*used, "look_ups") if calls.keys() - {SITE_INFO, GET_ENROLLED} else tuple(used)

    def _reports(self, products: Products, facts: DriftFacts) -> None:
        language, writers = self.work.settings.site.language, (("report", ".html"), ("jsonl", ".jsonl"))
        places = products.intend({name: self._place("drift", suffix) for name, suffix in writers}).products
        products.write(places["report"], lambda out: write_drift_html(facts, self.notes, out, language))
        products.write(places["jsonl"], lambda out: write_drift_jsonl(facts, self.notes, out, language))

    def _end(self, facts: DriftFacts) -> None:
        with self.work.ledger.write() as tx:
            codes = operations.count_rows(tx, self.run_.id)[0]
            counts = {**codes, "unchanged": codes.get("unchanged", 0) + facts.compared - facts.drifted}
            runs.change(tx, self.run_.id, state="simulated", ended=facts.ended, counts=counts)
        level = logging.WARNING if facts.drifted or facts.unread else logging.INFO
        told = (facts.command, facts.standing, facts.compared, facts.drifted, facts.unread)
        log.log(level, "drift: command=%s standing=%d compared=%d drifted=%d unread=%d", *told)

    def _checked(self, facts: DriftFacts) -> Checked:
        products = get_run(self.work, self.run_.id).products
        return Checked(
            facts.command,
            COMPARED,
            facts.run_id,
            facts.standing,
            facts.compared,
            facts.drifted,
            facts.unread,
            facts.changed,
            facts.counts,
            tuple(facts.readers),
            products["report"],
            products["jsonl"],
            tuple(facts.repair),
        )
