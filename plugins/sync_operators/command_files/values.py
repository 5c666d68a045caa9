"""Parsers of cells: text → value, or `Invalid` with what would have been right.

They are given trimmed, non-empty text: an empty cell is "" whatever its column (see `columns`).
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, tzinfo
from typing import Final

_WORDS: Final = {
    **dict.fromkeys(("1", "yes", "true", "oui", "vrai"), True),
    **dict.fromkeys(("0", "no", "false", "non", "faux"), False),
}
_DIGITS: Final = re.compile(r"[0-9]{1,18}", re.ASCII)
_INTEGER: Final = re.compile(r"[+-]?[0-9]{1,18}", re.ASCII)
_MOMENT: Final = re.compile(r"[0-9]{4}-?[0-9]{2}-?[0-9]{2}([T ][0-9:.,]+ ?(Z|[+-][0-9:]+)?)?", re.ASCII)
TIMES: Final = "2026-11-22, 2026-11-22 08:00, 2026-11-22T08:00:00Z, 1795334400"


class Invalid(ValueError):
    """A cell that its parser does not take; `args_of_fault` go into the message (`reason`, `allowed`)."""

    def __init__(self, *, reason: str = "", allowed: str = "") -> None:
        super().__init__(reason or allowed)
        self.args_of_fault: Mapping[str, str] = {
            name: text for name, text in (("reason", reason), ("allowed", allowed)) if text
        }


def text(cell: str) -> str:
    """The cell as it is."""
    return cell


def yes_or_no(cell: str) -> bool:
    """`1 yes true oui vrai` or `0 no false non faux` in any letter case; empty is no."""
    if not cell:
        return False
    try:
        return _WORDS[cell.casefold()]
    except KeyError:
        raise Invalid(allowed=", ".join(_WORDS)) from None


def integer(low: int = 0, high: int | None = None) -> Callable[[str], int]:
    """A whole number from `low` to `high`."""
    allowed = f"≥ {low}" if high is None else f"{low} … {high}"

    def parse(cell: str) -> int:
        if not _INTEGER.fullmatch(cell):
            raise Invalid(reason="not_a_number", allowed=allowed)
        number = int(cell)
        if number < low or (high is not None and number > high):
            raise Invalid(allowed=allowed)
        return number

    return parse


def choice(*allowed: str, clean: Callable[[str], str] = str.casefold) -> Callable[[str], str]:
    """One of some words, in any letter case; the word as it is declared."""
    words = {clean(word): word for word in allowed}

    def parse(cell: str) -> str:
        try:
            return words[clean(cell)]
        except KeyError:
            raise Invalid(allowed=", ".join(allowed)) from None

    return parse


def times(timezone: tzinfo) -> Callable[[str], int]:
    """A moment as Unix seconds: ISO 8601, `YYYY-MM-DD hh:mm[:ss]`, or Unix seconds; without a zone it is local there.

    Digits alone are Unix seconds, eight of them too.
    """

    def parse(cell: str) -> int:
        if _DIGITS.fullmatch(cell):
            return int(cell)
        return int(_moment(cell, timezone).timestamp())

    return parse


def _moment(cell: str, timezone: tzinfo) -> datetime:
    try:
        if not _MOMENT.fullmatch(cell.upper()):
            raise Invalid(allowed=TIMES)
        moment = datetime.fromisoformat(cell.upper().replace(",", "."))
        moment = moment if moment.tzinfo else moment.replace(tzinfo=timezone)
        return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise Invalid(allowed=TIMES) from None
