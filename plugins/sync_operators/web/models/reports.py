"""What the page of a report shows: the facts of a run, its rows part by part, its files."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Text, cast, or_, select

from sync_operators.codes import Kind
from sync_operators.ledger import runs, sites
from sync_operators.ledger.column_types import to_json
from sync_operators.ledger.runs import Run
from sync_operators.ledger.tables import rows as table
from sync_operators.ledger.values import ENTRY_COLUMNS, row_entry
from sync_operators.plans.facts import facts_of, outcome
from sync_operators.reports.facts import RowOutcome, RunFacts
from sync_operators.reports.listing import Section

if TYPE_CHECKING:
    from sync_operators.hooks.workplace import Store

ROWS = 100
FILES: Mapping[str, str] = {
    "standalone.html": "report",
    "rows.csv": "csv",
    "rows.jsonl": "jsonl",
    "tryback": "tryback",
    "why.csv": "why",
}
"""The last part of a file's address, and its name among a run's products."""
UNDO = "undo."
"""How both begin for the undo files, one for each command with something to take back: `undo.users`."""
REPAIR = "repair"
"""How both begin for the repair files of a drift check."""
_WRITES_AGAIN = frozenset({"tryback", "why.csv"})


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which rows: of a kind (`error`, `warn`, `skip`, `ok`, or all), of a code, with a text in what names them."""

    kind: str = ""
    code: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """Some rows, in file order; `following` is what the next part comes after."""

    rows: tuple[RowOutcome, ...]
    keys: tuple[str, ...]
    has_entries: bool
    following: int | None


def run_of(store: "Store", run_id: str) -> Run:
    """The run; KeyError when there is none."""
    with store.ledger.read() as tx:
        return runs.get(tx, run_id)


@dataclass(frozen=True, slots=True)
class _Asked:
    """A run as it stands, in words of its own; what they are read with does not tell two of them apart."""

    standing: str
    store: "Store" = field(compare=False)
    run: Run = field(compare=False)


def facts(store: "Store", run: Run) -> RunFacts:
    """The facts of a run, as its report tells them."""
    asked = _Asked(f"{store.ledger.address} {run}", store, run)
    return _kept(asked) if run.ended else _counted(asked)


def _counted(asked: _Asked) -> RunFacts:
    store, run = asked.store, asked.run
    with store.ledger.read() as tx:
        url = sites.url_of(tx, run.site_id)
    return facts_of(store.ledger, run, run.ended, site_name=store.settings.site.name, site_url=url)


# Of 100,000 rows the counting takes longer than the rest of the page, and an ended run comes to nothing else any more.
_kept = lru_cache(maxsize=64)(_counted)


def first_look(told: RunFacts) -> str:
    """The kind of rows that is shown first: problems, where there are any."""
    if told.counted(Kind.ERROR):
        return Kind.ERROR
    return Kind.WARN if told.counted(Kind.WARN) or told.warning_counts else ""


def part(store: "Store", run: Run, chosen: Chosen, after: int = -1) -> Part:
    """The rows that come after that one."""
    with store.ledger.read() as tx:
        found = _rows(tx, run, chosen, after)
    listed = tuple(outcome(row_entry(row), run) for row in found[:ROWS])
    section = Section(Kind.OK, listed=list(listed))
    following = int(found[ROWS - 1][0]) if len(found) > ROWS else None
    return Part(listed, tuple(section.keys), section.has_entries, following)


def _rows(tx: Connection, run: Run, chosen: Chosen, after: int) -> list[Any]:
    wanted = select(*(table.c[name] for name in ENTRY_COLUMNS)).where(table.c.run_id == run.id, table.c.row > after)
    if chosen.kind == Kind.WARN:
        beside = table.c.warnings.is_not(None) & (table.c.kind != Kind.ERROR)
        wanted = wanted.where(or_(table.c.kind == Kind.WARN, beside))
    elif chosen.kind:
        wanted = wanted.where(table.c.kind == chosen.kind)
    if chosen.code:
        wanted = wanted.where(table.c.code == chosen.code)
    if chosen.text:
        wanted = wanted.where(cast(table.c.identifiers, Text).icontains(_as_stored(chosen.text), autoescape=True))
    return list(tx.execute(wanted.order_by(table.c.row).limit(ROWS + 1)))


def _as_stored(text: str) -> str:
    """The text as JSON in ASCII holds it."""
    return to_json(text)[1:-1]


def writes_again(what: str) -> bool:
    """Whether it writes to Moodle when it is dropped again, or tells of what does: for those alone who may run it."""
    return what in _WRITES_AGAIN or what.startswith((UNDO, REPAIR))


def place_of(run: Run, what: str) -> str | None:
    """Where a file of the run lies in the depot; of a held or stopped run its latest."""
    if what.startswith((UNDO, REPAIR)):
        return run.products.get(what)
    name = FILES.get(what)
    if name is None:
        return None
    if name in run.products:
        return run.products[name]
    numbered = [each for each in run.products if each.startswith(f"{name}.{run.state}-")]
    return run.products[max(numbered, key=_number)] if numbered else None


def offered(run: Run) -> dict[str, str]:
    """The files of a run that there are: last part of the address → place."""
    named = sorted(name for name in run.products if name.startswith((UNDO, REPAIR)))
    return {what: place for what in (*FILES, *named) if (place := place_of(run, what))}


def _number(name: str) -> int:
    return int(name.rpartition("-")[2])
