"""Where the files of a batch shall lie in the depot: each at its own name, or behind what lies there."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Self

from sqlalchemy import Connection

from sync_operators.depot.names import place_of, product, queued, safe_name
from sync_operators.depot.storage import Depot
from sync_operators.depot.versions import claims_among
from sync_operators.intake.deliveries import Piece, Received
from sync_operators.ledger.files import FileState


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a file shall lie, under which name, and what it waits for there."""

    name: str
    place: str
    state: FileState


@dataclass(slots=True)
class Spots:
    """Gives one spot after the other; of two files of one name in a batch the later waits behind the earlier."""

    depot: Depot
    new_id: Callable[[], str]
    _taken: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, tx: Connection, depot: Depot, batch: Sequence[Received], new_id: Callable[[], str]) -> Self:
        """The spots of a batch; what the ledger knows of its names is asked for in one go."""
        names = {
            (received.found.folder, safe_name(piece.name)[0]) for received in batch for piece in received.command_files
        }
        return cls(depot, new_id, claims_among(tx, names))

    def for_piece(self, received: Received, piece: Piece) -> Spot:
        """The spot of a command file."""
        folder, (name, _) = received.found.folder, safe_name(piece.name)
        place = place_of(folder, name)
        if place in self._taken or self.depot.exists(place):
            return Spot(name, queued(self.new_id(), name), FileState.QUEUED)
        self._taken.add(place)
        return Spot(name, place, FileState.BUNDLED if received.is_bundle else FileState.WAITING)


def product_spot(received: Received, stamp: str) -> Spot | None:
    """The spot of a delivery that is kept as it came: a bundle, or what is refused; None for a command file."""
    if received.refused is not None:
        return quarantine_spot(received, stamp)
    return _product(received, stamp, "archives", FileState.DONE) if received.is_bundle else None


def quarantine_spot(received: Received, stamp: str) -> Spot:
    """The spot of what is refused."""
    return _product(received, stamp, "quarantine", FileState.QUARANTINED)


def _product(received: Received, stamp: str, kind: str, state: FileState) -> Spot:
    name, _ = safe_name(received.whole.name)
    return Spot(name, product(kind, stamp, received.found.folder, name), state)
