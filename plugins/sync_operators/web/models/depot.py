"""What the file manager shows: folders and files as the ledger knows them, part by part; storage is never listed."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, or_, select, tuple_

from sync_operators.depot.arranging import HERE
from sync_operators.depot.names import UNDO, is_reserved
from sync_operators.ledger import folders
from sync_operators.ledger.files import FileState
from sync_operators.ledger.tables import files, runs

PAGE = 100
MANAGED = ("archives", "reports", "quarantine", "tryback", "undo")
"""Folders of ours that people may look at, in the order of the tree."""
OF_FILES = frozenset({"archives", "quarantine", UNDO})
"""Those of them that hold versions; the others hold what runs have made."""
STATES = (*HERE, FileState.DONE, FileState.QUARANTINED)
SORTS: Mapping[str, Any] = {
    "name": files.c.name, "size": files.c.bytes, "from": files.c.origin, "arrived": files.c.arrival_no,
    "state": files.c.state,
}  # fmt: skip
_COLUMNS = ("id", "name", "folder", "place", "moving_to", "state", "state_since", "bytes", "origin", "arrived")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which files: of a folder, in a state (those here, where none is said), with a text in the name.

    `sort` is a key of SORTS, with a minus in front for the other way; `after` the file that the part comes after.
    """

    folder: str = ""
    text: str = ""
    state: str = ""
    sort: str = "name"
    after: int = 0

    @property
    def is_managed(self) -> bool:
        """Whether it is a folder of ours."""
        return is_reserved(self.folder)

    @property
    def column(self) -> str:
        """The name of the column that it is sorted by."""
        return self.sort.lstrip("-")


@dataclass(frozen=True, slots=True)
class Listed:
    """One file in a list."""

    id: int
    name: str
    folder: str
    place: str | None
    moving_to: str | None
    state: str
    state_since: datetime
    bytes: int
    origin: str
    arrived: datetime

    @property
    def own_place(self) -> str:
        """Where it lies when it is its turn."""
        return f"{self.folder}/{self.name}" if self.folder else self.name

    @property
    def is_free(self) -> bool:
        """Whether people may move or delete it now."""
        return self.state in {FileState.WAITING, FileState.STORED, FileState.QUEUED} and self.moving_to is None


@dataclass(frozen=True, slots=True)
class Product:
    """One file that a run has made."""

    run_id: str
    command: str
    what: str
    name: str
    place: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder with the number of files in it and below."""

    place: str
    count: int | None
    managed: bool = False

    @property
    def name(self) -> str:
        """The last part of its place."""
        return self.place.rpartition("/")[2]

    @property
    def depth(self) -> int:
        """How many folders it lies in."""
        return self.place.count("/") + 1


@dataclass(frozen=True, slots=True)
class Part:
    """Some files; `following` is what the next part comes after."""

    files: tuple[Listed, ...] = ()
    products: tuple[Product, ...] = ()
    following: str | None = None


@dataclass(frozen=True, slots=True)
class Tree:
    """Every folder that holds something or was made, with number and bytes of the files that lie directly in it."""

    counts: Mapping[str, int]
    sizes: Mapping[str, int]
    states: Mapping[str, int]
    """How many files there are in each of the states of files that are here."""

    def children(self, folder: str) -> list[Folder]:
        """The folders directly in one."""
        below = f"{folder}/" if folder else ""
        found: dict[str, int] = {}
        for place, count in self.counts.items():
            if place.startswith(below) and place != folder and place:
                child = below + place.removeprefix(below).partition("/")[0]
                found[child] = found.get(child, 0) + count
        return [Folder(place, found[place]) for place in sorted(found, key=str.casefold)]

    def open_at(self, folder: str) -> list[Folder]:
        """The folders of the first level, and those on the way to one and directly in it."""
        shown = []
        for child in self.children(""):
            shown += self._opened(child, folder)
        return shown

    def _opened(self, at: Folder, folder: str) -> list[Folder]:
        if not f"{folder}/".startswith(f"{at.place}/"):
            return [at]
        return [at, *(each for child in self.children(at.place) for each in self._opened(child, folder))]

    def below(self, folder: str) -> int:
        """How many files lie in a folder and those inside it."""
        return sum(count for place, count in self.counts.items() if f"{place}/".startswith(f"{folder}/"))

    def has(self, folder: str) -> bool:
        """Whether there is such a folder."""
        return not folder or any(f"{place}/".startswith(f"{folder}/") for place in self.counts)


def tree(tx: Connection) -> Tree:
    """The folders of people's own, with what is in them: one question for the whole depot."""
    counted = select(files.c.folder, files.c.state, func.count(), func.sum(files.c.bytes))
    counts, sizes = dict.fromkeys(folders.below(tx), 0), Counter[str]()
    states = Counter[str]()
    for folder, state, count, size in tx.execute(
        counted.where(files.c.state.in_(HERE)).group_by(files.c.folder, files.c.state)
    ):
        if not is_reserved(folder):
            counts[folder] = counts.get(folder, 0) + count
            sizes[folder] += int(size)
            states[state] += count
    return Tree(counts, sizes, states)


def managed_folders(tx: Connection) -> list[Folder]:
    """The folders of ours; the number of files is told where it is a short question."""
    return [Folder(name, _count_of(tx, name) if name in OF_FILES else None, managed=True) for name in MANAGED]


def _count_of(tx: Connection, name: str) -> int:
    return int(tx.execute(select(func.count()).where(_is_below(files.c.place, name))).scalar_one())


def find(tx: Connection, wanted: Wanted) -> Part:
    """A part of a folder of people's own; with a text, of what lies below it too."""
    column = SORTS.get(wanted.column, files.c.name)
    backwards = wanted.sort.startswith("-")
    conditions = _conditions(wanted)
    if wanted.after:
        conditions.append(_behind(tx, column, wanted.after, backwards=backwards))
    order = (column.desc(), files.c.id.desc()) if backwards else (column, files.c.id)
    return _part(tx, conditions, order)


def find_managed(tx: Connection, folder: str, text: str, after: int = 0) -> Part:
    """A part of the archives or the quarantine, the newest first."""
    conditions: list[ColumnElement[bool]] = [_is_below(files.c.place, folder)]
    if text:
        conditions.append(files.c.name.icontains(text, autoescape=True))
    if after:
        place = select(files.c.place).where(files.c.id == after).scalar_subquery()
        conditions.append(files.c.place < place)
    return _part(tx, conditions, (files.c.place.desc(),))


def find_products(tx: Connection, folder: str, text: str, commands: Sequence[str], before: str = "") -> Part:
    """A part of what runs have made: the files below a folder of ours, run by run, the newest first."""
    conditions: list[ColumnElement[bool]] = [runs.c.command.in_(commands)]
    if text:
        named = select(files.c.id).where(files.c.name.icontains(text, autoescape=True))
        conditions.append(or_(runs.c.file_id.in_(named), runs.c.id.icontains(text, autoescape=True)))
    if before:
        conditions.append(runs.c.id < before)
    wanted = select(runs.c.id, runs.c.command, runs.c.products, runs.c.started).where(*conditions)
    found = tx.execute(wanted.order_by(runs.c.id.desc()).limit(PAGE // 2 + 1)).all()
    made = [
        Product(row.id, row.command, what, place.rpartition("/")[2], place, row.started)
        for row in found[: PAGE // 2]
        for what, place in row.products.items()
        if place.startswith(f"{folder}/")
    ]
    return Part(products=tuple(made), following=found[PAGE // 2 - 1].id if len(found) > PAGE // 2 else None)


def some(tx: Connection, ids: Sequence[int]) -> list[Listed]:
    """These files, by name."""
    wanted = select(*(files.c[name] for name in _COLUMNS)).where(files.c.id.in_(list(ids)[:PAGE]))
    return [Listed(**row._mapping) for row in tx.execute(wanted.order_by(files.c.name, files.c.id))]


def versions_of(tx: Connection, folder: str, name: str) -> list[Listed]:
    """The versions of one name that are here, the oldest first."""
    conditions = [files.c.folder == folder, files.c.name == name, files.c.state.in_(HERE)]
    return list(_part(tx, conditions, (files.c.arrival_no,)).files)


def _part(tx: Connection, conditions: list[ColumnElement[bool]], order: tuple[Any, ...]) -> Part:
    wanted = select(*(files.c[name] for name in _COLUMNS)).where(*conditions).order_by(*order).limit(PAGE + 1)
    found = [Listed(**row._mapping) for row in tx.execute(wanted)]
    return Part(tuple(found[:PAGE]), following=str(found[PAGE - 1].id) if len(found) > PAGE else None)


def _conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    states = [wanted.state] if wanted.state in STATES else list(HERE)
    own = files.c.folder == wanted.folder
    if not wanted.text:
        return [own, files.c.state.in_(states)]
    inside = or_(own, _is_below(files.c.folder, wanted.folder)) if wanted.folder else ~_is_below(files.c.folder, UNDO)
    return [inside, files.c.state.in_(states), files.c.name.icontains(wanted.text, autoescape=True)]


def _behind(tx: Connection, column: Any, after: int, *, backwards: bool) -> ColumnElement[bool]:
    value = tx.execute(select(column).where(files.c.id == after)).scalar()
    mine, last = tuple_(column, files.c.id), tuple_(value, after)
    return mine < last if backwards else mine > last


def _is_below(column: ColumnElement[str], folder: str) -> ColumnElement[bool]:
    # "0" is what follows "/".
    return (column > f"{folder}/") & (column < f"{folder}0")
