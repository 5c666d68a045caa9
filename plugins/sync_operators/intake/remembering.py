"""What captures remember of names that stay in the drop: since when they look so, and why they were not taken."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sync_operators.intake.checksums import CODE as WRONG
from sync_operators.intake.drop import Found
from sync_operators.intake.report import Taken
from sync_operators.ledger import Ledger, drop_names
from sync_operators.ledger.drop_names import DropName
from sync_operators.ledger.leases import Held


@dataclass(frozen=True, slots=True)
class Memory:
    """The ledger's memory of the drop; it is read and written for a whole capture, not for each name."""

    ledger: Ledger
    lease: Held

    def known(self) -> Mapping[bytes, DropName]:
        """What the captures before left there."""
        with self.ledger.read() as tx:
            return drop_names.known(tx)

    def known_after(self, before: Mapping[bytes, DropName]) -> Mapping[bytes, DropName]:
        """The same after transfers, which leave parts of what breaks off; nothing else there is theirs."""
        with self.ledger.read() as tx:
            return {**before, **drop_names.with_parts(tx)}

    def remember(
        self, items: Iterable[Taken], there: Collection[bytes], at: datetime, *, known: Mapping[bytes, DropName]
    ) -> None:
        """Note what of the items is still there, why, and what else `known` is not any more."""
        stays = [_noted(item, item.found, known, at) for item in items if item.found and item.found.raw in there]
        changed = [name for name in stays if known.get(name.name) != name]
        missed = [name for name in known if name not in there]
        if changed or missed:
            with self.ledger.write() as tx:
                self.lease.check(tx)
                drop_names.remember(tx, changed)
                drop_names.miss(tx, missed, at)


def _noted(item: Taken, found: Found, known: Mapping[bytes, DropName], at: datetime) -> DropName:
    former = known.get(found.raw)
    if former is None or (former.size, former.mtime) != (found.size, found.mtime):
        return DropName(found.raw, found.size, found.mtime, at, item.code, item.reason)
    # How long a checksum has been wrong counts from when it was found so.
    since = at if item.code == WRONG != former.code else former.since
    return DropName(found.raw, found.size, found.mtime, since, item.code, item.reason, former.part)
