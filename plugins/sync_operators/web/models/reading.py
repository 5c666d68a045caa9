"""What is in a file, as far as it can be said without Moodle: dialect, header, rows; a password is never shown."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, BinaryIO
from zoneinfo import ZoneInfo

from sync_operators.codes import Fault
from sync_operators.command_files.archive import Archive
from sync_operators.command_files.dialect import DialectRules
from sync_operators.command_files.reader import CommandFile
from sync_operators.command_files.source import InputFile, Row
from sync_operators.depot.errors import DepotError
from sync_operators.errors import FileRefused
from sync_operators.ledger.files import FileVersion
from sync_operators.plans.opening import input_file
from sync_operators.tools import tool, tools
from sync_operators.tools.tool import Tool, ToolSettings
from sync_operators.tools.undo import UNDOES, undo_schema

if TYPE_CHECKING:
    from sync_operators.hooks.workplace import Store

ROWS = 20
PROBLEMS = 100
CHECKED = 50_000
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class Line:
    """A row as it is shown; `faults` by their columns (empty: the row as a whole)."""

    line: int | None
    cells: tuple[str, ...]
    faults: tuple[Fault, ...] = ()

    @property
    def wrong(self) -> frozenset[str]:
        """The columns that something is wrong with."""
        return frozenset(fault.args["column"] for fault in self.faults if "column" in fault.args)


@dataclass(frozen=True, slots=True)
class Look:
    """The beginning of a file. `refused` says why it cannot be read; `hidden` are columns left out for secrecy."""

    facts: dict[str, Any]
    header: tuple[str, ...] = ()
    lines: tuple[Line, ...] = ()
    hidden: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    more: bool = False
    refused: Fault | None = None
    entries: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Check:
    """The rows that cannot run, of as many as were looked at; `complete` when those are all."""

    rows: int
    header: tuple[str, ...]
    bad: tuple[Line, ...]
    complete: bool
    refused: Fault | None = None


def look(store: "Store", version: FileVersion, command: str | None) -> Look:
    """The first rows of a file, as its command (where it has one) reads it."""
    try:
        with _opened(store, version, command) as file:
            return _look(file, command, store)
    except FileRefused as refused:
        return Look({}, refused=refused.fault)
    except DepotError:
        return Look({}, refused=Fault("error_no_file", {"name": version.name}))


def check(store: "Store", version: FileVersion, command: str) -> Check:
    """The rows that cannot run whatever Moodle says; the first ones, at bounded cost."""
    try:
        with _opened(store, version, command) as file:
            return _check(file, tool(command), _tool_settings(store, command))
    except FileRefused as refused:
        return Check(0, (), (), complete=True, refused=refused.fault)
    except DepotError:
        return Check(0, (), (), complete=True, refused=Fault("error_no_file", {"name": version.name}))


def holds_secrets(store: "Store", version: FileVersion, command: str | None) -> bool:
    """Whether a file has a column that is never shown; so too when it cannot be told."""
    seen = look(store, version, command)
    return bool(seen.hidden or (seen.refused and seen.refused.code != "error_empty_file" and not seen.entries))


def is_secret(column: str) -> bool:
    """Whether a column is never shown, whichever command reads the file."""
    return "password" in column or any(column in each.secret_columns for each in tools())


@contextmanager
def _opened(store: "Store", version: FileVersion, command: str | None) -> Iterator[InputFile]:
    place = version.place or ""

    def opener() -> BinaryIO:
        return store.depot.open(place)

    if not store.depot.exists(place):
        raise FileRefused(Fault("error_no_file", {"name": version.name}))
    file = _as_read(store, version, command, opener)
    try:
        yield file
    finally:
        file.close()


def _as_read(store: "Store", version: FileVersion, command: str | None, opener: Any) -> InputFile:
    if command:
        return input_file(store.settings, tool(command), _tool_settings(store, command), opener, version.read_as)
    if version.name.casefold().endswith(".zip"):
        return Archive(opener, lambda _: None)
    pinned, said = store.settings.dialect, version.read_as or {}
    return CommandFile(
        opener,
        DialectRules(
            encoding=said.get("encoding") or pinned.encoding,
            separator=said.get("separator") or pinned.separator,
            comment=pinned.comment,
        ),
    )


def _tool_settings(store: "Store", command: str) -> ToolSettings:
    ours = store.settings
    return ToolSettings(ours.section(command), ours.users, ZoneInfo(ours.site.timezone), ours.roles)


def _look(file: InputFile, command: str | None, store: "Store") -> Look:
    if isinstance(file, Archive):
        return Look(dict(file.facts), entries=tuple(islice(file.names(), ROWS)))
    hidden = {at for at, name in enumerate(file.header) if is_secret(name)}
    taken = list(islice(file.records(), ROWS + 1))
    return Look(
        dict(file.facts),
        header=tuple(name for at, name in enumerate(file.header) if at not in hidden),
        lines=tuple(Line(row.line, _shown(row, hidden)) for row in taken[:ROWS]),
        hidden=tuple(file.header[at] for at in sorted(hidden)),
        unknown=_unknown(file, command, store),
        more=len(taken) > ROWS,
    )


def _unknown(file: InputFile, command: str | None, store: "Store") -> tuple[str, ...]:
    if command is None or not file.header:
        return ()
    schema = tool(command).schema(_tool_settings(store, command))
    known = undo_schema(schema) if UNDOES in file.header else schema
    return tuple(name for name in file.header if name and known.column(name) is None)


def _check(file: InputFile, its_tool: Tool, settings: ToolSettings) -> Check:
    schema = its_tool.schema(settings)
    known = undo_schema(schema) if UNDOES in file.header else schema
    bound = known.bind(file.header, unknown=getattr(settings.section, "unknown_columns", "refuse"))
    hidden = {at for at, name in enumerate(file.header) if is_secret(name)}
    bad: list[Line] = []
    count, complete = 0, True
    for record in file.records():
        if count == CHECKED or len(bad) == PROBLEMS:
            complete = False
            break
        count += 1
        _, faults = bound.check(record)
        if faults:
            bad.append(Line(record.line, _shown(record, hidden), faults))
    return Check(count, tuple(name for at, name in enumerate(file.header) if at not in hidden), tuple(bad), complete)


def _shown(row: Row, hidden: set[int]) -> tuple[str, ...]:
    # Where a row cannot be read its values may stand under other columns than their own.
    if hidden and row.fault:
        return ()
    return tuple(_cut(cell) for at, cell in enumerate(row.values) if at not in hidden)


def _cut(cell: str) -> str:
    return cell if len(cell) <= _LONGEST else cell[: _LONGEST - 1] + "…"
