"""Plans the rows of an undo file: what a run has set goes back to what it was, unless somebody has changed it since."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Connection

from sync_operators.codes import Fault
from sync_operators.ledger import applied, done, runs
from sync_operators.ledger.operations import Operation, RowEntry
from sync_operators.moodle.answered import plain
from sync_operators.plans.opening import Opened
from sync_operators.plans.workplace import Workplace
from sync_operators.tools.accounts import as_text, folded
from sync_operators.tools.tool import UNCHANGED, Draft, ParsedRow, RowPlan, RowPlanner
from sync_operators.tools.undo import UNDOES, Done, Undo

CHANGED_SINCE = "warn_changed_since"

_NOTHING_DONE = frozenset({UNCHANGED, CHANGED_SINCE})

_Row = tuple[str, int]
"""A row of a run."""


def planner_of(work: Workplace, opened: Opened) -> RowPlanner:
    """The planner of a file: its tool's own, and around it this one where it is an undo file."""
    planner = opened.tool.planner(opened.settings, work.reader, work.site)
    if opened.tool.undo is None or opened.needed is None:
        return planner
    return UndoPlanner(work, opened.tool.undo, planner, opened.needed, opened.force)


@dataclass(slots=True)
class UndoPlanner:
    """Plans by the command's own planner, then leaves out what is no longer as the run has left it."""

    work: Workplace
    undo: Undo
    planner: RowPlanner
    needed: tuple[str, ...]
    force: bool
    _done: dict[_Row, list[Done]] = field(default_factory=dict)
    _left: set[tuple[str, int, str]] = field(default_factory=set)
    """What stays as somebody has made it: earlier rows of the run have set it, too."""

    def look_up(self, rows: Sequence[ParsedRow]) -> None:
        """Ask the ledger what was done, and Moodle what there is now."""
        self._done = _done_by(self.work, self.undo, [_place(row) for row in rows])
        self.planner.look_up([self._given(row) for row in rows if _place(row) in self._done])

    def plan(self, row: ParsedRow) -> RowPlan:
        """Decide on one row."""
        acts = self._done.get(_place(row))
        if not acts:
            return RowPlan.of(Fault("error_not_done", {"value": row.values[UNDOES]}))
        return self._guarded(self.planner.plan(self._given(row)), acts)

    def _given(self, row: ParsedRow) -> ParsedRow:
        """The row with what it brings back: of empty cells only those of a value that was empty."""
        told = self.undo.rows(self._done[_place(row)], self.work.settings.roles)
        cleared = {name for cells in told for name, value in cells.items() if not value}
        given = {
            name: value for name, value in row.values.items() if name != UNDOES and (value != "" or name in cleared)
        }
        return replace(row, values={**dict.fromkeys(self.needed, ""), **given})

    def _guarded(self, plan: RowPlan, acts: Sequence[Done]) -> RowPlan:
        if self.force:
            return plan
        changed = [(draft, self._changed_since(draft, acts)) for draft in plan.drafts]
        names = list(dict.fromkeys(name for _, since in changed for name in since))
        if not names:
            return plan
        drafts = tuple(kept for draft, since in changed if (kept := _without(draft, since)))
        args = {**plan.args, "columns": ", ".join(names)}
        if not drafts:
            return RowPlan(code=CHANGED_SINCE, args=args, parts=plan.parts, refs=plan.refs)
        return replace(plan, drafts=drafts, args=args, warnings=(*plan.warnings, CHANGED_SINCE))

    def _changed_since(self, draft: Draft, acts: Iterable[Done]) -> list[str]:
        """The fields that are otherwise now than the run has left them, and otherwise than the draft wants them."""
        left = {name: value for act in acts if _is_same(draft, act) for name, value in self.undo.left(act).items()}
        wanted = draft.after or dict.fromkeys(draft.before)
        since = [name for name in wanted if name in left and self._differs(draft, name, left[name])]
        self._left |= {(draft.entity, draft.target, name) for name in since}
        return since

    def _differs(self, draft: Draft, name: str, left: Any) -> bool:
        if (draft.entity, draft.target, name) in self._left:
            return True
        present = draft.before.get(name)
        return (
            present is not None
            and not _alike(name, present, left)
            and not (draft.after and _alike(name, present, draft.after[name]))
        )


def forget_undone(tx: Connection, site_id: int, entries: Iterable[RowEntry]) -> None:
    """Forget the applied rows that rows of an undo file have gone back on: they must come again."""
    by_run: dict[str, list[int]] = {}
    for entry in entries:
        if (place := entry.identifiers.get(UNDOES)) and entry.code not in _NOTHING_DONE:
            run_id, row = _parsed(place)
            by_run.setdefault(run_id, []).append(row)
    for run_id, rows in by_run.items():
        applied.drop(tx, site_id, runs.get(tx, run_id).command, done.keys(tx, run_id, rows))


def done_of(found: Iterable[Operation]) -> Iterator[Done]:
    """Operations as tools go back on them."""
    return (Done(each.row, each.verb, each.entity, each.moodle_id, each.before, each.after) for each in found)


def _done_by(work: Workplace, undo: Undo, places: Iterable[_Row]) -> dict[_Row, list[Done]]:
    """What rows of runs on this site have done, as far as the command goes back on it."""
    by_run: dict[str, list[int]] = {}
    for run_id, row in places:
        by_run.setdefault(run_id, []).append(row)
    found: dict[_Row, list[Done]] = {}
    with work.ledger.read() as tx:
        for run_id, rows in by_run.items():
            if done.is_of_site(tx, run_id, work.site_id):
                for each in done_of(done.of_rows(tx, run_id, rows)):
                    if (each.entity, each.verb) in undo.acts:
                        found.setdefault((run_id, each.row), []).append(each)
    return found


def _is_same(draft: Draft, act: Done) -> bool:
    """Whether both are about the same thing."""
    if draft.entity != act.entity:
        return False
    if draft.target > 0:
        return draft.target == act.moodle_id
    fields: Mapping[str, Any] = draft.after or draft.before
    return all(fields.get(name) == value for name, value in act.ids.items())


def _without(draft: Draft, since: Sequence[str]) -> Draft | None:
    """The draft that leaves some fields as they are; None when it would change nothing more."""
    if not since:
        return draft
    after = {name: draft.before[name] if name in since else value for name, value in draft.after.items()}
    changes = any(not _alike(name, value, draft.before.get(name, "")) for name, value in after.items())
    return replace(draft, after=after) if changes else None


def _alike(name: str, one: Any, other: Any) -> bool:
    return _form(name, one) == _form(name, other)


def _form(name: str, value: Any) -> str:
    """Values as they compare: Moodle answers some of them formatted."""
    return " ".join(plain(folded(name, as_text(value))).split())


def _place(row: ParsedRow) -> _Row:
    return _parsed(row.values[UNDOES])


def _parsed(place: str) -> _Row:
    """The row of a run that a cell means; of what is no such place, a row that no run has."""
    run_id, _, row = place.rpartition(":")
    return (run_id, int(row)) if re.fullmatch("[0-9]{1,18}", row) else ("", 0)
