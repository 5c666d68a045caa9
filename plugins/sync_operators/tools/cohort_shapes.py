"""What a row of `cohorts` makes of the cohort itself: name, idnumber, description, and where it lives."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import count
from typing import Any, Final

from sync_operators.moodle.answered import plain
from sync_operators.moodle.cohorts import SYSTEM, Cohort
from sync_operators.moodle.reader import MoodleReader
from sync_operators.tools.account_finder import Refusal
from sync_operators.tools.category_finder import CategoryFinder
from sync_operators.tools.cohort_finder import CohortFinder, CohortIdentity, CohortPlaces
from sync_operators.tools.tool import Draft, Name

_COLUMNS: Final[Mapping[str, str]] = {"name": "cname", "idnumber": "cidnumber", "description": "cdescription"}
_UNIQUE: Final[tuple[CohortIdentity, ...]] = ("name", "idnumber")
_PLACES: Final = ("ccatcontext", "ccatcontextidnumber")
_OUT_OF_SIGHT: Final = "where it lives is not known, and a wrong place would move it"


class CohortShapes:
    """Plans what is made, changed and deleted of cohorts, never moving one that its row does not move."""

    def __init__(self, section: Any, reader: MoodleReader, cohorts: CohortFinder) -> None:
        self._identity = section.identity
        self._creates = section.create_missing and section.identity != "id"
        self._clears = section.empty_clears
        self._cohorts = cohorts
        self._categories = CategoryFinder("idnumber", reader)
        self._places = CohortPlaces(reader)
        self._numbers = count(1)

    def look_up(self, rows: Sequence[tuple[Mapping[str, Any], Cohort | None]]) -> None:
        """Ask Moodle where cohorts live, of those that these rows change and of places that they give."""
        if any(values.get(name) for values, _ in rows for name in _PLACES):
            self._categories.look_up()
        known = [(values, cohort) for values, cohort in rows if cohort]
        for place in {self._seen_place(values) for values, _ in known} - {None}:
            self._places.look_at(place or SYSTEM)
        self._places.look_for([
            cohort.id for values, cohort in known if self._seen_place(values) is None and self._changes(cohort, values)
        ])  # fmt: skip

    def make(self, key: str, values: Mapping[str, Any]) -> tuple[Cohort, tuple[Draft, ...]]:
        """A cohort that is not there."""
        if not self._creates:
            raise Refusal("error_unknown_cohort", identity=self._identity, value=key)
        given = {name: str(values.get(column, "")) for name, column in _COLUMNS.items()} | {self._identity: key}
        # Moodle takes a second cohort without an idnumber for a double, and nobody finds one without a name.
        for name in _UNIQUE:
            if not given[name]:
                raise Refusal("error_missing_value", column=_COLUMNS[name])
        cohort = Cohort(-next(self._numbers), **given)
        self._require_free(cohort, _UNIQUE)
        place = self._place(values) or SYSTEM
        self._put(cohort, place)
        after = {**given, "category": place}
        return cohort, (Draft("create", "cohort", cohort.id, after=after, takes=_tokens(cohort)),)

    def change(self, cohort: Cohort, values: Mapping[str, Any]) -> tuple[Cohort, tuple[Draft, ...]]:
        """A cohort that is there: only what the row gives and Moodle has otherwise."""
        changes, there, wanted = self._changes(cohort, values), self._places.of(cohort.id), self._place(values)
        if not changes and wanted in {None, there}:
            return cohort, ()
        changed, place = replace(cohort, **changes), there if wanted is None else wanted
        if place is None:
            raise Refusal("error_update", reason=_OUT_OF_SIGHT)
        self._require_free(changed, [name for name in _UNIQUE if name in changes])
        self._put(changed, place)
        told = {} if there is None else {"category": there}
        draft = Draft(
            "update",
            "cohort",
            cohort.id,
            before={**_named(cohort), **_only(cohort, changes), **told},
            after={**_named(changed), **changes, "descriptionformat": cohort.descriptionformat, "category": place},
            before_unknown=() if told else ("category",),
            takes=_tokens(changed),
            frees=_tokens(cohort),
        )
        return changed, (draft,)

    def delete(self, cohort: Cohort, *, takes: frozenset[Name]) -> Draft:
        """A cohort that goes."""
        self._cohorts.drop(cohort.id)
        return Draft("delete", "cohort", cohort.id, _named(cohort), takes=takes, frees=_tokens(cohort))

    def _changes(self, cohort: Cohort, values: Mapping[str, Any]) -> dict[str, Any]:
        """New values by field; names and idnumbers are never cleared."""
        given = {name: str(values[column]) for name, column in _COLUMNS.items() if column in values}
        given.pop(self._identity, None)
        return {
            name: value
            for name, value in given.items()
            if (value or (self._clears and name == "description")) and not _alike(name, value, cohort)
        }

    def _place(self, values: Mapping[str, Any]) -> int | None:
        """Where the row wants its cohort; None where it does not say."""
        category, idnumber = (str(values.get(name, "")) for name in _PLACES)
        if category == str(SYSTEM):
            return SYSTEM
        if category:
            return self._categories.with_id(category).id
        return self._categories.numbered(idnumber).id if idnumber else None

    def _seen_place(self, values: Mapping[str, Any]) -> int | None:
        try:
            return self._place(values)
        except Refusal:
            return None

    def _require_free(self, cohort: Cohort, names: Sequence[CohortIdentity]) -> None:
        for name in names:
            value = str(getattr(cohort, name))
            if any(other.id != cohort.id for other in self._cohorts.named(name, value)):
                raise Refusal("error_conflict", column=_COLUMNS[name], value=value)

    def _put(self, cohort: Cohort, place: int) -> None:
        self._cohorts.put(cohort)
        self._places.put(cohort.id, place)


def _alike(name: str, value: str, cohort: Cohort) -> bool:
    told = str(getattr(cohort, name))
    return value == told if name == "idnumber" else plain(value).strip() == plain(told).strip()


def _named(cohort: Cohort) -> dict[str, str]:
    return {"name": plain(cohort.name), "idnumber": cohort.idnumber}


def _only(cohort: Cohort, changes: Mapping[str, str]) -> dict[str, str]:
    return {"description": cohort.description} if "description" in changes else {}


def _tokens(cohort: Cohort) -> frozenset[Name]:
    """What no two cohorts may have at once: whoever takes it waits for whoever frees it."""
    return frozenset({("cohort name", plain(cohort.name)), ("cohort idnumber", cohort.idnumber)})
