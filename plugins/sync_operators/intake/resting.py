"""When a file without a companion counts as complete: two looks apart that show the same."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sync_operators.intake.drop import DropFolder, Found
from sync_operators.intake.rules import Candidate, needs_looks
from sync_operators.ledger.drop_names import DropName

Sleep = Callable[[float], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Rested:
    """Candidates by their second look."""

    complete: tuple[Candidate, ...]
    changing: tuple[Candidate, ...]


@dataclass(frozen=True, slots=True)
class Looks:
    """Two looks at a drop, so many seconds apart; the first may be one that an earlier capture has `known`.

    The times that the server tells are compared and never reckoned with: they may be coarse, an hour off, set by the
    client to any value, or not told at all.
    """

    drop: DropFolder
    seconds: float
    known: Mapping[bytes, DropName]
    now: datetime
    sleep: Sleep

    async def rested(self, candidates: Sequence[Candidate], *, of: int) -> Rested:
        """Tell files at rest from those still being written; there are `of` so many names in the drop."""
        young = [each.found for each in candidates if needs_looks(each) and not self._is_known(each.found)]
        changing = await self._changing(young, of) if young and self.seconds else frozenset()
        return Rested(
            tuple(each for each in candidates if each.found.raw not in changing),
            tuple(each for each in candidates if each.found.raw in changing),
        )

    def _is_known(self, found: Found) -> bool:
        former = self.known.get(found.raw)
        if former is None or (former.size, former.mtime) != (found.size, found.mtime):
            return False
        return (self.now - former.since).total_seconds() >= self.seconds

    async def _changing(self, young: Sequence[Found], of: int) -> frozenset[bytes]:
        await self.sleep(self.seconds)
        again = await self.drop.looks(young, of=of)
        return frozenset(found.raw for found in young if again.get(found.raw) != found)
