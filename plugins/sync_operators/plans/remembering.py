"""Writes down what was applied, in the transaction that settles it, and forgets what no longer stands."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection

from sync_operators.ledger import Ledger, applied, members, operations, pictures, placing
from sync_operators.ledger.operations import Ref, RowEntry
from sync_operators.ledger.placing import Place
from sync_operators.ledger.runs import Run
from sync_operators.plans.undoing import forget_undone
from sync_operators.tools.tool import MEMBER, PICTURE, Act, Tool
from sync_operators.tools.undo import UNDOES


@dataclass(frozen=True, slots=True)
class Memory:
    """The applied rows of one run's command.

    Only rows that leave something standing are remembered: a deletion is not, so that the same name made anew is
    deleted again.
    """

    ledger: Ledger
    run: Run
    tool: Tool

    def remember(self, tx: Connection, closed: Sequence[RowEntry]) -> None:
        """Record rows that ended well, drop those that did not."""
        ended = operations.recordable(tx, self.run.id, closed)
        self._record(tx, [each for each in ended.well if UNDOES not in each.identifiers])
        forget_undone(tx, self.run.site_id, ended.well)
        if ended.ill:
            keys = sorted({each.key for each in ended.ill if each.key})
            applied.drop(tx, self.run.site_id, self.run.command, keys)

    def forget(self, tx: Connection, lost: Iterable[tuple[Ref, ...]]) -> None:
        """Rows of other commands that stood on what is gone no longer hold; of several refs, on all of them.

        Those of the command itself have the same key, unless its tool says otherwise.
        """
        but = None if self.tool.rows_stand_on_each_other else self.run.command
        singles: dict[str, list[int]] = {}
        for refs in filter(None, lost):
            if len(refs) == 1:
                singles.setdefault(refs[0][0], []).append(refs[0][1])
            else:
                applied.forget_all_of(tx, self.run.site_id, refs, but_command=but)
            members.drop(tx, self.run.site_id, refs)
        for kind, ids in singles.items():
            applied.forget(tx, self.run.site_id, kind, ids, but_command=but)

    def note(self, tx: Connection, acts: Sequence[Act]) -> None:
        """Remember what Moodle does not: whose memberships are ours, which pictures we gave."""
        self._note_members(tx, acts)
        given = [(act.moodle_id or 0, act.after["sha256"]) for act in acts if act.entity == PICTURE]
        pictures.put(tx, self.run.site_id, given)

    def place(self, tx: Connection, acts: Iterable[tuple[Act, int]]) -> None:
        """Remember where accounts and courses lie that were made or moved: acts, each with the id of its entity."""
        placing.put(tx, self.run.site_id, dict(filter(None, (_placed(act, moodle_id) for act, moodle_id in acts))))

    def _note_members(self, tx: Connection, acts: Iterable[Act]) -> None:
        """Acts on a `member` that add have course, group and account in `after`."""
        rows = [
            (act.after["courseid"], act.after["groupid"], act.after["userid"])
            for act in acts
            if act.entity == MEMBER and act.after
        ]
        members.add(tx, self.run.site_id, self.run.id, rows)

    def finish(self) -> None:
        """Remember the rows whose outcome planning found by itself: unchanged, or in error."""
        more = True
        while more:
            with self.ledger.write() as tx:
                taken = operations.take_unrecorded(tx, self.run.id)
                self.remember(tx, taken)
            more = bool(taken)

    def _record(self, tx: Connection, entries: Sequence[RowEntry]) -> None:
        lasting = self.tool.lasting
        stand = [each for each in entries if each.code in lasting and each.key and each.fingerprint is not None]
        # Rows of one key share a fingerprint; of something made by the first, the others cannot name the id.
        refs: dict[str, list[Ref]] = {}
        for each in stand:
            refs.setdefault(str(each.key), []).extend(each.refs)
        items = [(str(each.key), each.fingerprint or 0, refs[str(each.key)]) for each in stand]
        if items:
            applied.record(tx, self.run.site_id, self.run.command, self.run.id, items)
        # What ended otherwise, such as a deletion, holds no longer: the former row must come again.
        if gone := {each.key for each in entries if each.key} - {key for key, _, _ in items}:
            applied.drop(tx, self.run.site_id, self.run.command, sorted(gone))


_WITHIN: Final = {"user": "institution", "course": "categoryid"}
"""The field that says where an entity lies."""


def _placed(act: Act, moodle_id: int) -> tuple[Ref, Place] | None:
    field = _WITHIN.get(act.entity)
    # A category that the same plan has made stands in no field.
    within = act.after.get(field) or (act.needed if act.entity == "course" else None) if field else None
    if not within or not moodle_id:
        return None
    return (act.entity, moodle_id), Place(str(within), str(act.after.get("shortname") or ""))
