"""Where the entities of a site lie: the institution of an account, the category of a course, the course of a group."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, Subquery, Text, cast, func, select

from sync_operators.ledger import bulk
from sync_operators.ledger.settling import REF_KINDS
from sync_operators.ledger.tables import applied_refs, operations, placed, rows
from sync_operators.ledger.values import Ref


@dataclass(frozen=True, slots=True)
class Place:
    """Where an entity lies, and what people call it; both may be empty."""

    within: str = ""
    name: str = ""


def put(tx: Connection, site_id: int, found: Mapping[Ref, Place]) -> None:
    """Remember where entities lie now, and their names where they are told; at most a thousand in one transaction."""
    rows = (
        (site_id, kind, moodle_id, bulk.storable(place.within), bulk.storable(place.name))
        for (kind, moodle_id), place in sorted(found.items())
    )
    bulk.ask_many(
        tx,
        "INSERT INTO placed (site_id, kind, moodle_id, within, name) VALUES (?, ?, ?, ?, ?) "
        "ON CONFLICT (site_id, kind, moodle_id) DO UPDATE SET within = excluded.within, "
        "name = CASE excluded.name WHEN '' THEN placed.name ELSE excluded.name END",
        rows,
    )


def of(tx: Connection, site_id: int, refs: Iterable[Ref]) -> dict[Ref, Place]:
    """Give the places of some entities, of those that are known."""
    found: dict[Ref, Place] = {}
    by_kind: dict[str, list[int]] = {}
    for kind, moodle_id in set(refs):
        by_kind.setdefault(kind, []).append(moodle_id)
    for kind, ids in by_kind.items():
        for chunk in bulk.chunks(ids):
            asked = bulk.among(
                tx, placed, ("moodle_id", "within", "name"), "moodle_id", chunk, site_id=site_id, kind=kind
            )
            found |= {(kind, moodle_id): Place(within, name) for moodle_id, within, name in asked}
    return found


def acts(tx: Connection, run_id: str, verbs: Collection[str], size: int) -> Iterator[list[tuple[str, list[Ref]]]]:
    """Give what the operations of some verbs act on, and what their rows stand on, in chunks.

    Of entities that rows can stand on only themselves: where they lie says where the act does.
    """
    with_rows = operations.join(rows, (rows.c.run_id == operations.c.run_id) & (rows.c.row == operations.c.row))
    columns = (operations.c.seq, operations.c.entity, operations.c.moodle_id, rows.c.refs)
    wanted = select(*columns).select_from(with_rows).order_by(operations.c.seq).limit(size)
    wanted, last = wanted.where(operations.c.run_id == run_id, operations.c.verb.in_(list(verbs))), -1
    while chunk := tx.execute(wanted.where(operations.c.seq > last)).all():
        yield [(entity, _stands(entity, moodle_id, refs)) for _, entity, moodle_id, refs in chunk]
        last = chunk[-1].seq


def _stands(entity: str, moodle_id: int | None, refs: Sequence[Sequence[Any]] | None) -> list[Ref]:
    if entity in REF_KINDS:
        return [(entity, moodle_id)] if moodle_id else []
    return [(str(kind), int(each)) for kind, each in refs or ()]


def known_in(tx: Connection, site_id: int, kind: str, within: Collection[str], *, through: str | None = None) -> int:
    """Count the living entities of a kind that rows stand on and that lie in one of some places.

    `through`: they lie in entities of this kind, which do.
    """
    inside = within if through is None else select(cast(_lying(site_id, through, within).c.moodle_id, Text))
    lying = select(_lying(site_id, kind, inside).c.moodle_id)
    wanted = select(func.count(applied_refs.c.moodle_id.distinct())).where(
        applied_refs.c.site_id == site_id, applied_refs.c.kind == kind, applied_refs.c.moodle_id.in_(lying)
    )
    return int(tx.execute(wanted).scalar_one())


def rows_on(tx: Connection, site_id: int, command: str, ref: Ref) -> int:
    """Count the applied rows of a command that stand on an entity."""
    kind, moodle_id = ref
    wanted = select(func.count()).where(*_rows(site_id, command, kind), applied_refs.c.moodle_id == moodle_id)
    return int(tx.execute(wanted).scalar_one())


def rows_in(tx: Connection, site_id: int, command: str, kind: str, within: Collection[str]) -> int:
    """Count the applied rows of a command that stand on an entity of a kind which lies in one of some places."""
    on_any = applied_refs.c.moodle_id.in_(select(_lying(site_id, kind, within).c.moodle_id))
    wanted = select(func.count(applied_refs.c.key.distinct())).where(*_rows(site_id, command, kind), on_any)
    return int(tx.execute(wanted).scalar_one())


def _rows(site_id: int, command: str, kind: str) -> tuple[Any, ...]:
    return applied_refs.c.site_id == site_id, applied_refs.c.command == command, applied_refs.c.kind == kind


def _lying(site_id: int, kind: str, within: Collection[str] | Select[Any]) -> Subquery:
    lying = (placed.c.site_id == site_id) & (placed.c.kind == kind) & placed.c.within.in_(within)
    return select(placed.c.moodle_id).where(lying).subquery()
