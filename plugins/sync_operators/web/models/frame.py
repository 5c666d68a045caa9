"""What stands around every page: which Moodle runs write to, and how many plans wait for a person."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from sync_operators.ledger.runs import waiting_for_answer
from sync_operators.ledger.tables import runs, sites

if TYPE_CHECKING:
    from sync_operators.hooks.workplace import Store


@dataclass(frozen=True, slots=True)
class Frame:
    """`site_url` is empty until a first run has told it."""

    site_name: str = ""
    site_url: str = ""
    held: int = 0


def frame(store: "Store") -> Frame:
    """The frame of a page: two short questions to the ledger."""
    newest = select(runs.c.site_id).order_by(runs.c.id.desc()).limit(1).scalar_subquery()
    with store.ledger.read() as tx:
        url = tx.execute(select(sites.c.url).where(sites.c.id == newest)).scalar()
        held = waiting_for_answer(tx)
    return Frame(store.settings.site.name, url or "", len(held))
