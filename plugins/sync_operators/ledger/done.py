"""What a run has done: its operations that ended well, for who goes back on them or asks what they were."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from sqlalchemy import ColumnElement, Connection, func, select

from sync_operators.codes import Kind
from sync_operators.ledger import bulk
from sync_operators.ledger.operations import last_seq, needed_ids
from sync_operators.ledger.tables import operations as table
from sync_operators.ledger.tables import rows as rows_table
from sync_operators.ledger.tables import runs
from sync_operators.ledger.values import MADE, READ_COLUMNS, Operation, is_made_id, operation

_COLUMNS = tuple(table.c[name] for name in READ_COLUMNS)
_ENDED = (*READ_COLUMNS, "kind")
_WELL_KINDS = (str(Kind.OK), str(Kind.WARN))
WELL = (table.c.state == "done") & table.c.kind.in_(_WELL_KINDS)
"""What ended well."""


def backwards(tx: Connection, run_id: str) -> Iterator[Operation]:
    """Give all of a run that ended well, the last first, asked for in chunks."""
    of_run, most = {"run_id": run_id}, last_seq(tx, run_id)
    for found in bulk.by_number(tx, table, _ENDED, of_run, "seq", after=most + 1, backwards=True):
        well = [operation(row) for *row, kind in found if kind in _WELL_KINDS]
        yield from with_ids(tx, run_id, well)


def of_rows(tx: Connection, run_id: str, rows: Iterable[int]) -> list[Operation]:
    """Give those of some rows of a run, in the order in which they were planned."""
    found: list[Operation] = []
    for chunk in bulk.chunks(sorted(set(rows)), bulk.ROWS // 2):
        wanted = select(*_COLUMNS).where(table.c.run_id == run_id, WELL, table.c.row.in_(chunk))
        found += map(operation, tx.execute(wanted.order_by(table.c.seq)))
    return with_ids(tx, run_id, found)


def keys(tx: Connection, run_id: str, rows: Iterable[int]) -> list[str]:
    """Give the keys of some rows of a run."""
    found: set[str] = set()
    for chunk in bulk.chunks(sorted(set(rows))):
        found.update(key for (key,) in bulk.among(tx, rows_table, ("key",), "row", chunk, run_id=run_id) if key)
    return sorted(found)


def row_codes(tx: Connection, run_id: str, keys: Iterable[str]) -> list[tuple[str, str]]:
    """Give key and code of the rows of a run that ended well, of some keys."""
    found: list[tuple[str, str]] = []
    for chunk in bulk.chunks(keys):
        asked = bulk.among(tx, rows_table, ("key", "code", "kind"), "key", chunk, run_id=run_id)
        found += [(key, code) for key, code, kind in asked if kind in _WELL_KINDS]
    return found


def is_of_site(tx: Connection, run_id: str, site_id: int) -> bool:
    """Whether there is such a run, and on that site."""
    wanted = select(runs.c.id).where(runs.c.id == run_id, runs.c.site_id == site_id)
    return tx.execute(wanted).first() is not None


def count_acts(tx: Connection, run_id: str) -> Counter[tuple[str, str]]:
    """Operations of a run by entity and verb, those planned and those that ended well."""
    return _counted(tx, run_id, table.c.seq > 0)


def count_untold(tx: Connection, run_id: str) -> Counter[tuple[str, str]]:
    """The same, of those that change something of which Moodle does not tell the former value."""
    return _counted(tx, run_id, table.c.before_unknown.is_not(None))


def _counted(tx: Connection, run_id: str, those: ColumnElement[bool]) -> Counter[tuple[str, str]]:
    of_run = (table.c.run_id == run_id) & ((table.c.state != "done") | WELL) & those
    wanted = select(table.c.entity, table.c.verb, func.count()).where(of_run).group_by(table.c.entity, table.c.verb)
    return Counter({(entity, verb): count for entity, verb, count in tx.execute(wanted)})


def with_ids(tx: Connection, run_id: str, found: Sequence[Operation]) -> list[Operation]:
    """The operations with the ids of what others made for them."""
    takes = {each.seq: seqs for each in found if (seqs := each.takes_from)}
    made = needed_ids(tx, run_id, sorted(set().union(*takes.values())))
    return [_filled(each, made) if each.seq in takes else each for each in found]


def _filled(each: Operation, made: dict[int, int]) -> Operation:
    before, after = (
        {name: made.get(value[MADE], 0) if is_made_id(value) else value for name, value in fields.items()}
        for fields in (each.before, each.after)
    )
    return each._replace(before=before, after=after)
