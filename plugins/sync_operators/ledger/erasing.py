"""Erases what the ledger holds of one account: values, names and keys go; how much was done, and when, stays."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Text, cast, delete, func, literal, null, or_, select, update

from sync_operators.ledger import applied, events
from sync_operators.ledger.bulk import ROWS
from sync_operators.ledger.opening import Ledger
from sync_operators.ledger.tables import FINAL_STATES, members_added, operations, pictures, rows, runs

NAMED_BY: Final = ("username", "idnumber", "email", "uid", "userid")
"""Columns by which files name accounts; not `id`, which is that of a course or group as well."""

_ERASED: Final = "erased"


@dataclass(frozen=True, slots=True)
class Erased:
    """How much was erased, or would be; `open_runs` are those that still need what they hold, and keep it."""

    counts: Counter[str]
    open_runs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Erasing:
    """Erases one account of one site, or only counts. Products in the depot are not touched: they have their time."""

    ledger: Ledger
    site_id: int
    user: int
    simulate: bool = True

    def run(self, who: str, at: datetime) -> Erased:
        """Erase, a thousand rows in a transaction; done again it finds nothing more. Writes one event."""
        with self.ledger.read() as tx:
            about = self._about(tx)
            counts = Counter({
                "rows": self._count(tx, rows, about), "operations": self._count(tx, operations, self._acts(about)),
            })  # fmt: skip
            waiting = tuple(tx.execute(self._open(about)).scalars())
        if not self.simulate:
            self._erase(about)
            with self.ledger.write() as tx:
                self._forget(tx)
                detail = {"user": self.user, **counts}
                events.add(tx, "account_erased", who=who, at=at, detail=detail)
        return Erased(counts, waiting)

    def names(self) -> set[str]:
        """What files have called the account by."""
        with self.ledger.read() as tx:
            return self._names(tx, _holds(rows.c.refs, f'["user",{self.user}]'))

    # -- what is about the account --------------------------------------------------------------------------------

    def _about(self, tx: Connection) -> ColumnElement[bool]:
        """Whether a row names the account, or stands on it; one that stands on another account never does."""
        ours = _holds(rows.c.refs, f'["user",{self.user}]')
        another = _holds(rows.c.refs, '["user",') & ~ours
        names = [f"{column}={name}" for name in self._names(tx, ours) for column in NAMED_BY]
        return (ours | or_(False, *(_has_part(rows.c.key, part) for part in names))) & ~another

    def _names(self, tx: Connection, ours: ColumnElement[bool]) -> set[str]:
        """What files have called the account by."""
        standing = select(rows.c.key).join(runs).where(runs.c.site_id == self.site_id, ours, rows.c.key.is_not(None))
        done = (operations.c.entity == "user") & (self._is_ours(operations.c.moodle_id, operations.c.made_id))
        touched = select(operations.c.key).join(runs).where(runs.c.site_id == self.site_id, done)
        parts = (
            part.partition("=") for key in tx.execute(standing.union(touched)).scalars() for part in key.split("\x1f")
        )
        return {value for name, _, value in parts if name in NAMED_BY and value}

    def _acts(self, about: ColumnElement[bool]) -> ColumnElement[bool]:
        """Whether an operation is one of such a row, or on the account or one of its memberships."""
        of_row = select(rows.c.row).where(
            rows.c.run_id == operations.c.run_id, rows.c.row == operations.c.row, about
        ).exists()  # fmt: skip
        on_account = (operations.c.entity == "user") & self._is_ours(operations.c.moodle_id, operations.c.made_id)
        number = f'"userid":{self.user}'
        fields = [_holds(operations.c[column], number + end) for column in ("before", "after") for end in (",", "}")]
        return of_row | on_account | or_(*fields)

    def _is_ours(self, *columns: ColumnElement[int]) -> ColumnElement[bool]:
        return or_(*(column == self.user for column in columns))

    # -- erasing --------------------------------------------------------------------------------------------------

    def _erase(self, about: ColumnElement[bool]) -> None:
        blank: dict[str, Any] = {"before": null(), "after": null(), "before_unknown": null(), "args": null()}
        self._each(operations, operations.c.seq, self._acts(about), {"key": _ERASED, **blank})
        names = ("key", "identifiers", "args", "parts", "fingerprint", "refs")
        self._each(rows, rows.c.row, about, {name: null() for name in names})

    def _each(self, table: Any, number: Any, those: ColumnElement[bool], values: dict[str, Any]) -> None:
        for run_id, numbers in self._found(table, number, those):
            with self.ledger.write() as tx:
                tx.execute(update(table).where(table.c.run_id == run_id, number.in_(numbers)).values(values))

    def _found(self, table: Any, number: Any, those: ColumnElement[bool]) -> Iterator[tuple[str, Sequence[int]]]:
        """What is to be erased, by run and in pieces; all is found before anything of it is erased."""
        with self.ledger.read() as tx:
            asked = tx.execute(self._wanted(select(table.c.run_id, number), table, those)).all()
        by_run: dict[str, list[int]] = {}
        for run_id, each in asked:
            by_run.setdefault(run_id, []).append(each)
        for run_id, numbers in by_run.items():
            yield from ((run_id, numbers[at : at + ROWS]) for at in range(0, len(numbers), ROWS))

    def _forget(self, tx: Connection) -> None:
        applied.forget(tx, self.site_id, "user", [self.user], but_command=None)
        for table in (members_added, pictures):
            tx.execute(delete(table).where(table.c.site_id == self.site_id, table.c.user_id == self.user))

    # -- questions ------------------------------------------------------------------------------------------------

    def _wanted(self, asked: Any, table: Any, those: ColumnElement[bool]) -> Any:
        """Those of runs that are over: others still need what they hold."""
        over = runs.c.simulate | runs.c.state.in_(FINAL_STATES)
        there = table.c.key.is_distinct_from(_ERASED) if table is operations else table.c.key.is_not(None)
        return asked.join(runs, runs.c.id == table.c.run_id).where(runs.c.site_id == self.site_id, over, there, those)

    def _count(self, tx: Connection, table: Any, those: ColumnElement[bool]) -> int:
        asked = select(func.count()).select_from(table)
        return int(tx.execute(self._wanted(asked, table, those)).scalar_one())

    def _open(self, about: ColumnElement[bool]) -> Any:
        left = (runs.c.site_id == self.site_id) & ~runs.c.simulate & runs.c.state.not_in(FINAL_STATES)
        return select(runs.c.id).join(rows, rows.c.run_id == runs.c.id).where(left, about).distinct()


def _holds(column: ColumnElement[Any], piece: str) -> ColumnElement[bool]:
    return func.coalesce(cast(column, Text), "").contains(piece, autoescape=True)


def _has_part(column: ColumnElement[str], part: str) -> ColumnElement[bool]:
    every = literal("\x1f") + column + literal("\x1f")
    return func.replace(every, f"\x1f{part}\x1f", "") != every
