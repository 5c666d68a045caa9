"""Comparing the rows of a file with what was last applied: the hot path, a million rows in seconds."""

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection

from sync_operators.ledger import by_key
from sync_operators.ledger.opening import Ledger


class Comparer:
    """Compares batches of one file; best with some thousand keys a batch, in the order of the file.

    While keys come in their order, the applied rows between the first and the last of a batch are nearly all of that
    batch: one short range is read. When a range holds more than twice the batch, the file is not in order, and from
    then on keys are asked for one by one. Given the ledger, each batch is a transaction of its own (so that none is
    open while the file is read); given a transaction, batches are asked for within it.
    """

    __slots__ = ("_command", "_in_order", "_site_id", "_source")

    def __init__(self, source: Connection | Ledger, site_id: int, command: str) -> None:
        self._source = source
        self._site_id = site_id
        self._command = command
        self._in_order = True

    def unchanged(self, pairs: Mapping[str, int]) -> set[str]:
        """Give the keys that were last applied with the same fingerprint as in `pairs`."""
        if isinstance(self._source, Connection):
            return self._unchanged(self._source, pairs)
        with self._source.read() as tx:
            return self._unchanged(tx, pairs)

    def _unchanged(self, tx: Connection, pairs: Mapping[str, int]) -> set[str]:
        keys = _askable(pairs)
        if not keys:
            return set()
        found = dict(self._applied(tx, keys))
        # Nearly always nothing has changed: then one comparison in C does.
        if found == pairs:
            return set(found)
        wanted = pairs.get
        return {key for key, fingerprint in found.items() if wanted(key) == fingerprint}

    def _applied(self, tx: Connection, keys: Sequence[str]) -> by_key.Found:
        if self._in_order:
            limit = 2 * len(keys)
            found = by_key.between(tx, self._site_id, self._command, first=min(keys), last=max(keys), limit=limit + 1)
            if len(found) <= limit:
                return found
            self._in_order = False
        return by_key.among(tx, self._site_id, self._command, keys)


def _askable(pairs: Mapping[str, int]) -> Sequence[str]:
    """Leave out keys that no database takes; they come from faulty rows and were never applied."""
    try:
        together = "".join(pairs)
        together.encode()
        clean = "\0" not in together
    except UnicodeEncodeError:
        clean = False
    return list(pairs) if clean else [key for key in pairs if _is_clean(key)]


def _is_clean(key: str) -> bool:
    return "\0" not in key and not any("\ud800" <= letter <= "\udfff" for letter in key)
