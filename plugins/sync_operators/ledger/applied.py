"""What was applied, by row: the memory that `delta` trusts."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from sync_operators.ledger import bulk, by_key
from sync_operators.ledger.comparing import Comparer
from sync_operators.ledger.tables import applied_refs, applied_rows, last_files
from sync_operators.ledger.values import Ref

__all__ = [
    "Comparer",
    "LastFile",
    "clear_last_file",
    "drop",
    "forget",
    "known",
    "last_file",
    "record",
    "set_last_file",
    "unchanged",
]

Applied = tuple[str, int, Sequence[Ref]]
"""A row as it was applied: key, fingerprint, what it stands on."""


@dataclass(frozen=True, slots=True)
class LastFile:
    """The file a command last ended `done` with, nothing having touched its rows since."""

    sha256: str
    settings_digest: str
    run_id: str


def unchanged(tx: Connection, site_id: int, command: str, pairs: Mapping[str, int]) -> set[str]:
    """Give the keys that were last applied with the same fingerprint; a Comparer is faster over a whole file."""
    return Comparer(tx, site_id, command).unchanged(pairs)


def record(tx: Connection, site_id: int, command: str, run_id: str, applied: Sequence[Applied]) -> None:
    """Remember rows as applied, with what they stand on, in place of what was known of their keys.

    The whole-file short cut goes: its file is no longer the last word on these rows.
    """
    clear_last_file(tx, site_id, command)
    latest = {key: (fingerprint, refs) for key, fingerprint, refs in applied if bulk.storable(key) == key}
    for keys in bulk.chunks(latest):
        by_key.delete(tx, "applied_refs", site_id, command, keys)
        by_key.replace(tx, site_id, command, run_id, [(key, latest[key][0]) for key in keys])
    refs = ((site_id, command, key, *ref) for key, (_, refs) in latest.items() for ref in dict.fromkeys(refs))
    bulk.insert(tx, applied_refs, ("site_id", "command", "key", "kind", "moodle_id"), refs)


def drop(tx: Connection, site_id: int, command: str, keys: Iterable[str]) -> None:
    """Forget rows of a command, so that they come again; the whole-file short cut goes with them."""
    clear_last_file(tx, site_id, command)
    for chunk in bulk.chunks(key for key in keys if bulk.storable(key) == key):
        by_key.delete(tx, "applied_refs", site_id, command, chunk)
        by_key.delete(tx, "applied_rows", site_id, command, chunk)


def forget(tx: Connection, site_id: int, kind: str, moodle_ids: Iterable[int], *, but_command: str | None) -> int:
    """Forget rows of other commands that stand on something that was deleted, suspended, reset or moved.

    The whole-file short cut of every command touched goes, too. Gives the number of rows forgotten.
    """
    forgotten = 0
    for chunk in bulk.chunks(moodle_ids):
        for command, keys in _standing_on(tx, site_id, kind, chunk, but_command).items():
            drop(tx, site_id, command, keys)
            forgotten += len(keys)
    return forgotten


def forget_all_of(tx: Connection, site_id: int, refs: Sequence[tuple[str, int]], *, but_command: str | None) -> int:
    """Forget rows of other commands that stand on all of some entities, such as a user and a course at once."""
    each = [_standing_on(tx, site_id, kind, [moodle_id], but_command) for kind, moodle_id in refs]
    common = {
        command: set(keys).intersection(*(found.get(command, ()) for found in each[1:]))
        for command, keys in each[0].items()
    }
    for command, keys in common.items():
        if keys:
            drop(tx, site_id, command, sorted(keys))
    return sum(map(len, common.values()))


def count(tx: Connection, site_id: int, command: str, enough: int | None = None) -> int:
    """How many rows of a command are applied; `enough` need not be passed."""
    of_command = (applied_rows.c.site_id == site_id) & (applied_rows.c.command == command)
    keys = select(applied_rows.c.key).where(of_command).limit(enough).subquery()
    return int(tx.execute(select(func.count()).select_from(keys)).scalar_one())


def known(tx: Connection, site_id: int, kind: str, enough: int | None = None) -> int:
    """How many entities of a kind the ledger knows of on this site, over all commands; `enough` need not be passed."""
    of_kind = (applied_refs.c.site_id == site_id) & (applied_refs.c.kind == kind)
    ids = select(applied_refs.c.moodle_id).where(of_kind).distinct().limit(enough).subquery()
    return int(tx.execute(select(func.count()).select_from(ids)).scalar_one())


def last_file(tx: Connection, site_id: int, command: str) -> LastFile | None:
    """Give the file whose coming again means that all its rows are unchanged."""
    wanted = "SELECT sha256, settings_digest, run_id FROM last_files WHERE site_id = ? AND command = ?"
    row = bulk.ask(tx, wanted, (site_id, command)).fetchone()
    return LastFile(*row) if row else None


def set_last_file(  # noqa: PLR0917  the columns in their order
    tx: Connection, site_id: int, command: str, sha256: str, settings_digest: str, run_id: str
) -> None:
    """Remember the file a run has ended `done` with."""
    clear_last_file(tx, site_id, command)
    columns = ("site_id", "command", "sha256", "settings_digest", "run_id")
    bulk.insert(tx, last_files, columns, [(site_id, command, sha256, settings_digest, run_id)])


def clear_last_file(tx: Connection, site_id: int, command: str) -> None:
    """Let the next file of a command be read, whatever it is."""
    bulk.ask(tx, "DELETE FROM last_files WHERE site_id = ? AND command = ?", (site_id, command))


def _standing_on(
    tx: Connection, site_id: int, kind: str, moodle_ids: Sequence[int], but_command: str | None
) -> dict[str, list[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    asked = bulk.among(tx, applied_refs, ("command", "key"), "moodle_id", moodle_ids, site_id=site_id, kind=kind)
    for command, key in asked:
        if command != but_command:
            found[command].add(key)
    return {command: sorted(keys) for command, keys in found.items()}
