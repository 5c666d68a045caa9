"""Which Moodle a memory belongs to."""

from sqlalchemy import Connection, select

from sync_operators.ledger.tables import sites
from sync_operators.ledger.upsert import insert_or_leave


def site_id(tx: Connection, url: str) -> int:
    """Give the number of the site that calls itself `url` (Moodle's own `siteurl`); made when it is new."""
    wanted = select(sites.c.id).where(sites.c.url == url)
    known = tx.execute(wanted).scalar()
    if known is None:
        insert_or_leave(tx, sites, {"url": url})
        known = tx.execute(wanted).scalar_one()
    return int(known)


def url_of(tx: Connection, number: int) -> str:
    """What the site of that number calls itself."""
    return str(tx.execute(select(sites.c.url).where(sites.c.id == number)).scalar_one())
