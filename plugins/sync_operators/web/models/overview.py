"""What somebody who is called at night sees first: what needs a person, then each tool, what waits and when it runs."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import Connection, func, select

from sync_operators.depot.active import names
from sync_operators.ledger.files import FileState
from sync_operators.ledger.tables import drop_names, files
from sync_operators.schedules import dag_of
from sync_operators.settings import Settings
from sync_operators.web.models.runs import Listed, last_of

if TYPE_CHECKING:
    from sync_operators.hooks.workplace import Store

SHOWN_RUNS = 14
_LIVE = (FileState.WAITING, FileState.QUEUED, FileState.BUNDLED, FileState.RUNNING, FileState.HELD)
_MOST_WAITING = 1000
_NEEDING = ("held", "failed", "refused")


@dataclass(frozen=True, slots=True)
class Waiting:
    """A file that waits for a run."""

    id: int
    name: str
    state: str


@dataclass(frozen=True, slots=True)
class Bar:
    """One run in a small chart of the last ones: its height and how much of it failed, in per cent."""

    kind: str
    rows: int
    failed: int
    height: float
    cap: float


@dataclass(frozen=True, slots=True)
class Card:
    """One command: its last runs, the oldest first, what waits for it, when it runs next."""

    command: str
    dag_id: str
    runs: tuple[Listed, ...]
    waiting: tuple[Waiting, ...]
    next_run: datetime | None

    @property
    def last(self) -> Listed | None:
        """Its last run."""
        return self.runs[-1] if self.runs else None

    @property
    def state(self) -> str:
        """How it stands: what goes on, else what waits, else how the last run ended."""
        if self.last and self.last.ended is None:
            return self.last.state
        return "waiting" if self.waiting else self.last.state if self.last else "none"

    @property
    def bars(self) -> tuple[Bar, ...]:
        """Its last runs as a chart."""
        most = max((run.rows for run in self.runs), default=0) or 1
        return tuple(_bar(run, most) for run in self.runs)


@dataclass(frozen=True, slots=True)
class Overview:
    """`needs` are runs that wait for a person; `never` the commands that have neither run nor file."""

    needs: tuple[Listed, ...]
    cards: tuple[Card, ...]
    never: tuple[str, ...]
    last_file: datetime | None
    waiting: int
    in_drop: int


def overview(store: "Store", commands: Collection[str], next_runs: Mapping[str, datetime | None]) -> Overview:
    """The overview of some commands, from the ledger alone."""
    with store.ledger.read() as tx:
        live = _live(tx)
        runs = {command: tuple(reversed(last_of(tx, command, SHOWN_RUNS))) for command in commands}
        last, in_drop = _last_file(tx), _in_drop(tx)
    by_command = _by_command(store.settings, commands, live)
    cards = tuple(
        Card(each, dag_of(each), runs[each], by_command[each], next_runs.get(dag_of(each)))
        for each in commands
        if runs[each] or by_command[each]
    )
    never = tuple(each for each in commands if not runs[each] and not by_command[each])
    return Overview(_needs(cards), cards, never, last, len(live), in_drop)


def _needs(cards: Sequence[Card]) -> tuple[Listed, ...]:
    """Every run that asks or has stopped, and a refused one that is its command's last; held plans first."""
    found = [run for card in cards for run in card.runs if _needs_somebody(run, card)]
    return tuple(sorted(found, key=lambda run: (_NEEDING.index(run.state), run.started)))


def _needs_somebody(run: Listed, card: Card) -> bool:
    return run.asks or run.state == "failed" or (run.state == "refused" and run is card.last)


def _bar(run: Listed, most: int) -> Bar:
    kind = run.state if run.state in {"held", "failed", "refused", "rejected"} else "ok"
    height = max(8.0, run.rows / most * 86)
    cap = max(8.0, height * run.failed / run.rows) if run.failed else 0.0
    return Bar(kind, run.rows, run.failed, round(height, 1), round(cap, 1))


def _live(tx: Connection) -> list[tuple[int, str, str, str]]:
    """(id, place, name, state) of what waits, the oldest first."""
    wanted = select(files.c.id, files.c.place, files.c.folder, files.c.name, files.c.state)
    found = tx.execute(wanted.where(files.c.state.in_(_LIVE)).order_by(files.c.arrival_no).limit(_MOST_WAITING))
    return [(row.id, f"{row.folder}/{row.name}".lstrip("/"), row.name, row.state) for row in found]


def _by_command(
    settings: Settings, commands: Collection[str], live: Sequence[tuple[int, str, str, str]]
) -> dict[str, tuple[Waiting, ...]]:
    patterns = {command: getattr(settings.section(command), "file", "") for command in commands}
    return {
        command: tuple(Waiting(key, name, state) for key, place, name, state in live if names(pattern, place))
        for command, pattern in patterns.items()
    }


def _last_file(tx: Connection) -> datetime | None:
    wanted = select(files.c.arrived).where(files.c.origin == "drop").order_by(files.c.arrival_no.desc()).limit(1)
    return tx.execute(wanted).scalar()


def _in_drop(tx: Connection) -> int:
    return int(tx.execute(select(func.count()).where(drop_names.c.gone.is_(None))).scalar_one())
