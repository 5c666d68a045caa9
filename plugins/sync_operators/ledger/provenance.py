"""Who changed this? From a thing in Moodle back to file, line, run and time, with the values before and after."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Text, cast, func, literal, or_, select

from sync_operators.ledger import done
from sync_operators.ledger.tables import files, operations, rows, runs
from sync_operators.ledger.values import READ_COLUMNS, Operation, operation

_COLUMNS = tuple(operations.c[name] for name in READ_COLUMNS)
_BESIDE = (
    rows.c.line,
    runs.c.id,
    runs.c.command,
    runs.c.started_by,
    runs.c.decided_by,
    runs.c.decided_at,
    runs.c.reason,
    files.c.name,
    files.c.sha256,
    files.c.place,
)


@dataclass(frozen=True, slots=True)
class Change:
    """One change of one thing, and where it came from.

    `at` is when Moodle's answer came; `line` stands in the file (None for what stands in none), `place` is where the
    file lies now; `approved_by` only where a person was asked.
    """

    at: datetime
    verb: str
    code: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    before_unknown: tuple[str, ...]
    run_id: str
    command: str
    file: str | None
    sha256: str | None
    place: str | None
    line: int | None
    started_by: str | None
    approved_by: str | None
    approved_at: datetime | None
    reason: str | None


def changes(
    tx: Connection, site_id: int, entity: str, *, ids: Mapping[str, int] | None = None, name: str | None = None
) -> Iterator[Change]:
    """Tell what was done to a thing, the last first; whatever did not end well was not done.

    `entity` is user, course, category, cohort, group, grouping, enrolment, cohort_member, member or picture. A thing
    is named by its Moodle ids, {"id": 42}, an enrolment or membership by those of its ends, {"courseid": 7, "userid":
    42}; or by `name`, an identifier as the file wrote it (the user name, idnumber, short name …).
    """
    wanted = (
        select(*_COLUMNS, *_BESIDE)
        .join_from(operations, runs, runs.c.id == operations.c.run_id)
        .join(rows, (rows.c.run_id == operations.c.run_id) & (rows.c.row == operations.c.row))
        .outerjoin(files, files.c.id == runs.c.file_id)
        .where(operations.c.entity == entity, runs.c.site_id == site_id, done.WELL)
        .where(_is_named(name) if name is not None else _has_ids(ids or {}))
        .order_by(operations.c.done_at.desc(), operations.c.seq.desc())
    )
    for found in tx.execute(wanted):
        act, run_id = operation(found[: len(_COLUMNS)]), found[len(_COLUMNS) + 1]
        (act,) = done.with_ids(tx, run_id, [act])
        if name is not None or _is_about(act, ids or {}):
            yield _change(act, found[len(_COLUMNS) :])


def _is_named(name: str) -> ColumnElement[bool]:
    """Whether one of the identifiers of the key is this, whatever column it stands in."""
    every = literal("\x1f") + operations.c.key + literal("\x1f")
    return func.replace(every, f"={name}\x1f", "") != every


def _has_ids(ids: Mapping[str, int]) -> ColumnElement[bool]:
    """Whether it may be about these ids: the number that Moodle gave, or one in its fields."""
    numbers = list(ids.values())
    fields = (cast(operations.c[column], Text) for column in ("before", "after"))
    texts = [text.contains(f'"{name}":{number}', autoescape=True) for text in fields for name, number in ids.items()]
    return or_(operations.c.moodle_id.in_(numbers), operations.c.made_id.in_(numbers), *texts)


def _is_about(act: Operation, ids: Mapping[str, int]) -> bool:
    fields = {"id": act.moodle_id, **act.before, **act.after}
    return all(fields.get(name) == number for name, number in ids.items())


def _change(act: Operation, beside: Sequence[Any]) -> Change:
    line, run_id, command, started_by, decided_by, decided_at, reason, name, sha256, place = beside
    assert act.done_at is not None and act.code is not None  # noqa: S101, PT018 - only what is done is asked for
    return Change(
        at=act.done_at,
        verb=act.verb,
        code=act.code,
        before=act.before,
        after=act.after,
        before_unknown=act.before_unknown,
        run_id=run_id,
        command=command,
        file=name,
        sha256=sha256,
        place=place,
        line=line,
        started_by=started_by,
        approved_by=decided_by,
        approved_at=decided_at,
        reason=reason,
    )
