"""What planning a row again would do → in what Moodle differs from it.

Acts that cancel each other out, as rows of one key in one file may ask for, are no difference.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sync_operators.codes import Kind, code
from sync_operators.reports.drift import EXTRA, MISSING, OTHER, REFUSED, Difference
from sync_operators.tools.accounts import as_text
from sync_operators.tools.tool import PICTURE, Draft, New, RowPlan
from sync_operators.tools.undo import IDS

_THINGS: Final = frozenset({"user", "course", "category", "cohort", "group", "grouping"})
"""Entities with an id of their own; all others are ties between them."""

_TIMES: Final = frozenset({"timestart", "timeend"})
IN_FORCE: Final = "in force"

_Tie = tuple[str, frozenset[tuple[str, Any]]]
"""Enrolment, membership, link: its entity with the ids of its ends."""


@dataclass(slots=True)
class Differing:
    """Sums up the plans of the rows of one key."""

    roles: Mapping[int, str]
    """Short names by id."""
    untold: frozenset[str] = frozenset()
    """Entities of which Moodle never tells whether they are there."""
    _made: dict[tuple[str, int], None] = field(default_factory=dict)
    _first: dict[tuple[str, int, str], Any] = field(default_factory=dict)
    _last: dict[tuple[str, int, str], Any] = field(default_factory=dict)
    _added: dict[tuple[_Tie, frozenset[tuple[str, Any]]], None] = field(default_factory=dict)
    _taken: dict[tuple[_Tie, frozenset[tuple[str, Any]]], None] = field(default_factory=dict)
    _off: dict[_Tie, None] = field(default_factory=dict)
    _refused: list[tuple[str, Mapping[str, str]]] = field(default_factory=list)

    def add(self, plan: RowPlan, lasting: frozenset[str]) -> None:
        """Take in what one more row comes to; `lasting` are the codes of rows that hold."""
        for draft in plan.drafts:
            if draft.entity not in self.untold:
                self._draft(draft)
        if plan.code and not plan.drafts and plan.code not in lasting:
            self._refused.append((plan.code, plan.args))
        self._refused += [(part.code, part.args) for part in plan.parts if code(part.code).kind is Kind.ERROR]

    def all(self, entity: str) -> Iterator[Difference]:
        """The differences; `entity` is what the row is about, where it cannot be said of anything any more."""
        yield from (Difference(MISSING, each, ours=None) for each, _ in self._made)
        yield from self._values()
        yield from self._ties(MISSING, self._added)
        yield from self._ties(EXTRA, self._taken)
        yield from (Difference(OTHER, each, field=IN_FORCE, ours="1", moodle="0") for each, _ in self._off)
        for name, args in dict(self._refused).items():
            yield Difference(REFUSED, entity, code=name, args=dict(args))

    def _draft(self, draft: Draft) -> None:
        if draft.entity not in _THINGS and draft.entity != PICTURE:
            self._tie(draft)
        elif draft.target < 0 or draft.verb == "set":
            self._made[draft.entity, draft.target] = None
        else:
            self._change(draft)

    def _change(self, draft: Draft) -> None:
        """Values that Moodle tells; without any of them, the thing as a whole."""
        told = {name: value for name, value in draft.after.items() if name in draft.before}
        for name, value in told.items() if draft.entity != PICTURE else ():
            place = (draft.entity, draft.target, name)
            self._first.setdefault(place, draft.before[name])
            self._last[place] = value
        if draft.entity == PICTURE:
            self._last[draft.entity, draft.target, ""] = None

    def _tie(self, draft: Draft) -> None:
        ends = {**draft.before, **draft.after}
        tie = (draft.entity, frozenset((name, _hashed(value)) for name, value in ends.items() if name in IDS))
        if _TIMES & {*draft.before_unknown}:
            self._off[tie] = None
        elif draft.after:
            _cancel((tie, _rest(draft.after)), self._added, self._taken)
        else:
            _cancel((tie, _rest(draft.before)), self._taken, self._added)

    def _values(self) -> Iterator[Difference]:
        for (entity, target, name), value in self._last.items():
            before = self._first.get((entity, target, name))
            if not name:
                yield Difference(OTHER, entity)
            elif as_text(before) != as_text(value):
                yield Difference(OTHER, entity, field=name, ours=as_text(value), moodle=as_text(before))

    def _ties(self, what: str, found: Iterable[tuple[_Tie, frozenset[tuple[str, Any]]]]) -> Iterator[Difference]:
        for (entity, _), rest in found:
            role = dict(rest).get("roleid")
            if role is None:
                yield Difference(what, entity)
            else:
                name = self.roles.get(role, str(role))
                ours, theirs = (name, None) if what == MISSING else (None, name)
                yield Difference(what, entity, field="role", ours=ours, moodle=theirs)


def _cancel(one: Any, mine: dict[Any, None], others: dict[Any, None]) -> None:
    """Note an act, unless it takes back an earlier one."""
    if one in others:
        del others[one]
    else:
        mine[one] = None


def _rest(fields: Mapping[str, Any]) -> frozenset[tuple[str, Any]]:
    """What an act on a tie says beside its ends: a role."""
    return frozenset((name, _hashed(value)) for name, value in fields.items() if name == "roleid")


def _hashed(value: Any) -> Any:
    return value if isinstance(value, New) else as_text(value) if not isinstance(value, int) else value


def differing(
    plans: Sequence[RowPlan], lasting: frozenset[str], entity: str, roles: Mapping[int, str], untold: frozenset[str]
) -> list[Difference]:
    """In what Moodle differs from the rows of one key, of which planning them again has given these plans."""
    found = Differing(roles, untold)
    for plan in plans:
        found.add(plan, lasting)
    return list(found.all(entity))
