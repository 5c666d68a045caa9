"""Puts the acts of a plan in order: what touches one entity, or frees what another takes, goes in successive waves."""

from array import array
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from sync_operators.ledger.operations import MADE, Operation
from sync_operators.tools.tool import Draft, Name, New


class Waves:
    """Gives each draft its number, its wave and the operation whose new id it needs; drafts come in file order."""

    def __init__(self, first: int = 1) -> None:
        self._next = first
        self._last: dict[tuple[str, int], int] = {}
        """The last wave in which something is done to an entity; one that is made in the first is not here."""
        self._freed: dict[Name, int] = {}
        self._made = defaultdict[str, "array[int]"](lambda: array("q"))
        """The operations that make entities, by kind, that of the target -1 first: planners count down from there."""

    def place(self, row: int, key: str, draft: Draft) -> Operation:
        """The operation of a draft."""
        entity = (draft.entity, draft.target)
        others = [each for each in (draft.parent, *_new(draft)) if each]
        wave = self._wave((entity, *others), draft)
        makes = draft.target < 0 and not self._maker(entity)
        if wave or not makes:
            self._last[entity] = wave
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
        if makes:
            self._note_maker(entity)
        self._next += 1
        return operation

    def _wave(self, touched: Iterable[tuple[str, int]], draft: Draft) -> int:
        """After the last act on the same entity or on those it needs, and after whatever freed a name it takes."""
        waits = [wave for each in touched if (wave := self._last.get(each, 0 if self._maker(each) else -1)) >= 0]
        waits += [self._freed[name] for name in draft.takes if name in self._freed]
        return max(waits, default=-1) + 1

    def _needed(self, touched: Iterable[tuple[str, int]]) -> int | None:
        """The operation it falls with; what else it needs stands in its fields."""
        return next((made for each in touched if (made := self._maker(each))), None)

    def _maker(self, entity: tuple[str, int]) -> int:
        """The operation that makes an entity; 0 for one that is there, or that nothing has made so far."""
        kind, target = entity
        makers = self._made[kind]
        return makers[-target - 1] if 0 < -target <= len(makers) else 0

    def _note_maker(self, entity: tuple[str, int]) -> None:
        kind, target = entity
        makers = self._made[kind]
        makers.extend([0] * (-target - len(makers)))
        makers[-target - 1] = self._next

    def _fields(self, values: Mapping[str, Any]) -> dict[str, Any]:
        return {
            name: {MADE: self._maker_of(value)} if isinstance(value, New) else value for name, value in values.items()
        }

    def _maker_of(self, new: New) -> int:
        if not (made := self._maker((new.entity, new.target))):
            raise KeyError(f"nothing before makes {new}")
        return made


def _new(draft: Draft) -> list[tuple[str, int]]:
    """The entities that this plan makes and whose ids stand in its fields."""
    values = (*draft.before.values(), *draft.after.values())
    return [(value.entity, value.target) for value in values if isinstance(value, New)]
