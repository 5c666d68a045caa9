"""Which versions of files the ledger knows to lie where."""

from collections.abc import Collection

from sqlalchemy import Connection, select

from sync_operators.depot.names import is_reserved, place_of
from sync_operators.ledger.bulk import chunks
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


def all_locked(tx: Connection, file_ids: Collection[int]) -> dict[int, FileVersion]:
    """Give versions by their ids, as `locked` does for one."""
    found: dict[int, FileVersion] = {}
    for some in chunks(sorted(file_ids)):
        wanted = select(files).where(files.c.id.in_(some)).order_by(files.c.id).with_for_update()
        found |= {row.id: FileVersion(**row._mapping) for row in tx.execute(wanted)}
    return found


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


def claims_among(tx: Connection, names: Collection[tuple[str, str]]) -> set[str]:
    """Give the places that some version has or waits for, among those of names by folder."""
    places = {place_of(*name) for name in names}
    claims: set[str | None] = set()
    for some in chunks(sorted({name for _, name in names})):
        live = select(files.c.folder, files.c.name).where(files.c.name.in_(some), files.c.state.in_(LIVE))
        claims |= {place_of(*row) for row in tx.execute(live)}
    for some in chunks(sorted(places)):
        lying = select(files.c.place, files.c.moving_to).where(files.c.place.in_(some) | files.c.moving_to.in_(some))
        claims |= {place for row in tx.execute(lying) for place in row}
    return {place for place in claims if place in places}
