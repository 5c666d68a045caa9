"""Columns as a tool declares them, bound to the header of a file, then checked row by row."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from sync_operators.codes import Fault
from sync_operators.command_files.headers import header_fault
from sync_operators.command_files.source import Row
from sync_operators.command_files.values import Invalid, text
from sync_operators.errors import FileRefused

_ENDINGS: Final = {"<n>": "[1-9][0-9]*", "<short>": "[A-Za-z0-9_-]+"}
_MAX_VALUE = 200  # characters of a refused value that go into its fault: the file has the rest


@dataclass(frozen=True, slots=True, kw_only=True)
class Cells:
    """How the cells of a column are read."""

    parse: Callable[[str], Any] = text
    """Turns the trimmed, non-empty text into its value; raises `Invalid`."""
    rule: Callable[[str], str | None] | None = None
    """Says by the key of a reason why the parsed text is not allowed (see `moodle.rules`)."""
    required: bool = False
    """The column must be there, and filled in each row."""
    in_header: bool = False
    """The column must be there; whether a cell may be empty is the row's matter."""
    limit: int | None = None
    unit: Literal["characters", "bytes"] = "characters"
    choices: tuple[str, ...] | None = None
    """What the parsed text must be one of."""
    secret: bool = False
    """The text of a cell is in no fault."""


@dataclass(frozen=True, slots=True)
class Column(Cells):
    """A column of a fixed name."""

    name: str


@dataclass(frozen=True, slots=True)
class Pattern(Cells):
    """Columns by a pattern: `course<n>` is course1, course2 …; `profile_field_<short>` has any word there."""

    name: str

    def column(self, name: str) -> Column | None:
        """The column of that name, when the pattern has it."""
        if not re.fullmatch(self._expression(), name):
            return None
        return Column(
            name,
            parse=self.parse,
            rule=self.rule,
            limit=self.limit,
            unit=self.unit,
            choices=self.choices,
            secret=self.secret,
        )

    def like(self, name: str) -> str:
        """The name of this pattern that a wrong one may have meant, with the same number or word at its end."""
        number = re.search("[1-9][0-9]*$", name)
        word = name.rpartition("_")[2]
        return self.name.replace("<n>", number[0] if number else "<n>").replace("<short>", word)

    def _expression(self) -> str:
        parts = re.split("(<[a-z]+>)", self.name)
        return "".join(_ENDINGS[part] if part.startswith("<") else re.escape(part) for part in parts)


@dataclass(frozen=True, slots=True)
class Schema:
    """All columns that a tool knows."""

    columns: tuple[Column, ...]
    patterns: tuple[Pattern, ...] = ()

    def column(self, name: str) -> Column | None:
        """The column that a name of the header stands for; None for an unknown one."""
        fixed = next((column for column in self.columns if column.name == name), None)
        return fixed or next(filter(None, (pattern.column(name) for pattern in self.patterns)), None)

    def bind(self, header: Sequence[str], *, unknown: Literal["refuse", "ignore"] = "refuse") -> "BoundSchema":
        """The columns of one file; FileRefused names all that is wrong with its header at once."""
        found = [(at, column) for at, name in enumerate(header) if (column := self.column(name))]
        strange = [name for name in dict.fromkeys(header) if name and self.column(name) is None]
        needed = [column.name for column in self.columns if column.required or column.in_header]
        missing = [name for name in needed if name not in header]
        unknown_names = strange if unknown == "refuse" else []
        fault = header_fault(header, missing, unknown_names, self._near)
        if fault:
            raise FileRefused(fault)
        return BoundSchema(tuple(found), tuple(Fault("warn_ignored_column", {"column": name}) for name in strange))

    def _near(self, name: str) -> Iterable[str]:
        """What a wrong name may have meant."""
        return [*(column.name for column in self.columns), *(pattern.like(name) for pattern in self.patterns)]


@dataclass(frozen=True, slots=True)
class BoundSchema:
    """The columns of one file, each with its place in a row; ignored ones have none."""

    places: tuple[tuple[int, Column], ...]
    warnings: tuple[Fault, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The columns that the file has and the tool reads, in file order."""
        return tuple(column.name for _, column in self.places)

    def check(self, record: Row) -> tuple[dict[str, Any], tuple[Fault, ...]]:
        """The parsed value of each column by name, and every fault of the row.

        An empty cell is "" whatever its parser: whether it keeps or clears what Moodle has is the tool's matter.
        """
        return ({}, (record.fault,)) if record.fault is not None else self._parsed(record.values)

    def _parsed(self, cells: Sequence[str]) -> tuple[dict[str, Any], tuple[Fault, ...]]:
        values: dict[str, Any] = {}
        faults: list[Fault] = []
        for at, column in self.places:
            found = _checked(column, cells[at])
            if isinstance(found, Fault):
                faults.append(found)
            else:
                values[column.name] = found
        return values, tuple(faults)


def _checked(column: Column, cell: str) -> Any:
    """The value of a cell, or its fault."""
    if not cell:
        return Fault("error_missing_value", {"column": column.name}) if column.required else ""
    if column.limit is not None and _length(cell, column.unit) > column.limit:
        return _invalid(column, cell, {"limit": str(column.limit), "unit": column.unit})
    try:
        value = column.parse(cell)
    except Invalid as wrong:
        return _invalid(column, cell, wrong.args_of_fault)
    if column.choices is not None and value not in column.choices:
        return _invalid(column, cell, {"allowed": ", ".join(column.choices)})
    if column.rule is not None and (reason := column.rule(value)):
        return _invalid(column, cell, {"reason": reason})
    return value


def _length(cell: str, unit: str) -> int:
    return len(cell.encode()) if unit == "bytes" else len(cell)


def _invalid(column: Column, cell: str, args: Any) -> Fault:
    shown = {} if column.secret else {"value": cell if len(cell) <= _MAX_VALUE else cell[: _MAX_VALUE - 1] + "…"}
    return Fault("error_invalid_value", {"column": column.name, **shown, **args})
