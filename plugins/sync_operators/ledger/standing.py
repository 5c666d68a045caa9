"""What stands: the rows that a command applied last, by the run that did, for who compares them with Moodle."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, func, select

from sync_operators.ledger import bulk, done
from sync_operators.ledger.tables import applied_refs, applied_rows, operations, runs

Standing = tuple[int, str]
"""Fingerprint and run of an applied row."""


def count_by_run(tx: Connection, site_id: int, command: str) -> Counter[str]:
    """How many rows of a command stand, by the run that applied them last."""
    of = (applied_rows.c.site_id == site_id) & (applied_rows.c.command == command)
    wanted = select(applied_rows.c.run_id, func.count()).where(of).group_by(applied_rows.c.run_id)
    return Counter({run_id: int(count) for run_id, count in tx.execute(wanted)})


def among(tx: Connection, site_id: int, command: str, keys: Iterable[str]) -> dict[str, Standing]:
    """Of some keys those that stand."""
    found: dict[str, Standing] = {}
    columns = ("key", "fingerprint", "run_id")
    for chunk in bulk.chunks(key for key in keys if bulk.storable(key) == key):
        asked = bulk.among(tx, applied_rows, columns, "key", chunk, site_id=site_id, command=command)
        found.update((key, (fingerprint, run_id)) for key, fingerprint, run_id in asked)
    return found


def after(tx: Connection, site_id: int, command: str, key: str, limit: int) -> dict[str, str]:
    """Rows that stand behind a key, in the order of keys, each with the run that applied it last."""
    of = (applied_rows.c.site_id == site_id) & (applied_rows.c.command == command) & (applied_rows.c.key > key)
    wanted = select(applied_rows.c.key, applied_rows.c.run_id).where(of).order_by(applied_rows.c.key).limit(limit)
    return {key: run_id for key, run_id in tx.execute(wanted)}  # noqa: C416  a row is no pair to mypy


def values_sent(
    tx: Connection, site_id: int, command: str, entity: str, keys: Iterable[str]
) -> dict[str, dict[str, Any]]:
    """What a command has sent of some rows' entities over all its runs: by key, the last value of each field."""
    found: dict[str, dict[str, Any]] = {}
    of_site = (runs.c.site_id == site_id) & (runs.c.command == command) & ~runs.c.simulate
    columns = select(operations.c.key, operations.c.after).join(runs, runs.c.id == operations.c.run_id)
    for chunk in bulk.chunks(keys):
        of = (operations.c.entity == entity) & operations.c.key.in_(chunk) & done.WELL & of_site
        for key, fields in tx.execute(columns.where(of).order_by(operations.c.done_at, operations.c.seq)):
            found.setdefault(key, {}).update(fields or {})
    return found


def count_subjects(tx: Connection, site_id: int, command: str, kind: str) -> int:
    """How many entities of a kind the rows of a command stand on."""
    of = (applied_refs.c.site_id == site_id) & (applied_refs.c.command == command) & (applied_refs.c.kind == kind)
    return int(tx.execute(select(func.count(applied_refs.c.moodle_id.distinct())).where(of)).scalar_one())
