"""Moves that survive a crash: the ledger says where to before anything is written there.

A move is: intent in the ledger, the file at its new place, then in one transaction the old name taken away and the
new place noted. Whoever finds a move begun sees it through; two who do so at once do not hurt each other.
"""

import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from sync_operators.depot.errors import AlreadyThere, NotThere
from sync_operators.depot.files import BLOCK
from sync_operators.depot.names import TEMPORARY, is_queued, is_reserved, queued
from sync_operators.depot.storage import Depot, folder_of
from sync_operators.depot.versions import AT_REST, all_locked, locked
from sync_operators.ledger import Ledger, events, files
from sync_operators.ledger.files import FileState, FileVersion
from sync_operators.ledger.runs import new_run_id

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Custody:
    """Who moves a file and why, for the chain of custody."""

    who: str
    at: datetime
    what: str = "moved"
    run_id: str | None = None


def move_file(
    ledger: Ledger, depot: Depot, version: FileVersion, to: str, custody: Custody, *, state: FileState | None = None
) -> FileVersion:
    """Put a version at another place, and into another state if one is given; done already is fine.

    Raises AlreadyThere when another file lies at `to`, NotThere when the version's own file is gone.
    """
    current = _announce(ledger, version.id, to)
    put_there(depot, current)
    with ledger.write() as tx:
        arrive(tx, depot, current, custody)
        if state is not None and files.get(tx, version.id).state != state:
            files.set_state(tx, version.id, state, custody.at)
        return files.get(tx, version.id)


def _announce(ledger: Ledger, file_id: int, to: str) -> FileVersion:
    with ledger.write() as tx:
        version = locked(tx, file_id)
        if version.place is None:
            raise NotThere(f"depot: {version.name!r} is gone, and cannot be moved to {to}.")
        if version.place != to:
            files.change(tx, file_id, moving_to=to)
        return files.get(tx, file_id)


def put_there(depot: Depot, version: FileVersion, *, sync: bool = True) -> None:
    """Let the version's file lie at `moving_to`, too; there already is fine, half there is written again.

    Without `sync` the caller makes the folder's names lasting, once for many files.
    """
    to, place = version.moving_to, version.place
    if to is None:
        return
    if place is None:
        raise NotThere(f"depot: nothing is left of {version.name!r}, which was to be put at {to}.")
    if _is_there(depot, to, version, place):
        return
    try:
        depot.duplicate(place, to)
    except (AlreadyThere, NotThere):
        # Somebody else sees the same move through.
        if not _is_there(depot, to, version, place):
            raise
    if sync:
        depot.sync(folder_of(to))


def _is_there(depot: Depot, to: str, version: FileVersion, place: str) -> bool:
    if not depot.exists(to):
        return False
    if depot.sha256(to) == version.sha256:
        return True
    if not _is_half(depot, to, place):
        raise AlreadyThere(f"depot: another file lies at {to} already.")
    depot.remove(to)
    return False


def _is_half(depot: Depot, to: str, place: str) -> bool:
    """Whether what lies at `to` is the beginning of our file, left by a copy that broke off.

    On this machine's own file systems a file has its name whole or not at all, so what lies there is somebody's.
    """
    if (depot.atomic and not is_reserved(to)) or not depot.exists(place) or depot.size(to) >= depot.size(place):
        return False
    with depot.open(to) as half, depot.open(place) as whole:
        while chunk := half.read(BLOCK):
            if whole.read(len(chunk)) != chunk:
                return False
    return True


def arrive_all(
    tx: Connection, depot: Depot, versions: Sequence[FileVersion], *, left_behind: Collection[int]
) -> dict[int, FileVersion]:
    """Like `arrive`, for the versions of a capture; the drop still has those of some ids."""
    current = all_locked(tx, [version.id for version in versions])
    for version in versions:
        now = replace(current[version.id], left_behind=version.id in left_behind)
        if now.moving_to is not None and now.moving_to == version.moving_to:
            if now.place is not None:
                depot.remove(now.place)
            now = replace(now, place=now.moving_to, moving_to=None)
        current[version.id] = now
    files.lay(tx, current.values())
    return current


def arrive(tx: Connection, depot: Depot, version: FileVersion, custody: Custody | None) -> None:
    """Note the new place and take the old name away, unless another has done so.

    The name goes within the transaction: while the ledger says that the version lies there, no other file can.
    """
    current = locked(tx, version.id)
    if current.moving_to is None or current.moving_to != version.moving_to:
        return
    if current.place is not None:
        depot.remove(current.place)
    files.change(tx, version.id, place=current.moving_to, moving_to=None)
    if current.state == FileState.QUEUED and not is_queued(current.moving_to):
        files.set_state(tx, version.id, FileState.WAITING, custody.at if custody else current.state_since)
    if custody is not None:
        _tell(tx, current, custody, {"from": current.place, "to": current.moving_to})


def _tell(tx: Connection, version: FileVersion, custody: Custody, detail: Mapping[str, Any]) -> None:
    log.info("%s: file=%r %s", custody.what, version.name, " ".join(f"{key}={value}" for key, value in detail.items()))
    events.add(
        tx, custody.what, who=custody.who, at=custody.at, file_id=version.id, run_id=custody.run_id, detail=detail
    )


def finish_moves(ledger: Ledger, depot: Depot, custody: Custody) -> list[FileVersion]:
    """See every move through that somebody began and did not end."""
    with ledger.read() as tx:
        begun = files.moving(tx)
    return [_finish(ledger, depot, version, custody) for version in begun]


def _finish(ledger: Ledger, depot: Depot, version: FileVersion, custody: Custody) -> FileVersion:
    try:
        return _see_through(ledger, depot, version, custody)
    except AlreadyThere:
        return turn_aside(ledger, depot, version, custody)
    except NotThere:
        return _lose(ledger, version, custody)


def _see_through(ledger: Ledger, depot: Depot, version: FileVersion, custody: Custody) -> FileVersion:
    put_there(depot, version)
    with ledger.write() as tx:
        arrive(tx, depot, version, custody)
        return files.get(tx, version.id)


def turn_aside(ledger: Ledger, depot: Depot, version: FileVersion, custody: Custody) -> FileVersion:
    """Queue a version whose place somebody took by hand meanwhile; one that is queued already stays there."""
    if not (_is_staged(version) or is_queued(version.place) or version.state in AT_REST):
        raise AlreadyThere(f"depot: another file lies at {version.moving_to} already.")
    with ledger.write() as tx:
        files.change(tx, version.id, moving_to=None)
        files.set_state(tx, version.id, FileState.QUEUED, custody.at)
    if is_queued(version.place) and not _is_staged(version):
        return version
    return move_file(ledger, depot, version, queued(new_run_id(custody.at), version.name), custody)


def _is_staged(version: FileVersion) -> bool:
    return version.place is not None and version.place.rpartition("/")[2].startswith(TEMPORARY)


def _lose(ledger: Ledger, version: FileVersion, custody: Custody) -> FileVersion:
    with ledger.write() as tx:
        current = locked(tx, version.id)
        if (current.place, current.moving_to) == (version.place, version.moving_to):
            lose(tx, current, custody)
        return files.get(tx, version.id)


def lose(tx: Connection, version: FileVersion, custody: Custody) -> None:
    """Note that a version's file is not there any more; what the drop still has of it may be captured again."""
    files.change(tx, version.id, place=None, moving_to=None, left_behind=False)
    files.set_state(tx, version.id, FileState.GONE, custody.at)
    log.warning("gone: file=%r place=%s", version.name, version.place)
    events.add(tx, "gone", who=custody.who, at=custody.at, file_id=version.id, detail={"place": version.place})
