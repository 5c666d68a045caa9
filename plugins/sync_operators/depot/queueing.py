"""Versions that wait behind another of their name, and their promotion."""

from sync_operators.depot.errors import AlreadyThere
from sync_operators.depot.moving import Custody, move_file, turn_aside
from sync_operators.depot.names import place_of
from sync_operators.depot.storage import Depot
from sync_operators.depot.versions import in_states
from sync_operators.ledger import Ledger, files
from sync_operators.ledger.files import FileState, FileVersion


def promote(ledger: Ledger, depot: Depot, folder: str, name: str, custody: Custody) -> FileVersion | None:
    """Put the oldest queued version of a name at its place, if nothing else is there or has a claim on it."""
    place = place_of(folder, name)
    if depot.exists(place):
        return None
    version = _claim(ledger, folder, name, place)
    if version is None:
        return None
    try:
        return move_file(ledger, depot, version, place, custody)
    except AlreadyThere:
        turn_aside(ledger, depot, version, custody)
        return None


def _claim(ledger: Ledger, folder: str, name: str, place: str) -> FileVersion | None:
    with ledger.write() as tx:
        live = files.of_name(tx, folder, name)
        if files.at_place(tx, place) is not None or any(version.state != FileState.QUEUED for version in live):
            return None
        oldest = next((version for version in live if version.place is not None), None)
        if oldest is not None:
            files.change(tx, oldest.id, moving_to=place)
            return files.get(tx, oldest.id)
        return None


def promote_all(ledger: Ledger, depot: Depot, custody: Custody) -> list[FileVersion]:
    """Promote for every name whose place has become free."""
    with ledger.read() as tx:
        names = {(version.folder, version.name): None for version in in_states(tx, FileState.QUEUED)}
    promoted = [promote(ledger, depot, folder, name, custody) for folder, name in names]
    return [version for version in promoted if version is not None]
