"""Which picture each account was given last: Moodle tells of one only that it is another than before."""

from collections.abc import Collection, Iterable

from sqlalchemy import Connection, select

from sync_operators.ledger import bulk
from sync_operators.ledger.tables import pictures as table
from sync_operators.ledger.upsert import insert_or_replace


def put(tx: Connection, site_id: int, rows: Iterable[tuple[int, str]]) -> None:
    """Remember pictures that were set: account, checksum of the image."""
    for user_id, sha256 in rows:
        insert_or_replace(tx, table, {"site_id": site_id, "user_id": user_id, "sha256": sha256})


def given(tx: Connection, site_id: int, user_ids: Collection[int]) -> dict[int, str]:
    """Give the checksum of the picture that each of some accounts was given last."""
    found: dict[int, str] = {}
    for chunk in bulk.chunks(user_ids):
        wanted = select(table.c.user_id, table.c.sha256).where(table.c.site_id == site_id)
        found |= {row.user_id: row.sha256 for row in tx.execute(wanted.where(table.c.user_id.in_(chunk)))}
    return found
