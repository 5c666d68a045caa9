"""Which versions of files the ledger knows to lie where."""

from sqlalchemy import Connection, select

from sync_operators.depot.names import is_reserved
from sync_operators.ledger.files import LIVE, FileState, FileVersion
from sync_operators.ledger.tables import files

AT_REST = (FileState.WAITING, FileState.STORED)
"""States of files that no run has in its hands."""


def in_states(tx: Connection, *states: FileState) -> list[FileVersion]:
    """Versions in one of some states, by arrival."""
    wanted = select(files).where(files.c.state.in_(states)).order_by(files.c.arrival_no)
    return [FileVersion(**row._mapping) for row in tx.execute(wanted)]


def locked(tx: Connection, file_id: int) -> FileVersion:
    """Give a version that nobody else can change until this writing transaction ends."""
    wanted = select(files).where(files.c.id == file_id).with_for_update()
    return FileVersion(**tx.execute(wanted).one()._mapping)


def candidates(tx: Connection) -> list[FileVersion]:
    """Versions somebody may ask to be run by name: those that wait, if only for their bundle, or no setting names."""
    return in_states(tx, *AT_REST, FileState.BUNDLED)


def lying(tx: Connection) -> dict[str, FileVersion]:
    """Versions by the place, outside our own folders, where they lie or are being put."""
    versions = in_states(tx, *LIVE, FileState.STORED)
    by_place = ((place, version) for version in versions for place in (version.moving_to, version.place) if place)
    return {place: version for place, version in by_place if not is_reserved(place)}


def claimed(tx: Connection, place: str) -> FileVersion | None:
    """Give the version that lies at a place or is being put there."""
    wanted = select(files).where((files.c.place == place) | (files.c.moving_to == place))
    return next((FileVersion(**row._mapping) for row in tx.execute(wanted)), None)
