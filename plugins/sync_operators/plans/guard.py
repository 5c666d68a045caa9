"""Limits on a plan's counts, looked at before the first write."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sync_operators.settings import Limit, Settings, Verb

FEW_KNOWN = 100
"""Where the ledger knows fewer entities, a share says nothing: whatever passes the floor is held."""

ERRORS: Final = "errors"


@dataclass(frozen=True, slots=True)
class Trip:
    """One limit that a plan goes over."""

    command: str
    verb: str
    count: int
    known: int
    limit: Limit
    by_count: bool

    @property
    def setting(self) -> str:
        """The name of the setting that trips."""
        return f"guards.{self.command}.{self.verb}.{'count' if self.by_count else 'share'}"

    def __str__(self) -> str:
        of = f"{self.known} {'rows' if self.verb == ERRORS else 'known entities'} ({self._share})"
        limit = self.limit.count if self.by_count else f"{self.limit.share:.0%} and {self.limit.floor}"
        return f"{self.command}: {self.count} {self.verb} of {of}, limit {limit} ({self.setting})"

    @property
    def _share(self) -> str:
        if not self.known:
            return "no share can be told"
        # The ledger knows only what files have mentioned.
        return "more than are known" if self.count > self.known else f"{self.count / self.known:.0%}"


def trips(settings: Settings, command: str, counts: Mapping[Verb, int], known: int, read: int) -> tuple[Trip, ...]:
    """The limits a plan goes over.

    `counts`: operations by guarded verb, and rows in error under `errors`; `known`: living entities the ledger knows;
    `read`: rows of the file.
    """
    found = (
        _trip(settings.guard(command, verb), command, verb, n, read if verb == ERRORS else known)
        for verb, n in sorted(counts.items())
    )
    return tuple(trip for trip in found if trip)


def _trip(limit: Limit, command: str, verb: str, count: int, known: int) -> Trip | None:
    if limit.count is not None and count > limit.count:
        return Trip(command, verb, count, known, limit, by_count=True)
    if limit.share is None or count <= limit.floor:
        return None
    unknown = verb != ERRORS and known < FEW_KNOWN
    if unknown or count > limit.share * known:
        return Trip(command, verb, count, known, limit, by_count=False)
    return None
