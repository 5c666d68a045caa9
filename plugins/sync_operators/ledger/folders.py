"""Folders that people made: they are there even while no file lies in them."""

from datetime import datetime

from sqlalchemy import ColumnElement, Connection, delete, select

from sync_operators.ledger.tables import folders
from sync_operators.ledger.upsert import insert_or_leave


def add(tx: Connection, place: str, at: datetime) -> None:
    """Remember a folder; known already is fine."""
    insert_or_leave(tx, folders, {"place": place, "made": at})


def below(tx: Connection, place: str = "") -> list[str]:
    """The folder itself, where it is remembered, and those inside it; all of them for the root."""
    wanted = select(folders.c.place).order_by(folders.c.place)
    if place:
        wanted = wanted.where(_is_in(place))
    return list(tx.execute(wanted).scalars())


def forget(tx: Connection, place: str) -> None:
    """Forget a folder and those inside it."""
    tx.execute(delete(folders).where(_is_in(place)))


def _is_in(place: str) -> ColumnElement[bool]:
    # "0" is what follows "/".
    return (folders.c.place == place) | ((folders.c.place > f"{place}/") & (folders.c.place < f"{place}0"))
