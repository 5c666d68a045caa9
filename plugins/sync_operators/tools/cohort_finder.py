"""Finds cohorts, their members and where they live, as the earlier rows of a file leave them.

The whole list comes in one call, once a file: no other finds by idnumber or name. Members are asked of the cohorts
that rows name. Where a cohort lives is asked only when a row changes it: of the place that the row gives, or else of
one place after the other (first of no category) until it is found, because an update without it would move it.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Final, Literal

from sync_operators.moodle.answered import plain
from sync_operators.moodle.cohorts import SYSTEM, Cohort
from sync_operators.moodle.reader import MoodleReader
from sync_operators.tools.account_finder import Refusal

CohortIdentity = Literal["id", "idnumber", "name"]

_FIELDS: Final[tuple[CohortIdentity, ...]] = ("id", "idnumber", "name")


class CohortFinder:
    """The cohorts of the site, laid over with what earlier rows plan."""

    def __init__(self, identity: CohortIdentity, reader: MoodleReader) -> None:
        self._identity = identity
        self._reader = reader
        self._cohorts: dict[int, Cohort] = {}
        self._index: defaultdict[tuple[str, str], set[int]] = defaultdict(set)
        self._is_loaded = False

    def look_up(self) -> None:
        """Ask Moodle for all cohorts, once."""
        if not self._is_loaded:
            self._is_loaded = True
            for cohort in self._reader.all_cohorts():
                self.put(cohort)

    def named(self, field: CohortIdentity, value: str) -> list[Cohort]:
        """All cohorts that have this value."""
        return [self._cohorts[each] for each in sorted(self._index.get((field, _form(field, value)), ()))]

    def find(self, value: str) -> Cohort | None:
        """The one cohort that has this value, if any; Refusal when there are several."""
        found = self.named(self._identity, value)
        if len(found) > 1:
            raise Refusal("error_ambiguous", column=self._identity, value=value, count=str(len(found)))
        return found[0] if found else None

    def require(self, value: str) -> Cohort:
        """The one cohort that has this value; Refusal when there is none, or several."""
        if (cohort := self.find(value)) is None:
            raise Refusal("error_unknown_cohort", identity=self._identity, value=value)
        return cohort

    def put(self, cohort: Cohort) -> None:
        """Let later rows see a cohort like this."""
        self.drop(cohort.id)
        self._cohorts[cohort.id] = cohort
        for key in _keys(cohort):
            self._index[key].add(cohort.id)

    def drop(self, cohort_id: int) -> None:
        """Let later rows see no cohort of that id."""
        if before := self._cohorts.pop(cohort_id, None):
            for key in _keys(before):
                self._index[key].discard(cohort_id)


class CohortMembers:
    """Who is in the cohorts that rows name; one that is not looked up has nobody."""

    def __init__(self, reader: MoodleReader) -> None:
        self._reader = reader
        self._members: dict[int, set[int]] = {}

    def look_up(self, cohort_ids: Iterable[int]) -> None:
        """Ask Moodle once for the members of these cohorts."""
        wanted = [each for each in dict.fromkeys(cohort_ids) if each > 0 and each not in self._members]
        for cohort, members in (self._reader.cohort_members(wanted) if wanted else {}).items():
            self._members[cohort] = set(members)

    def of(self, cohort_id: int) -> set[int]:
        """The members of a cohort; what is changed in it, later rows see."""
        return self._members.setdefault(cohort_id, set())


class CohortPlaces:
    """Where cohorts live: a category's id, or SYSTEM."""

    def __init__(self, reader: MoodleReader) -> None:
        self._reader = reader
        self._places: dict[int, int] = {}
        self._asked: set[int] = set()
        self._order: list[int] = []

    def look_at(self, place: int) -> None:
        """Ask Moodle once which cohorts live in a place."""
        if place not in self._asked:
            self._asked.add(place)
            for cohort in self._reader.cohorts_in(place):
                self._places.setdefault(cohort, place)

    def look_for(self, cohort_ids: Iterable[int]) -> None:
        """Ask Moodle for one place after the other until it is known where each of these lives."""
        wanted = {each for each in cohort_ids if each > 0}
        for place in self._every() if wanted else ():
            if wanted <= self._places.keys():
                return
            self.look_at(place)

    def of(self, cohort_id: int) -> int | None:
        """Where a cohort lives; None when nobody has told."""
        return self._places.get(cohort_id)

    def put(self, cohort_id: int, place: int) -> None:
        """Let later rows see a cohort there."""
        self._places[cohort_id] = place

    def _every(self) -> Iterator[int]:
        yield SYSTEM
        if not self._order:
            self._order = [category.id for category in self._reader.all_categories()]
        yield from self._order


def _keys(cohort: Cohort) -> Iterator[tuple[str, str]]:
    return ((field, _form(field, str(getattr(cohort, field)))) for field in _FIELDS)


def _form(field: str, value: str) -> str:
    """Names come formatted, all else as it is stored."""
    return plain(value).strip() if field == "name" else value
