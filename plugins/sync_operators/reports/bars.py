"""The outcome bar: rows by what happened to them, as segments whose figures all stand in the legend."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sync_operators.codes import Kind, code
from sync_operators.reports.facts import UNCHANGED

_NARROWEST = 0.9  # per cent: one failed row in a million can still be seen
SEGMENTS = ("create", "update", "suspend", "delete", "planned", "skip", "error", "unchanged")
_BY_CODE = {
    "created": "create",
    "deleted": "delete",
    "suspended": "suspend",
    "planned": "planned",
    UNCHANGED: "unchanged",
}
_BY_KIND = {Kind.ERROR: "error", Kind.SKIP: "skip"}


@dataclass(frozen=True, slots=True)
class Segment:
    """One colour of a bar; `start` and `width` in per cent of it."""

    name: str
    count: int
    start: float
    width: float


def bar(counts: Mapping[str, int], *, without: Iterable[str] = ()) -> tuple[Segment, ...]:
    """The segments of some rows, counted by code."""
    totals = dict.fromkeys(SEGMENTS, 0)
    for name, count in counts.items():
        totals[_segment(name)] += count
    return placed({name: count for name, count in totals.items() if count and name not in without})


def _segment(name: str) -> str:
    return _BY_KIND.get(code(name).kind) or _BY_CODE.get(name, "update")


def placed(totals: Mapping[str, int]) -> tuple[Segment, ...]:
    """The segments of some totals by name, in their order; none of them is 0."""
    widths = _widths(list(totals.values()))
    starts = [sum(widths[:index]) for index in range(len(widths))]
    return tuple(
        Segment(name, count, *where) for (name, count), *where in zip(totals.items(), starts, widths, strict=True)
    )


def _widths(counts: list[int]) -> list[float]:
    """Widths that sum to 100: the narrow ones made visible, at the cost of the wide ones in proportion."""
    whole = sum(counts)
    narrow = [count * 100 / whole < _NARROWEST for count in counts]
    left = 100 - sum(narrow) * _NARROWEST
    wide = sum(count for count, is_narrow in zip(counts, narrow, strict=True) if not is_narrow)
    return [_NARROWEST if is_narrow else count / wide * left for count, is_narrow in zip(counts, narrow, strict=True)]
