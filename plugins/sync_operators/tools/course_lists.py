"""Files without a header that list courses: the first value of a line is the identifier."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sync_operators.codes import Fault
from sync_operators.command_files.columns import BoundSchema, Column, Schema
from sync_operators.command_files.source import Row
from sync_operators.tools.tool import ToolSettings


@dataclass(frozen=True, slots=True)
class ListSchema(Schema):
    """Columns by their place: a line may have fewer values; those beyond are a fault, unless they are empty."""

    def bind(
        self,
        header: Sequence[str],  # noqa: ARG002 - there is none
        *,
        unknown: Literal["refuse", "ignore"] = "refuse",  # noqa: ARG002 - nothing has a name
    ) -> BoundSchema:
        """The same columns for every file."""
        return BoundList(tuple(enumerate(self.columns)))


@dataclass(frozen=True, slots=True)
class BoundList(BoundSchema):
    """The columns of one file without a header."""

    def check(self, record: Row) -> tuple[dict[str, Any], tuple[Fault, ...]]:
        """The value of each column by name, and every fault of the line."""
        if record.fault is not None:
            return {}, (record.fault,)
        width = len(self.places)
        given, beyond = record.values[:width], record.values[width:]
        if any(beyond):
            return {}, (Fault("error_bad_row", {"found": str(len(record.values)), "expected": str(width)}),)
        return self._parsed((*given, *[""] * (width - len(given))))


def list_schema(*others: str) -> Callable[[ToolSettings], Schema]:
    """A schema of the identity of the settings, then optional columns."""

    def schema(settings: ToolSettings) -> Schema:
        return ListSchema((Column(settings.section.identity, required=True), *map(Column, others)))

    return schema


def key_of(bound: BoundSchema, settings: ToolSettings) -> Callable[[Sequence[str]], str]:  # noqa: ARG001
    """The key of a line: the identifier in it."""
    identity = settings.section.identity
    return lambda values: f"{identity}={values[0]}"
