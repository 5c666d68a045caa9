"""Many rows at once, past SQLAlchemy where its cost per row would show."""

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import Connection, Table

ROWS = 1000
"""Rows asked for at a time."""

_LONGEST = 2000  # bytes
_T = TypeVar("_T")


def storable(text: str) -> str:
    """Give the text as both databases can keep and index it.

    PostgreSQL refuses NUL and an index entry of more than 2.7 kB, both refuse what is not Unicode. Such text comes
    from faulty rows only, so what is put in its place needs to be recognisable and to differ for different texts.
    """
    if text.isascii() and len(text) <= _LONGEST and "\0" not in text:
        return text
    clean = text.replace("\0", "\ufffd").encode("utf-8", "replace")
    if clean == text.encode("utf-8", "surrogatepass") and len(clean) <= _LONGEST:
        return text
    mark = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
    return f"{clean[:_LONGEST].decode('utf-8', 'ignore')}\u2026{mark}"


def ask(tx: Connection, statement: str, values: Sequence[Any]) -> Any:
    """Run a statement with `?` marks on the driver itself, in the same transaction; give its cursor."""
    return _driver(tx).execute(statement.replace("?", "%s") if is_postgresql(tx) else statement, values)


def ask_many(tx: Connection, statement: str, rows: Iterable[Sequence[Any]]) -> int:
    """Run a statement with `?` marks for each of many rows; give how many rows of the table it touched."""
    cursor = _driver(tx).cursor()
    cursor.executemany(statement.replace("?", "%s") if is_postgresql(tx) else statement, rows)
    return int(cursor.rowcount)


def change(tx: Connection, statement: str, values: Sequence[Any], column: str, keys: Sequence[Any]) -> int:
    """Run an UPDATE or DELETE for rows with one of `keys` in a column; give how many it touched.

    SQLite is done sooner with all at once, PostgreSQL is made to look each up: see `among`.
    """
    if is_postgresql(tx):
        return ask_many(tx, f'{statement} AND "{column}" = ?', [(*values, key) for key in keys])
    return int(ask(tx, f'{statement} AND "{column}" IN ({marks(keys)})', (*values, *keys)).rowcount)


def moment(tx: Connection, at: datetime) -> datetime | str:
    """Give a time as the driver takes it: SQLite keeps it as the text that `column_types.Utc` reads."""
    return at if is_postgresql(tx) else at.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")


def read_moment(value: datetime | str | None) -> datetime | None:
    """Give back a time in UTC, as SQLAlchemy or the driver has it."""
    if isinstance(value, str):
        return datetime.fromisoformat(value).replace(tzinfo=UTC)
    return value.astimezone(UTC) if value else None


def marks(values: Sequence[Any]) -> str:
    """Give as many marks as there are values."""
    return ", ".join("?" * len(values))


def is_postgresql(tx: Connection) -> bool:
    """Tell the two databases apart."""
    return tx.dialect.name == "postgresql"


def among(
    tx: Connection, table: Table, columns: Sequence[str], column: str, values: Sequence[Any], **of: Any
) -> list[tuple[Any, ...]]:
    """Give rows with one of `values` in a column, all other columns of its index being fixed by `of`.

    As the driver has them: JSON is text on SQLite, see `values.loaded`.

    PostgreSQL takes statistics that do not know a new run (or a new table at all) at their word, and would read all
    rows of the run for every batch. So it is made to look each value up: OFFSET 0 keeps it from planning otherwise.
    """
    if not values:
        return []
    wanted = f"SELECT {_names(columns)} FROM {table.name} WHERE {_fixed(of)}"  # noqa: S608  our own names
    if not is_postgresql(tx):
        statement = f'{wanted} AND "{column}" IN ({marks(values)})'
        return list(ask(tx, statement, (*of.values(), *values)))
    kind = "text" if table.c[column].type.python_type is str else "bigint"
    statement = (
        f"SELECT found.* FROM unnest(?::{kind}[]) AS wanted (value) "  # noqa: S608  our own names
        f'CROSS JOIN LATERAL ({wanted} AND "{column}" = wanted.value OFFSET 0) AS found'
    )
    return list(ask(tx, statement, (list(values), *of.values())))


def by_number(
    tx: Connection,
    table: Table,
    columns: Sequence[str],
    of: Mapping[str, Any],
    number: str,
    *,
    texts: Collection[str] = (),
    after: int = -1,
    size: int = ROWS,
    backwards: bool = False,
) -> Iterator[list[tuple[Any, ...]]]:
    """Give rows in the order of a number that is greater than `after`, all columns of `of` being fixed, by chunks.

    `backwards`: from the highest number below `after` down.
    As the driver has them, but those of `texts` as text. Each chunk is asked for anew from where the last one ended:
    what is changed meanwhile in the same transaction does no harm.
    """
    names = ", ".join(f'CAST("{name}" AS TEXT)' if name in texts else f'"{name}"' for name in columns)
    statement = (
        f"SELECT {names} FROM {table.name} WHERE {_fixed(of)} "  # noqa: S608  our own names
        f'AND "{number}" {"<" if backwards else ">"} ? ORDER BY "{number}" {"DESC" if backwards else "ASC"} LIMIT ?'
    )
    place = columns.index(number)
    while chunk := list(ask(tx, statement, (*of.values(), after, size))):
        yield chunk
        after = chunk[-1][place]
        if len(chunk) < size:
            return


def _names(columns: Iterable[str]) -> str:
    return ", ".join(f'"{name}"' for name in columns)


def _fixed(of: Iterable[str]) -> str:
    return " AND ".join(f'"{name}" = ?' for name in of)


def insert(tx: Connection, table: Table, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Add rows of plain driver values, in the order of `columns`."""
    names = _names(columns)
    if is_postgresql(tx):
        _copy(tx, f"COPY {table.name} ({names}) FROM STDIN", rows)
    else:
        ask_many(tx, f"INSERT INTO {table.name} ({names}) VALUES ({marks(columns)})", rows)  # noqa: S608  our own names


def chunks(items: Iterable[_T], size: int = ROWS) -> Iterator[list[_T]]:
    """Cut into lists of at most `size`."""
    rest = iter(items)
    while chunk := list(islice(rest, size)):
        yield chunk


def _copy(tx: Connection, statement: str, rows: Iterable[Sequence[Any]]) -> None:
    with _driver(tx).cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)


def _driver(tx: Connection) -> Any:
    return tx.connection.driver_connection
