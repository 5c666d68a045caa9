"""Memberships in groups that are ours: Moodle keeps no mark of who added whom."""

from collections.abc import Collection, Iterable, Sequence
from typing import Final

from sqlalchemy import Connection, delete, select

from sync_operators.ledger import bulk
from sync_operators.ledger.tables import members_added as table
from sync_operators.ledger.upsert import insert_or_replace
from sync_operators.ledger.values import Ref

_COLUMNS: Final = {"course": table.c.course_id, "group": table.c.group_id, "user": table.c.user_id}


def add(tx: Connection, site_id: int, run_id: str, rows: Iterable[tuple[int, int, int]]) -> None:
    """Remember memberships that a run has added: course, group, account."""
    for course_id, group_id, user_id in rows:
        key = {"site_id": site_id, "course_id": course_id, "group_id": group_id, "user_id": user_id}
        insert_or_replace(tx, table, key | {"run_id": run_id})


def added(tx: Connection, site_id: int, course_ids: Collection[int]) -> set[tuple[int, int]]:
    """Give group and account of the memberships that were added in some courses."""
    found: set[tuple[int, int]] = set()
    for chunk in bulk.chunks(course_ids):
        wanted = select(table.c.group_id, table.c.user_id).where(table.c.site_id == site_id)
        found |= {(row.group_id, row.user_id) for row in tx.execute(wanted.where(table.c.course_id.in_(chunk)))}
    return found


def drop(tx: Connection, site_id: int, refs: Sequence[Ref]) -> None:
    """Forget the memberships that went with all of some entities: a group; an account in a course.

    An account alone takes none with it: it may only have been suspended, and the number of a deleted one never comes
    again.
    """
    kinds = {kind for kind, _ in refs}
    if kinds <= _COLUMNS.keys() and kinds & {"course", "group"}:
        matches = [_COLUMNS[kind] == moodle_id for kind, moodle_id in refs]
        tx.execute(delete(table).where(table.c.site_id == site_id, *matches))
