"""The chain of custody: what happened to which file and run, when, by whom; added to, never changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select

from sync_operators.ledger.tables import events


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened."""

    id: int
    at: datetime
    who: str
    what: str
    file_id: int | None
    run_id: str | None
    detail: Mapping[str, Any] | None


def add(
    tx: Connection,
    what: str,
    *,
    who: str,
    at: datetime,
    file_id: int | None = None,
    run_id: str | None = None,
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Add an event; `what` is a snake_case word such as captured, moved, held, lease_taken_over."""
    told = dict(detail) if detail is not None else None
    tx.execute(insert(events).values(at=at, who=who, what=what, file_id=file_id, run_id=run_id, detail=told))


def add_all(
    tx: Connection, what: str, *, who: str, at: datetime, details: Sequence[tuple[int, Mapping[str, Any] | None]]
) -> None:
    """Add the same event of many files, each by its id with what is to be told of it."""
    rows = [
        {"at": at, "who": who, "what": what, "file_id": file_id, "detail": dict(told) if told is not None else None}
        for file_id, told in details
    ]
    if rows:
        tx.execute(insert(events), rows)


def of_run(tx: Connection, run_id: str) -> list[Event]:
    """Tell what happened to a run, in order."""
    return _found(tx, events.c.run_id == run_id)


def of_file(tx: Connection, file_id: int) -> list[Event]:
    """Tell what happened to a version of a file, in order."""
    return _found(tx, events.c.file_id == file_id)


def of_kind(tx: Connection, what: str) -> list[Event]:
    """Every event of that kind, in order."""
    return _found(tx, events.c.what == what)


def _found(tx: Connection, condition: Any) -> list[Event]:
    return [Event(**row._mapping) for row in tx.execute(select(events).where(condition).order_by(events.c.id))]
