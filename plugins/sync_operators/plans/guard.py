"""Limits on what a plan comes to, looked at before the first write."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import floor
from typing import Final, get_args

from sync_operators.plans.telling import literal
from sync_operators.settings import FileGuard, FileLimit, Limit, Verb

FEW_KNOWN = 100
"""Where the ledger knows fewer entities, a share says nothing: whatever passes the floor is held."""

_ALL: Final = 1 << 53  # what no ledger knows, and a database still takes for a number
ERRORS: Final = "errors"

_SHORT: Final[Mapping[FileGuard, str]] = {
    "all_changed": "all rows changed",
    "identity_changed": "another identity",
    "shrunk": "fewer rows",
    "header": "other columns",
}


@dataclass(frozen=True, slots=True)
class Trip:
    """One limit that a plan goes over: in a few words, in a sentence, and the name of its setting."""

    command: str
    verb: str
    short: str
    told: str
    setting: str

    def __str__(self) -> str:
        return f"{self.command}: {self.told} ({self.setting})"


@dataclass(frozen=True, slots=True)
class Amount:
    """So many acts of a verb in a part of the site, or the whole of it, and what there is: a share is taken of that.

    `where`: ` in category Law`, empty for the whole site; `scope` is its kind, as the settings name it.
    """

    count: int
    known: int
    scope: str = ""
    where: str = ""


def trip(limit: Limit, command: str, verb: Verb, amount: Amount) -> Trip | None:
    """The limit, if that goes over it."""
    if limit.count is not None and amount.count > limit.count:
        return _trip(command, verb, amount, "count", f"{limit.count}")
    if limit.share is None or amount.count <= limit.floor:
        return None
    unknown = verb != ERRORS and amount.known < FEW_KNOWN
    if unknown or amount.count > limit.share * amount.known:
        return _trip(command, verb, amount, "share", f"{limit.share:.0%} and {limit.floor}")
    return None


def enough(limit: Limit, count: int) -> int | None:
    """As many known entities as let so many acts pass; None when it is told of how many there are."""
    if limit.share == 0 or (limit.count is not None and count > limit.count):
        return None
    return 0 if limit.share is None else max(FEW_KNOWN, floor(min(count / limit.share, _ALL)) + 1)


def lowest(limits: Iterable[Limit]) -> int | None:
    """Up to so many acts none of the limits is met; None when there is no limit."""
    bounds = [limit.count for limit in limits if limit.count is not None]
    bounds += [limit.floor for limit in limits if limit.share is not None]
    return min(bounds, default=None)


def _trip(command: str, verb: Verb, amount: Amount, key: str, limit: str) -> Trip:
    what = "rows" if verb == ERRORS else "known entities"
    of = f"{amount.known} {what}{amount.where} ({_share(amount)})"
    scope = f".scopes.{amount.scope}" if amount.scope else ""
    return Trip(
        command,
        verb,
        f"{verb} {amount.count}{amount.where}",
        f"{amount.count} {verb} of {of}, limit {limit}",
        f"guards.{command}.{verb}{scope}.{key}",
    )


def _share(amount: Amount) -> str:
    if not amount.known:
        return "no share can be told"
    # The ledger knows only what files have mentioned.
    return "more than are known" if amount.count > amount.known else f"{amount.count / amount.known:.0%}"


@dataclass(frozen=True, slots=True)
class Shape:
    """What a file came to, as far as files of one name are compared."""

    rows: int
    unchanged: int = 0
    header: frozenset[str] | None = None


def unlike(
    limits: Mapping[FileGuard, FileLimit], command: str, now: Shape, former: tuple[Shape, ...], other_identity: int
) -> tuple[Trip, ...]:
    """In what a file is unlike the last ones of its name (the latest first), as far as limits say so.

    `other_identity`: rows that give another identity to something that is known.
    """
    told = {
        "all_changed": _all_changed(limits["all_changed"], now, former),
        "identity_changed": _of_rows(limits["identity_changed"], other_identity, now.rows, "with another identity"),
        "shrunk": _shrunk(limits["shrunk"], now, former),
        "header": _header(limits["header"], now, former),
    }
    names: tuple[FileGuard, ...] = get_args(FileGuard)
    return tuple(
        Trip(command, name, _SHORT[name], text, f"guards.{command}.{name}.share")
        for name in names
        if (text := told[name])
    )


def _of_rows(limit: FileLimit, count: int, rows: int, words: str) -> str | None:
    if limit.share is None or count <= limit.floor or count <= limit.share * rows:
        return None
    return f"{count} of {rows} rows {words} ({count / rows:.0%}), limit {limit.share:.0%} and {limit.floor}"


def _all_changed(limit: FileLimit, now: Shape, former: tuple[Shape, ...]) -> str | None:
    # A feed that sends nothing but changes is not unlike itself.
    if not any(2 * each.unchanged > each.rows for each in former):
        return None
    return _of_rows(limit, now.rows - now.unchanged, now.rows, "changed")


def _shrunk(limit: FileLimit, now: Shape, former: tuple[Shape, ...]) -> str | None:
    least = min((each.rows for each in former), default=0)
    if limit.share is None or least <= limit.floor or now.rows >= limit.share * least:
        return None
    return (
        f"{now.rows} rows, where the last {len(former)} had {least} at least ({now.rows / least:.0%}), "
        f"limit {limit.share:.0%} and {limit.floor}"
    )


def _header(limit: FileLimit, now: Shape, former: tuple[Shape, ...]) -> str | None:
    last = former[0].header if former else None
    if limit.share is None or not last or not now.header or now.rows <= limit.floor:
        return None
    new, gone = sorted(now.header - last), sorted(last - now.header)
    if len(new) + len(gone) <= limit.share * len(last | now.header):
        return None
    told = [f"{word} {', '.join(map(literal, names))}" for word, names in (("new", new), ("gone", gone)) if names]
    return f"columns {'; '.join(told)}, limit {limit.share:.0%} and {limit.floor}"
