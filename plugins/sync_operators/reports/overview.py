"""What a whole DAG run came to, as a table for a log or a screen: a line for each command that had a file."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from sync_operators.codes import Kind, code
from sync_operators.reports.facts import UNCHANGED

PLANNED, CHANGED, SKIPPED, ERRORS = "planned", "changed", "skipped", "in error"
AMOUNTS: Final = (PLANNED, CHANGED, UNCHANGED, SKIPPED, ERRORS)
_BY_KIND: Final = {Kind.OK: CHANGED, Kind.WARN: CHANGED, Kind.SKIP: SKIPPED, Kind.ERROR: ERRORS}


def overview(runs: Sequence[Mapping[str, Any]]) -> list[str]:
    """The lines of the table, its header first, and a sentence on the whole; `runs` as the ERP gets them."""
    if not runs:
        return ["No command had a file."]
    amounts = [rows_by_end(run["counts"]) for run in runs]
    shown = [name for name in AMOUNTS if name != PLANNED or any(each[PLANNED] for each in amounts)]
    lines = [_line(run, each, shown) for run, each in zip(runs, amounts, strict=True)]
    return [*_aligned([("command", "file", "rows", *shown, "state"), *lines]), in_words(amounts)]


def _line(run: Mapping[str, Any], amounts: Mapping[str, int], shown: Iterable[str]) -> tuple[str, ...]:
    numbers = (sum(amounts.values()), *(amounts[name] for name in shown))
    state = f"{run['state']} ({run['code']})" if run["code"] else run["state"]
    return (run["command"], run["file"] or "–", *map(str, numbers), state)


def rows_by_end(counts: Mapping[str, int]) -> dict[str, int]:
    """Rows by what happened to them, from their counts by code."""
    found = dict.fromkeys(AMOUNTS, 0)
    for name, count in counts.items():
        found[name if name in found else _BY_KIND[code(name).kind]] += count
    return found


def in_words(amounts: Sequence[Mapping[str, int]]) -> str:
    """What all commands together came to; that nothing was changed is said first."""
    whole = {name: sum(each[name] for each in amounts) for name in AMOUNTS}
    told = ", ".join(f"{count} {name}" for name, count in whole.items() if count)
    nothing = "" if whole[CHANGED] else "Nothing was changed in Moodle. "
    return f"{nothing}Rows: {told or 'none'}."


def _aligned(table: Sequence[Sequence[str]]) -> list[str]:
    """Words to the left, numbers to the right."""
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    sides = ["<", "<", *[">"] * (len(widths) - 3), "<"]
    form = "  ".join(f"{{:{side}{width}}}" for side, width in zip(sides, widths, strict=True))
    return [form.format(*line).rstrip() for line in table]
