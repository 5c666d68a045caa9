"""Who changed this: the changes of a thing in Moodle, or those that a line of a file made."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from heapq import merge
from itertools import groupby, islice
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Text, cast, exists, func, or_, select

from sync_operators.ledger import done, provenance
from sync_operators.ledger import runs as ledger_runs
from sync_operators.ledger.column_types import to_json
from sync_operators.ledger.provenance import Change
from sync_operators.ledger.runs import Run
from sync_operators.ledger.tables import files, operations, rows, runs, sites
from sync_operators.ledger.values import Operation
from sync_operators.web.language import N_

if TYPE_CHECKING:
    from sync_operators.hooks.workplace import Store

ENTITIES = {
    "user": N_("Account"),
    "enrolment": N_("Enrolment"),
    "course": N_("Course"),
    "category": N_("Category"),
    "cohort": N_("Cohort"),
    "cohort_member": N_("Member of a cohort"),
    "group": N_("Group"),
    "grouping": N_("Grouping"),
    "member": N_("Member of a group"),
    "picture": N_("Picture"),
}
"""What a change is about, and how people call it."""
_ENDS = {
    "picture": {"user": "id"},
    "enrolment": {"user": "userid", "course": "courseid"},
    "cohort_member": {"user": "userid", "cohort": "cohortid"},
    "member": {"user": "userid", "group": "groupid"},
}
"""What stands at the ends of an enrolment or membership, and the field of its number; all others are themselves."""
_NAMED_BY = {"user": ("username", "idnumber", "email"), "course": ("shortname", "idnumber")}
_NAMESAKES = 20
MOST = 200
"""Changes on a page; the newest."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A search: a thing (any entity where none is given) by name or Moodle id, or a line of a file."""

    entity: str = ""
    name: str = ""
    file: str = ""
    line: int | None = None

    @property
    def is_empty(self) -> bool:
        """Whether nothing is asked."""
        return not self.name and not self.file


@dataclass(frozen=True, slots=True)
class Told:
    """One change, and of what kind of thing."""

    entity: str
    change: Change

    @property
    def fields(self) -> list[tuple[str, str | None, str | None]]:
        """Each field with its value before and after; None where there was, or is, none."""
        before, after = self.change.before, self.change.after
        return [(name, _text(before.get(name)), _text(after.get(name))) for name in {**before, **after}]


@dataclass(frozen=True, slots=True)
class Found:
    """What a search gave, the newest first; `more` when there is older that is not shown."""

    changes: tuple[Told, ...]
    more: bool


def find(store: "Store", asked: Asked, commands: frozenset[str]) -> Found:
    """The changes that are asked for, of these commands only."""
    if asked.is_empty:
        return Found((), more=False)
    with store.ledger.read() as tx:
        told = _of_line(tx, asked) if asked.file else _of_thing(tx, asked)
        seen = list(islice((each for each in told if each.change.command in commands), MOST + 1))
    return Found(tuple(seen[:MOST]), more=len(seen) > MOST)


def _of_thing(tx: Connection, asked: Asked) -> Iterator[Told]:
    wanted = [asked.entity] if asked.entity in ENTITIES else list(ENTITIES)
    sites_known = tx.execute(select(sites.c.id)).scalars().all()
    told = [each for site in sites_known for each in _ways(tx, site, wanted, asked.name)]
    return _each_once(merge(*told, key=lambda each: each.change.at, reverse=True))


def _ways(tx: Connection, site_id: int, entities: Sequence[str], name: str) -> Iterator[Iterator[Told]]:
    """The changes that a file named so, and those of what some run, at whatever time, gave or took that name."""
    ends = {entity: _ENDS.get(entity, {entity: "id"}) for entity in entities}
    kinds = {kind for each in ends.values() for kind in each}
    numbers = {kind: _numbers(tx, site_id, kind, name) for kind in kinds}
    for entity, fields in ends.items():
        yield _as_told(entity, provenance.changes(tx, site_id, entity, name=name))
        for kind, field in fields.items():
            for number in numbers[kind]:
                yield _as_told(entity, provenance.changes(tx, site_id, entity, ids={field: number}))


def _as_told(entity: str, changes: Iterator[Change]) -> Iterator[Told]:
    return (Told(entity, change) for change in changes)


def _numbers(tx: Connection, site_id: int, entity: str, name: str) -> set[int]:
    """The numbers in Moodle of what has, or had, that name in one of its fields, as far as runs wrote it."""
    number = func.coalesce(operations.c.moodle_id, operations.c.made_id)
    written = [f"{to_json(field)}:{to_json(name)}" for field in _NAMED_BY.get(entity, ("name", "idnumber"))]
    fields = [cast(operations.c[column], Text) for column in ("before", "after")]
    wanted = (
        select(number)
        .join_from(operations, runs, runs.c.id == operations.c.run_id)
        .where(operations.c.entity == entity, runs.c.site_id == site_id, number.is_not(None), done.WELL)
        .where(or_(*(text.icontains(part, autoescape=True) for text in fields for part in written)))
        .distinct()
        .limit(_NAMESAKES)
    )
    return set(tx.execute(wanted).scalars())


def _each_once(told: Iterator[Told]) -> Iterator[Told]:
    seen: set[tuple[object, ...]] = set()
    for each in told:
        one = each.change
        mark = (each.entity, one.run_id, one.at, one.verb, one.line, to_json(one.before), to_json(one.after))
        if mark not in seen:
            seen.add(mark)
            yield each


def _text(value: object) -> str | None:
    return value if value is None or isinstance(value, str) else to_json(value)


def _of_line(tx: Connection, asked: Asked) -> Iterator[Told]:
    """What a file of that name (or of a run's id) has done, by one of its lines or as a whole; the last run first."""
    did = exists().where(operations.c.run_id == rows.c.run_id, operations.c.row == rows.c.row, done.WELL)
    wanted = (
        select(rows.c.run_id, rows.c.row, rows.c.line, files.c.sha256, files.c.place, files.c.name)
        .join_from(rows, runs, runs.c.id == rows.c.run_id)
        .join(files, files.c.id == runs.c.file_id)
        .where(or_(files.c.name == asked.file, runs.c.id == asked.file), did)
        .order_by(runs.c.id.desc(), rows.c.row)
        .limit(MOST + 1)
    )
    if asked.line is not None:
        until = func.coalesce(rows.c.last_line, rows.c.line)
        wanted = wanted.where(rows.c.line <= asked.line, until >= asked.line)
    for run_id, group in groupby(tx.execute(wanted).all(), key=lambda each: each.run_id):
        run, found = ledger_runs.get(tx, run_id), {each.row: each for each in group}
        for act in done.of_rows(tx, run_id, found):
            row = found[act.row]
            yield Told(act.entity, _change(act, run, row.line, (row.name, row.sha256, row.place)))


def _change(act: Operation, run: Run, line: int | None, file: tuple[str, str, str | None]) -> Change:
    name, sha256, place = file
    return Change(
        at=act.done_at or run.started,
        verb=act.verb,
        code=act.code or "",
        before=act.before,
        after=act.after,
        before_unknown=act.before_unknown,
        run_id=run.id,
        command=run.command,
        file=name,
        sha256=sha256,
        place=place,
        line=line,
        started_by=run.started_by,
        approved_by=run.decided_by,
        approved_at=run.decided_at,
        reason=run.reason,
    )
