"""Puts the acts of a plan in order: what touches one entity, or frees what another takes, goes in successive waves."""

from collections.abc import Iterable, Mapping
from typing import Any

from sync_operators.ledger.operations import MADE, Operation
from sync_operators.tools.tool import Draft, Name, New


class Waves:
    """Gives each draft its number, its wave and the operation whose new id it needs; drafts come in file order."""

    def __init__(self, first: int = 1) -> None:
        self._next = first
        self._entity: dict[tuple[str, int], int] = {}
        self._freed: dict[Name, int] = {}
        self._made: dict[tuple[str, int], int] = {}

    def place(self, row: int, key: str, draft: Draft) -> Operation:
        """The operation of a draft."""
        entity = (draft.entity, draft.target)
        others = [each for each in (draft.parent, *_new(draft)) if each]
        wave = self._wave((entity, *others), draft)
        self._entity[entity] = wave
        self._freed.update(dict.fromkeys(draft.frees, wave))
        operation = Operation(
            seq=self._next,
            row=row,
            wave=wave,
            needs=self._needed((entity, *others)),
            verb=draft.verb,
            entity=draft.entity,
            key=key,
            moodle_id=draft.target if draft.target > 0 else None,
            before=self._fields(draft.before) if others else draft.before,
            after=self._fields(draft.after) if others else draft.after,
            before_unknown=draft.before_unknown,
        )
        if draft.target < 0 and entity not in self._made:
            self._made[entity] = self._next
        self._next += 1
        return operation

    def _wave(self, touched: Iterable[tuple[str, int]], draft: Draft) -> int:
        """After the last act on the same entity or on those it needs, and after whatever freed a name it takes."""
        waits = [self._entity[each] for each in touched if each in self._entity]
        waits += [self._freed[name] for name in draft.takes if name in self._freed]
        return max(waits, default=-1) + 1

    def _needed(self, touched: Iterable[tuple[str, int]]) -> int | None:
        """The operation it falls with; what else it needs stands in its fields."""
        return next((made for each in touched if (made := self._made.get(each))), None)

    def _fields(self, values: Mapping[str, Any]) -> dict[str, Any]:
        return {
            name: {MADE: self._made[value.entity, value.target]} if isinstance(value, New) else value
            for name, value in values.items()
        }


def _new(draft: Draft) -> list[tuple[str, int]]:
    """The entities that this plan makes and whose ids stand in its fields."""
    values = (*draft.before.values(), *draft.after.values())
    return [(value.entity, value.target) for value in values if isinstance(value, New)]
