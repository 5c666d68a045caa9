"""What to tell of a drop that is looked at again and again: each complete file once, when it is complete."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from sync_operators.configuration.sections import Drop
from sync_operators.intake.drop import Found
from sync_operators.intake.rules import Candidate, is_missing_companion, needs_looks, sort_listing


@dataclass(slots=True)
class Watch:
    """One look after the other; `remembered` is the `digest` of a former watch, whose files are not told again.

    Files that went between two looks are told, too: another capture has taken them, and runs nothing.
    """

    remembered: str = ""
    _waiting: frozenset[Candidate] = frozenset()
    _told: frozenset[Candidate] | None = None
    _gone: set[Found] = field(default_factory=set)
    _since: dict[Candidate, float] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """Stands for the files that were told and are still there."""
        return self.remembered if self._told is None else _digest(self._told)

    def forget(self) -> None:
        """Tell everything anew: nobody knows what became of it while the drop could not be seen."""
        self.remembered, self._told = "", None

    def look(self, listing: Sequence[Found], rules: Drop, now: float) -> tuple[Found, ...]:
        """What is to be told now, by name; `now` in seconds of any clock that only goes forward.

        Nothing while the drop is locked, by us or by whoever writes there.
        """
        waiting = _waiting(listing, rules)
        told = self._told_of(waiting)
        there = {found.raw for found in listing}
        self._gone |= {each.found for each in self._waiting - told if each.found.raw not in there}
        self._since = {each: self._since.get(each, now) for each in waiting}
        self._waiting, self._told = waiting, told & waiting
        if there & {rules.alock.encode(), rules.lock.encode()}:
            return ()
        return self._tell({each for each in waiting if self._is_complete(each, rules.settle_seconds, now)})

    def _told_of(self, waiting: frozenset[Candidate]) -> frozenset[Candidate]:
        if self._told is not None:
            return self._told
        return waiting if _digest(waiting) == self.remembered else frozenset()

    def _is_complete(self, candidate: Candidate, settle: float, now: float) -> bool:
        return not needs_looks(candidate) or now - self._since[candidate] >= settle

    def _tell(self, complete: set[Candidate]) -> tuple[Found, ...]:
        told = self._told or frozenset()
        fresh = self._gone | {each.found for each in complete - told}
        self._told, self._gone = told | complete, set()
        return tuple(sorted(fresh, key=lambda found: found.raw))


def _waiting(listing: Sequence[Found], rules: Drop) -> frozenset[Candidate]:
    candidates = sort_listing(listing, rules).candidates
    return frozenset(each for each in candidates if not is_missing_companion(each, rules))


def _digest(candidates: Iterable[Candidate]) -> str:
    files = (found for each in candidates for found in (each.found, *each.companions))
    lines = sorted(f"{found.raw.hex()} {found.size} {found.mtime}" for found in files)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
