"""Answers to whoever dropped a file: what is still to be written into the drop, and what lies there."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, delete, exists, select, update

from sync_operators.ledger.bulk import chunks
from sync_operators.ledger.files import FileState, FileVersion
from sync_operators.ledger.tables import answers, files, runs
from sync_operators.ledger.upsert import insert_or_leave

_NAMED = answers.c.name == bindparam("of")


@dataclass(frozen=True, slots=True)
class Answer:
    """A file of the drop, by its path there: a copy of what lies at `place` in the depot.

    It is owed `since` then and until it is `written`; `tried` is when the drop refused it last.
    """

    name: str
    place: str
    file_id: int
    run_id: str | None
    since: datetime
    tried: datetime | None = None
    written: datetime | None = None


def owe(tx: Connection, wanted: Iterable[Answer]) -> None:
    """Note what is to be written; what is noted already stays as it is."""
    for answer in wanted:
        insert_or_leave(tx, answers, asdict(answer))


def owed(tx: Connection, limit: int) -> list[Answer]:
    """What is still to be written: what was never tried first, then what was refused the longest time ago."""
    order = (answers.c.tried.is_not(None), answers.c.tried, answers.c.since, answers.c.name)
    return _found(tx, answers.c.written.is_(None), *order, limit=limit)


def before(tx: Connection, at: datetime) -> list[Answer]:
    """What was written, or is owed in vain, since before that time; the oldest first."""
    over = (answers.c.written < at) | (answers.c.written.is_(None) & (answers.c.since < at))
    return _found(tx, over, answers.c.since, answers.c.name)


def unanswered(tx: Connection, since: datetime) -> list[FileVersion]:
    """Files of the drop that went to quarantine without a run since then, and of which nothing was ever said."""
    wanted = (
        (files.c.state == FileState.QUARANTINED)
        & (files.c.origin == "drop")
        & (files.c.state_since >= since)
        & files.c.place.is_not(None)
        & ~exists().where(runs.c.file_id == files.c.id)
        & ~exists().where(answers.c.file_id == files.c.id)
    )
    return [FileVersion(**row._mapping) for row in tx.execute(select(files).where(wanted).order_by(files.c.id))]


def note_written(tx: Connection, names: Iterable[str], at: datetime) -> None:
    """Note that they lie in the drop now."""
    _each(tx, update(answers).where(_NAMED).values(written=at), names)


def note_tried(tx: Connection, names: Iterable[str], at: datetime) -> None:
    """Note that the drop could not be written."""
    _each(tx, update(answers).where(_NAMED).values(tried=at), names)


def forget(tx: Connection, names: Iterable[str]) -> None:
    """Take out what is no longer in the drop, or will never be."""
    _each(tx, delete(answers).where(_NAMED), names)


def _each(tx: Connection, statement: Any, names: Iterable[str]) -> None:
    for chunk in chunks(names):
        tx.execute(statement, [{"of": name} for name in chunk])


def _found(tx: Connection, condition: ColumnElement[bool], *order: Any, limit: int | None = None) -> list[Answer]:
    wanted = select(answers).where(condition).order_by(*order).limit(limit)
    return [Answer(**row._mapping) for row in tx.execute(wanted)]
