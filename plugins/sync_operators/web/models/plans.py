"""What the pages of plans show: which wait for a person, what each would do, how near its limits it is."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, select

from sync_operators.ledger import events, files, operations
from sync_operators.ledger.files import FileVersion
from sync_operators.ledger.runs import Run
from sync_operators.ledger.tables import operations as table
from sync_operators.ledger.tables import rows
from sync_operators.ledger.tables import runs as runs_table
from sync_operators.ledger.values import is_made_id
from sync_operators.plans.guard import ERRORS, FEW_KNOWN, Amount, Trip, trip
from sync_operators.plans.measuring import measured
from sync_operators.plans.spreading import InPart, spread
from sync_operators.reports.bars import SEGMENTS, Segment, placed
from sync_operators.reports.facts import UNCHANGED
from sync_operators.reports.overview import SKIPPED, rows_by_end
from sync_operators.settings import Limit, Settings, Verb
from sync_operators.tools import tool
from sync_operators.web.models.runs import Found, Wanted, find

if TYPE_CHECKING:
    from sync_operators.hooks.workplace import Store

OPERATIONS = 100
_COLOURS: Mapping[str, str] = {
    "create": "create",
    "update": "update",
    "suspend": "suspend",
    "delete": "delete",
    "unenrol": "delete",
    "remove": "delete",
    "errors": "error",
}
"""The segment of the bar that each guarded verb is shown in."""


@dataclass(frozen=True, slots=True)
class Nearness:
    """One limit of a plan: what it comes to, what is allowed; `near` is 1 at the limit."""

    verb: Verb
    count: int
    known: int
    share: float | None
    allowed_count: int | None
    allowed_share: float | None
    floor: int
    near: float
    trip: Trip | None


@dataclass(frozen=True, slots=True)
class NearnessInPart:
    """The same in one part of the site: a category, course, cohort or institution."""

    scope: str
    name: str
    nearness: Nearness


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan as a whole.

    `read` are the rows of its file; `over` is what it was held for, in the words of the hold: limits on the whole, on
    parts of the site and on the file.
    """

    run: Run
    version: FileVersion | None
    verbs: Mapping[str, int]
    bar: tuple[Segment, ...]
    read: int
    limits: tuple[Nearness, ...]
    parts: tuple[NearnessInPart, ...]
    over: tuple[str, ...]

    @property
    def operations(self) -> int:
        """How many there are."""
        return sum(self.verbs.values())

    @property
    def tripped(self) -> list[Nearness]:
        """The limits on the whole that it goes over."""
        return [one for one in self.limits if one.trip]

    @property
    def asks(self) -> bool:
        """Whether it waits for a person's answer."""
        return self.run.state == "held" and self.run.verdict == "hold"

    @property
    def riskiest(self) -> Nearness | None:
        """The limit on the whole that it goes over by the most operations."""
        return max(self.tripped, key=lambda one: one.count, default=None)

    @property
    def number(self) -> int:
        """What a person types to approve: how many operations go over the limit, else how many there are."""
        return self.riskiest.count if self.riskiest else self.operations


@dataclass(frozen=True, slots=True)
class Step:
    """One operation as a person reads it: where its row stands, what it acts on, what changes."""

    seq: int
    line: int | None
    entry: str | None
    verb: str
    looks: str
    entity: str
    key: str
    changes: tuple[tuple[str, str | None, str | None], ...]
    state: str
    code: str | None


@dataclass(frozen=True, slots=True)
class Steps:
    """A part of the operations; `following` is what the next part comes after: `verb:seq`."""

    steps: tuple[Step, ...]
    following: str | None


def waiting(tx: Connection, wanted: Wanted) -> Found:
    """The plans that wait for a person, the newest first."""
    return find(tx, wanted, also=((runs_table.c.state == "held") & (runs_table.c.verdict == "hold"),))


def others(tx: Connection, wanted: Wanted, before: str) -> Found:
    """The plans that were held once, and the simulated ones."""
    asked = (runs_table.c.holds > 0) & ~((runs_table.c.state == "held") & (runs_table.c.verdict == "hold"))
    return find(
        tx, wanted, before=before, also=(asked | (runs_table.c.simulate & runs_table.c.planned_at.is_not(None)),)
    )


def plan(store: "Store", run: Run) -> Plan:
    """A plan, from the ledger alone."""
    with store.ledger.read() as tx:
        verbs, found = operations.count_verbs(tx, run.id), measured(tx, run)
        version = files.get(tx, run.file_id) if run.file_id else None
        over, parts = _held_for(tx, run), spread(tx, run)
    bar, read = _bar(run, verbs, found[ERRORS].count), found[ERRORS].known
    near = limits(store.settings, run.command, found)
    return Plan(run, version, verbs, bar, read, near, _near_in(store.settings, run.command, parts), over)


def _held_for(tx: Connection, run: Run) -> tuple[str, ...]:
    held = [event for event in events.of_run(tx, run.id) if event.what == "held"]
    return tuple((held[-1].detail or {}).get("limits", ())) if held else ()


def _bar(run: Run, verbs: Mapping[str, int], ill: int) -> tuple[Segment, ...]:
    """Operations by what they do, and the rows that come to none."""
    guarded_as, totals = tool(run.command).guarded_as, Counter[str]()
    for verb, count in verbs.items():
        totals[_COLOURS[guarded_as[verb]]] += count
    ends = rows_by_end(run.counts)
    totals += Counter({"error": ill, "skip": ends[SKIPPED], "unchanged": ends[UNCHANGED]})
    return placed({name: totals[name] for name in SEGMENTS if totals[name]})


def limits(settings: Settings, command: str, found: Mapping[Verb, Amount]) -> tuple[Nearness, ...]:
    """Every limit on the whole that something counts under, the nearest first."""
    near = [_nearness(settings.guard(command, verb), command, verb, amount) for verb, amount in found.items()]
    return tuple(sorted((one for one in near if one.count), key=lambda one: (one.trip is None, -one.near)))


def _near_in(settings: Settings, command: str, parts: Sequence[InPart]) -> tuple[NearnessInPart, ...]:
    """The same within parts of the site, those over a limit first, else as they come."""
    found = [NearnessInPart(one.scope, one.name, _nearness_in(settings, command, one)) for one in parts]
    return tuple(sorted(found, key=lambda one: one.nearness.trip is None))


def _nearness_in(settings: Settings, command: str, one: InPart) -> Nearness:
    limit: Limit = getattr(settings.guard(command, one.verb).scopes, one.scope)
    return _nearness(limit, command, one.verb, Amount(one.count, one.known, one.scope))


def _nearness(limit: Limit, command: str, verb: Verb, amount: Amount) -> Nearness:
    may = [limit.count] if limit.count is not None else []
    if limit.share is not None:
        unknown = verb != ERRORS and amount.known < FEW_KNOWN
        may.append(limit.floor if unknown else max(limit.floor, int(limit.share * amount.known)))
    near = amount.count / max(min(may), 1) if may else 0.0
    share = amount.count / amount.known if amount.known else None
    over = trip(limit, command, verb, amount)
    return Nearness(verb, amount.count, amount.known, share, limit.count, limit.share, limit.floor, near, over)


def steps(store: "Store", run: Run, verb: str = "", text: str = "", after: str = "") -> Steps:
    """A part of a plan's operations, the riskiest first: by verb, then in file order."""
    with store.ledger.read() as tx:
        ordered = [verb] if verb else operations.by_risk(operations.count_verbs(tx, run.id))
        found = list(_part(tx, run, ordered, text, after))
    following = f"{found[OPERATIONS - 1].verb}:{found[OPERATIONS - 1].seq}" if len(found) > OPERATIONS else None
    return Steps(tuple(found[:OPERATIONS]), following)


def every_part(store: "Store", run: Run) -> Iterator[tuple[Step, ...]]:
    """Every operation, part by part: no transaction is open while somebody reads."""
    after: str | None = ""
    while after is not None:
        part = steps(store, run, after=after)
        yield part.steps
        after = part.following


def _part(tx: Connection, run: Run, verbs: list[str], text: str, after: str) -> Iterator[Step]:
    last_verb, _, last = after.partition(":")
    if last_verb in verbs:
        verbs = verbs[verbs.index(last_verb) :]
    room = OPERATIONS + 1
    for verb in verbs:
        begun = int(last) if verb == last_verb and last.isdigit() else -1
        found = tx.execute(_question(run, verb, text, begun).limit(room)).all()
        yield from (_step(run, *row) for row in found)
        room -= len(found)
        if room <= 0:
            return


def _question(run: Run, verb: str, text: str, after: int) -> Any:
    names = ("seq", "verb", "entity", "key", "before", "after", "before_unknown", "state", "code")
    joined = table.outerjoin(rows, (rows.c.run_id == table.c.run_id) & (rows.c.row == table.c.row))
    wanted = select(*(table.c[name] for name in names), rows.c.line, rows.c.entry).select_from(joined)
    wanted = wanted.where(table.c.run_id == run.id, table.c.verb == verb, table.c.seq > after)
    if text:
        wanted = wanted.where(table.c.key.icontains(text, autoescape=True))
    return wanted.order_by(table.c.seq)


def _step(run: Run, *row: Any) -> Step:
    seq, verb, entity, key, before, after, unknown, state, code, line, entry = row
    looks = _COLOURS[tool(run.command).guarded_as[verb]]
    changes = _changes(before or {}, after or {}, unknown or ())
    return Step(seq, line, entry, verb, looks, entity, _named(key), changes, state, code)


def _changes(
    before: Mapping[str, Any], after: Mapping[str, Any], unknown: Any
) -> tuple[tuple[str, str | None, str | None], ...]:
    """(field, old, new) of each; None where there is no value, or Moodle does not tell it."""
    # A password is never in the ledger; that one will be set is told by its name alone.
    after = {name: "…" if name == "password" else value for name, value in after.items()}
    names = dict.fromkeys([*before, *after])
    return tuple(
        (name, None if name in unknown else _text(before.get(name)), _text(after.get(name)))
        for name in names
        if name not in after or name not in before or before[name] != after[name]
    )


def _text(value: Any) -> str | None:
    """A value as a person reads it; an id that is only made by the plan is told as such."""
    if value is None:
        return None
    if is_made_id(value):
        return "…"
    if isinstance(value, Mapping):
        return "=".join(str(each) for each in value.values())
    return ", ".join(_text(each) or "" for each in value) if isinstance(value, list | tuple) else str(value)


def _named(key: str) -> str:
    return key.replace("\x1f", ", ")
