"""Which parts of a site a plan touches: category, course, cohort, institution; how much of each, and how much there is.

An act lies where its own entity lies when the ledger counts entities of that kind (an account in its institution, a
course in its category and those above, a group in its course); else where what its row stands on lies (an enrolment
in its course, the category of that, and the institution of its account; a member in its cohort).
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from sqlalchemy import Connection

from sync_operators.ledger import applied, placing
from sync_operators.ledger.operations import Ref
from sync_operators.ledger.placing import Place
from sync_operators.ledger.runs import Run
from sync_operators.ledger.settling import REF_KINDS
from sync_operators.moodle import categories
from sync_operators.moodle.categories import Category
from sync_operators.plans.telling import literal
from sync_operators.plans.workplace import Workplace

Part = tuple[str, str]
"""A part of the site: `category`, `course` or `cohort` with an id of Moodle, or `institution` with its name."""

_LYING_IN = {"institution": "user", "category": "course"}
"""What it is of a row that lies in such a part."""

_CHUNK = 1000


@dataclass(frozen=True, slots=True)
class Touched:
    """Acts of some verbs in one part of the site."""

    entity: str
    part: Part
    count: int


@dataclass(frozen=True)
class Parts:
    """The parts of the site of one run that limits are set for."""

    run: Run
    scopes: Collection[str]
    tree: Mapping[int, Category]
    _names: dict[Part, str] = field(default_factory=dict)

    @classmethod
    def of(cls, work: Workplace, run: Run, scopes: Collection[str]) -> "Parts":
        """Ask Moodle for its categories when they are wanted, in one call; may the token not, each is only itself."""
        wanted = "category" in scopes and categories.GET in work.site.functions
        told = work.reader.all_categories() if wanted else ()
        return cls(run, frozenset(scopes), {category.id: category for category in told})

    def touched(self, tx: Connection, verbs: Collection[str]) -> list[Touched]:
        """Count the acts of these verbs, done or not, by the parts that they lie in."""
        found: Counter[tuple[str, Part]] = Counter()
        for chunk in placing.acts(tx, self.run.id, verbs, _CHUNK):
            places = placing.of(tx, self.run.site_id, (ref for _, refs in chunk for ref in refs))
            places |= placing.of(tx, self.run.site_id, _courses_of_groups(places))
            for entity, refs in chunk:
                own = entity in REF_KINDS
                parts = {part for ref in refs for part in self._parts_of(ref, places, own=own)}
                found.update((entity, part) for part in parts if part[0] in self.scopes)
        return [Touched(entity, part, count) for (entity, part), count in found.items()]

    def known(self, tx: Connection, entity: str, part: Part) -> int:
        """What there is in a part, of what acts on that entity are counted against."""
        scope, value = part
        site_id, command = self.run.site_id, self.run.command
        within = [str(each) for each in self._below(int(value))] if scope == "category" else [value]
        if entity in REF_KINDS:
            return self._known_entities(tx, entity, scope, within)
        if scope in {"course", "cohort"}:
            return placing.rows_on(tx, site_id, command, (scope, int(value)))
        return placing.rows_in(tx, site_id, command, _LYING_IN[scope], within)

    def words(self, part: Part) -> str:
        """Where it is, for people: in which course."""
        return f" in {part[0]} {literal(self.name(part))}"

    def name(self, part: Part) -> str:
        """What people call it; its id, where no name is known."""
        scope, value = part
        category = self.tree.get(int(value)) if scope == "category" else None
        return category.name if category else self._names.get(part) or value

    def _known_entities(self, tx: Connection, entity: str, scope: str, within: Collection[str]) -> int:
        through = "course" if (entity, scope) == ("group", "category") else None
        return placing.known_in(tx, self.run.site_id, entity, within, through=through)

    def _parts_of(self, ref: Ref, places: Mapping[Ref, Place], *, own: bool) -> Iterable[Part]:
        kind, moodle_id = ref
        place = places.get(ref, Place())
        if kind in {"course", "cohort"} and not own:
            self._names.setdefault((kind, str(moodle_id)), place.name)
            yield kind, str(moodle_id)
        if kind == "category":
            yield from self._above(self._parent(moodle_id))
        elif place.within and kind == "course":
            yield from self._above(int(place.within))
        elif place.within and kind == "group" and own:
            yield from self._parts_of(("course", int(place.within)), places, own=False)
        elif place.within and kind == "user":
            yield "institution", place.within

    def _above(self, category_id: int) -> Iterable[Part]:
        """A category and all above it; the site itself is no part of it."""
        while category_id:
            yield "category", str(category_id)
            category_id = self._parent(category_id)

    def _parent(self, category_id: int) -> int:
        category = self.tree.get(category_id)
        return category.parent if category else 0

    def _below(self, category_id: int) -> list[int]:
        """A category and all below it."""
        found = [category_id]
        for each in found:
            found += self._children.get(each, ())
        return found

    @cached_property
    def _children(self) -> Mapping[int, list[int]]:
        found: dict[int, list[int]] = {}
        for category in self.tree.values():
            found.setdefault(category.parent, []).append(category.id)
        return found


def _courses_of_groups(places: Mapping[Ref, Place]) -> list[Ref]:
    return [("course", int(place.within)) for (kind, _), place in places.items() if kind == "group" and place.within]


def known(tx: Connection, run: Run, entity: str, enough: int | None = None) -> int:
    """What there is on the site: living entities of a kind that rows stand on, else the command's applied rows.

    Of more than `enough` nobody asks how many there are.
    """
    if entity in REF_KINDS:
        return applied.known(tx, run.site_id, entity, enough)
    return applied.count(tx, run.site_id, run.command, enough)
