"""How a command goes back on acts: what its undo files hold, and which settings they are read by."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from sync_operators.command_files.columns import Column, Schema

UNDOES: Final = "undoes"
"""The column of an undo file that says what a row goes back on: a row of a run, as `<run id>:<row>`."""

IDS: Final = ("courseid", "cohortid", "groupid", "userid")
"""What names an enrolment or a membership, which have no id of their own."""


@dataclass(frozen=True, slots=True)
class Done:
    """An act that was done, with the ids that were only known then; `moodle_id` is that of what it made, too."""

    row: int
    verb: str
    entity: str
    moodle_id: int | None
    before: Mapping[str, Any]
    after: Mapping[str, Any]

    @property
    def ids(self) -> dict[str, Any]:
        """What names the enrolment or membership that it is about."""
        return {name: value for name, value in (self.after or self.before).items() if name in IDS}


Cells = Mapping[str, str]
"""A row of an undo file, by column; an empty cell clears."""


@dataclass(frozen=True, slots=True)
class Undo:
    """How a command goes back on acts, whichever command did them. Everything is named by its Moodle id.

    `acts` are those it can go back on, by entity and verb. `rows` gets what one row of a run has done of them, in the
    order in which it was done.
    """

    acts: frozenset[tuple[str, str]]
    names: tuple[str, ...]
    """The columns that name what a row is about."""
    settings: Mapping[str, Any]
    """Settings of the command that hold for its undo files."""
    rows: Callable[[Sequence[Done], Mapping[str, int]], Iterable[Cells]]
    """The second argument: ids of roles by short name."""
    left: Callable[[Done], Mapping[str, Any]] = lambda done: done.after
    """What an act has left, by the names under which a later plan tells what there is."""


def pairs(entity: str, *verbs: str) -> frozenset[tuple[str, str]]:
    """Verbs with their entity."""
    return frozenset((entity, verb) for verb in verbs)


def cells(values: Mapping[str, Any]) -> dict[str, str]:
    """Values as a command file writes them."""
    return {name: str(int(value)) if isinstance(value, bool) else str(value) for name, value in values.items()}


def former(done: Sequence[Done]) -> dict[int, dict[str, Any]]:
    """The values that things had before, by their ids; of several acts on one, the first tells."""
    found: dict[int, dict[str, Any]] = {}
    for each in done:
        values = found.setdefault(each.moodle_id or 0, {})
        values.update({name: value for name, value in each.before.items() if name not in values})
    return found


# -- the form of an undo file -------------------------------------------------------------------------------------


def undo_schema(schema: Schema) -> Schema:
    """The columns of an undo file: those of its command, of which a row gives only what it brings back."""
    columns = tuple(replace(column, required=False, in_header=False) for column in schema.columns)
    return Schema((Column(UNDOES, required=True), *columns), schema.patterns)


def needed_columns(schema: Schema) -> tuple[str, ...]:
    """The columns that a planner finds in every other file."""
    return tuple(column.name for column in schema.columns if column.required or column.in_header)


def undo_key_of(undo: Undo, header: Sequence[str]) -> Callable[[Sequence[str]], str]:
    """The key of a row: what it is about, and what it goes back on."""
    places = [(name, header.index(name)) for name in (*undo.names, UNDOES) if name in header]
    return lambda values: "\x1f".join(f"{name}={values[at]}" for name, at in places if values[at])
