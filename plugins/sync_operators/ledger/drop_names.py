"""What lies in the drop and why it was not taken: the memory of captures for what is not in the depot yet."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, delete, select, update

from sync_operators.ledger.bulk import chunks
from sync_operators.ledger.tables import drop_names
from sync_operators.ledger.upsert import insert_or_replace


@dataclass(frozen=True, slots=True)
class Part:
    """What a broken transfer left in the depot: so many bytes, with that checksum."""

    place: str
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class DropName:
    """A name in the drop as the last capture saw it; `since` is when it first looked just so.

    `gone` is when it was first missed.
    """

    name: bytes
    size: int
    mtime: int
    since: datetime
    code: str
    reason: str = ""
    part: Part | None = None
    gone: datetime | None = None


_IN_ORDER = [drop_names.c[name] for name in ("name", "size", "mtime", "since", "code", "reason", "gone")]
_IN_ORDER += [drop_names.c[f"part_{what}"] for what in ("place", "bytes", "sha256")]


def known(tx: Connection) -> dict[bytes, DropName]:
    """Everything the last capture left in the drop, by name."""
    return _by_name(tx, drop_names.c.gone.is_(None))


def with_parts(tx: Connection) -> dict[bytes, DropName]:
    """Of that, whatever the depot has a part of."""
    return _by_name(tx, drop_names.c.gone.is_(None) & drop_names.c.part_place.is_not(None))


def of_name(tx: Connection, name: bytes) -> DropName | None:
    """What was last seen under a name and not taken."""
    return _by_name(tx, drop_names.c.name == name).get(name)


def remember(tx: Connection, names: Iterable[DropName]) -> None:
    """Note names, whatever was known of them before."""
    for batch in chunks(_row(name) for name in names):
        tx.execute(
            delete(drop_names).where(drop_names.c.name == bindparam("of")), [{"of": row["name"]} for row in batch]
        )
        tx.execute(drop_names.insert(), batch)


def keep_part(tx: Connection, name: DropName) -> None:
    """Note how far a transfer has come."""
    insert_or_replace(tx, drop_names, _row(name))


def forget(tx: Connection, names: Iterable[bytes]) -> None:
    """Take out names that are in the depot now."""
    for batch in chunks(names):
        tx.execute(delete(drop_names).where(drop_names.c.name == bindparam("of")), [{"of": name} for name in batch])


def miss(tx: Connection, names: Iterable[bytes], at: datetime) -> None:
    """Note names that are no longer in the drop, though nobody here has taken them."""
    gone = update(drop_names).where(drop_names.c.name == bindparam("of")).values(gone=at, part_place=None)
    for batch in chunks(names):
        tx.execute(gone, [{"of": name} for name in batch])


def part_places(tx: Connection) -> set[str]:
    """Where the depot keeps what transfers left."""
    found = select(drop_names.c.part_place).where(drop_names.c.part_place.is_not(None))
    return set(tx.execute(found).scalars())


def _row(name: DropName) -> dict[str, object]:
    part = name.part
    return {
        "name": name.name, "size": name.size, "mtime": name.mtime, "since": name.since, "code": name.code,
        "reason": name.reason, "gone": name.gone, "part_place": part and part.place,
        "part_bytes": part and part.bytes, "part_sha256": part and part.sha256,
    }  # fmt: skip


def _by_name(tx: Connection, condition: ColumnElement[bool]) -> dict[bytes, DropName]:
    # By position: a drop may hold tens of thousands of names, and a capture reads them all.
    return {row[0]: _read(*row) for row in tx.execute(select(*_IN_ORDER).where(condition))}


def _read(*values: Any) -> DropName:
    name, size, mtime, since, code, reason, gone, place, held, sha256 = values
    return DropName(name, size, mtime, since, code, reason, Part(place, held, sha256) if place else None, gone)
