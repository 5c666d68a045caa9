"""Versions of command files: where each lies now, and what became of it. Their content never changes."""

import builtins
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, func, insert, select, text, update

from sync_operators.ledger.tables import files

# Guards the counter of arrivals on PostgreSQL; "file" in ASCII. SQLite has one writer anyway.
_ARRIVALS = 0x66696C65


class FileState(StrEnum):
    """What a version waits for, or what became of it."""

    WAITING = "waiting"
    QUEUED = "queued"  # behind another version of its name
    BUNDLED = "bundled"  # until the DAG that runs bundles has begun
    RUNNING = "running"
    HELD = "held"
    DONE = "done"
    QUARANTINED = "quarantined"
    STORED = "stored"  # nothing will run it
    GONE = "gone"


LIVE = (FileState.WAITING, FileState.QUEUED, FileState.BUNDLED, FileState.RUNNING, FileState.HELD)


@dataclass(frozen=True, slots=True)
class FileVersion:
    """One version of a file; `place` is where it lies, `moving_to` where it is being put."""

    id: int
    folder: str
    name: str
    place: str | None
    moving_to: str | None
    sha256: str
    bytes: int
    origin: str
    origin_name: builtins.bytes
    remote_size: int | None
    remote_mtime: int | None
    left_behind: bool
    arrived: datetime
    arrival_no: int
    state: str
    state_since: datetime
    dialect: Mapping[str, Any] | None
    bundle_id: int | None = None
    read_as: Mapping[str, str] | None = None


_COLUMNS = tuple(field.name for field in fields(FileVersion) if field.name != "id")


def next_arrival(tx: Connection) -> int:
    """Give the number the next version will get; a capture counts on from it in name order, whichever ends first."""
    if tx.dialect.name == "postgresql":
        tx.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _ARRIVALS})
    return int(tx.execute(select(func.coalesce(func.max(files.c.arrival_no), 0) + 1)).scalar_one())


def add(
    tx: Connection,
    *,
    folder: str,
    name: str,
    place: str | None,
    sha256: str,
    size: int,
    origin: str,
    at: datetime,
    state: str,
    origin_name: bytes = b"",
    remote_size: int | None = None,
    remote_mtime: int | None = None,
    moving_to: str | None = None,
    left_behind: bool = False,
    arrival_no: int | None = None,
    bundle_id: int | None = None,
) -> FileVersion:
    """Remember a new version; the latest arrival, unless a number was set aside for it."""
    values = {
        "folder": folder,
        "name": name,
        "place": place,
        "moving_to": moving_to,
        "sha256": sha256,
        "bytes": size,
        "origin": origin,
        "origin_name": origin_name,
        "remote_size": remote_size,
        "remote_mtime": remote_mtime,
        "left_behind": left_behind,
        "arrived": at,
        "arrival_no": arrival_no or next_arrival(tx),
        "state": state,
        "state_since": at,
        "bundle_id": bundle_id,
    }
    made = tx.execute(insert(files).values(values).returning(files.c.id)).scalar_one()
    return get(tx, made)


def add_all(tx: Connection, versions: Sequence[FileVersion]) -> list[FileVersion]:
    """Remember new versions, whatever ids they were given; as they are with the ids they have now."""
    if not versions:
        return []
    values = [{name: getattr(version, name) for name in _COLUMNS} for version in versions]
    made = tx.execute(insert(files).returning(files.c.id, sort_by_parameter_order=True), values).scalars()
    return [replace(version, id=made_id) for version, made_id in zip(versions, made, strict=True)]


def get(tx: Connection, file_id: int) -> FileVersion:
    """Give a version by its id; KeyError when there is none."""
    found = _found(tx, files.c.id == file_id)
    if not found:
        raise KeyError(file_id)
    return found[0]


def at_place(tx: Connection, place: str) -> FileVersion | None:
    """Give the version that lies at a place of the depot."""
    return next(iter(_found(tx, files.c.place == place)), None)


def waiting(tx: Connection) -> list[FileVersion]:
    """Versions that wait for a run, by name, then arrival."""
    return sorted(_found(tx, files.c.state == FileState.WAITING), key=lambda file: (file.name, file.arrival_no))


def live(tx: Connection) -> list[FileVersion]:
    """Versions that may be run (waiting, queued, running, held), by name, then arrival."""
    ready = [state for state in LIVE if state != FileState.BUNDLED]
    return sorted(_found(tx, files.c.state.in_(ready)), key=lambda file: (file.name, file.arrival_no))


def bundled(tx: Connection) -> list[FileVersion]:
    """Versions that came in a bundle whose run has not begun yet."""
    return _found(tx, files.c.state == FileState.BUNDLED)


def of_name(tx: Connection, folder: str, name: str) -> list[FileVersion]:
    """Live versions of one name, the oldest first."""
    return _found(tx, (files.c.folder == folder) & (files.c.name == name) & files.c.state.in_(LIVE))


def left_behind(tx: Connection) -> list[FileVersion]:
    """Versions that were captured, but not yet deleted in the drop."""
    return _found(tx, files.c.left_behind)


def moving(tx: Connection) -> list[FileVersion]:
    """Versions whose move was announced, but not yet seen through."""
    return _found(tx, files.c.moving_to.is_not(None))


def change(tx: Connection, file_id: int, **columns: Any) -> None:
    """Set columns of a version; KeyError when there is none."""
    if tx.execute(update(files).where(files.c.id == file_id).values(columns)).rowcount != 1:
        raise KeyError(file_id)


def lay(tx: Connection, versions: Iterable[FileVersion]) -> None:
    """Note where many versions lie, where they are being put, and whether the drop still has them."""
    values = [{"of": each.id, "at": each.place, "to": each.moving_to, "still": each.left_behind} for each in versions]
    columns: dict[str, Any] = {
        "place": bindparam("at"),
        "moving_to": bindparam("to"),
        "left_behind": bindparam("still"),
    }
    if values:
        tx.execute(update(files).where(files.c.id == bindparam("of")).values(columns), values)


def set_state(tx: Connection, file_id: int, state: str, at: datetime) -> None:
    """Say what became of a version, and when."""
    change(tx, file_id, state=state, state_since=at)


def _found(tx: Connection, condition: ColumnElement[bool]) -> list[FileVersion]:
    ordered = select(files).where(condition).order_by(files.c.arrival_no, files.c.id)
    return [FileVersion(**row._mapping) for row in tx.execute(ordered)]
