"""Writes down what was applied, in the transaction that settles it, and forgets what no longer stands."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from sync_operators.ledger import Ledger, applied, operations
from sync_operators.ledger.operations import RowEntry
from sync_operators.ledger.runs import Run
from sync_operators.tools.tool import Tool

UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class Memory:
    """The applied rows of one run's command.

    Only rows that leave something standing are remembered: a deletion is not, so that the same name made anew is
    deleted again.
    """

    ledger: Ledger
    run: Run
    tool: Tool

    def remember(self, tx: Connection, closed: Sequence[RowEntry], ids: Mapping[int, int]) -> None:
        """Record rows that ended well, drop those that did not. `ids`: the entity of each row, by ordinal."""
        ended = operations.recordable(tx, self.run.id, closed)
        self._record(tx, ended.well, ids)
        if ended.ill:
            keys = sorted({each.key for each in ended.ill if each.key})
            applied.drop(tx, self.run.site_id, self.run.command, keys)

    def forget(self, tx: Connection, ids: Iterable[int]) -> None:
        """Other commands' rows that stood on these entities no longer hold."""
        applied.forget(tx, self.run.site_id, self.tool.entity, list(ids), but_command=self.run.command)

    def finish(self) -> None:
        """Remember the rows whose outcome planning found by itself: unchanged, or in error."""
        more = True
        while more:
            with self.ledger.write() as tx:
                taken = operations.take_unrecorded(tx, self.run.id)
                self.remember(tx, taken, {})
            more = bool(taken)

    def _record(self, tx: Connection, entries: Iterable[RowEntry], ids: Mapping[int, int]) -> None:
        lasting = {verb.code for verb in self.tool.verbs.values() if verb.remembers} | {UNCHANGED}
        items = [
            (each.key, each.fingerprint, self._refs(each, ids))
            for each in entries
            if each.code in lasting and each.key and each.fingerprint is not None
        ]
        if items:
            applied.record(tx, self.run.site_id, self.run.command, self.run.id, items)
        # What ended otherwise, such as a deletion, holds no longer: the former row must come again.
        if gone := {each.key for each in entries if each.key} - {key for key, _, _ in items}:
            applied.drop(tx, self.run.site_id, self.run.command, sorted(gone))

    def _refs(self, entry: RowEntry, ids: Mapping[int, int]) -> tuple[tuple[str, int], ...]:
        return entry.refs or (((self.tool.entity, ids[entry.row]),) if entry.row in ids else ())
