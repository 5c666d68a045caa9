"""The cohort of a row of `users`: by its name, or by its idnumber where the row gives no name; made when missing."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import count
from typing import Any, Final

from sync_operators.codes import Fault
from sync_operators.moodle import cohorts
from sync_operators.moodle.cohorts import SYSTEM, Cohort
from sync_operators.moodle.reader import MoodleReader
from sync_operators.moodle.site import SiteInfo
from sync_operators.tools.account_finder import Refusal
from sync_operators.tools.cohort_finder import CohortFinder, CohortIdentity, CohortMembers
from sync_operators.tools.cohort_rows import MEMBERSHIP
from sync_operators.tools.tool import Draft, ParsedRow, ToolSettings, id_of
from sync_operators.tools.user_blocks import Part

FUNCTIONS: Final = (cohorts.GET, cohorts.GET_MEMBERS, cohorts.CREATE, cohorts.ADD_MEMBERS)


class CohortPart:
    """Plans the cohorts of accounts, those among them that the plan makes."""

    def __init__(self, settings: ToolSettings, reader: MoodleReader, site: SiteInfo) -> None:  # noqa: ARG002
        self._site = site
        self._cohorts = CohortFinder("name", reader)
        self._members = CohortMembers(reader)
        self._numbers = count(1)

    def is_named(self, row: ParsedRow) -> bool:
        """Whether a row gives any."""
        return _is_named(row.values)

    def look_up(self, rows: Sequence[ParsedRow], may_be_known: Callable[[ParsedRow], bool]) -> None:
        """Ask Moodle for the cohorts, and for the members of those where somebody may be already."""
        named = [row for row in rows if _is_named(row.values)]
        if not named:
            return
        self._site.require(FUNCTIONS)
        self._cohorts.look_up()
        known = (self._known(row.values) for row in named if may_be_known(row))
        self._members.look_up(cohort.id for cohort in known if cohort)

    def plan(self, row: ParsedRow, user: int) -> Iterator[Part]:
        """Put the account into the cohort that its row names, if it names one."""
        if not _is_named(row.values):
            return
        try:
            yield self._plan(row.values, user)
        except Refusal as refusal:
            yield Part(faults=(Fault(refusal.fault.code, {**refusal.fault.args, "block": "cohort"}),))

    def _plan(self, values: Mapping[str, Any], user: int) -> Part:
        found = self._find(values)
        cohort, made = (found, ()) if found else self._make(values)
        return Part((*made, *self._join(cohort, user)), refs=(("cohort", cohort.id),))

    def _find(self, values: Mapping[str, Any]) -> Cohort | None:
        name, idnumber = values.get("cohort", ""), values.get("cohortid", "")
        if not name:
            return _only(self._cohorts.named("idnumber", idnumber), "idnumber", idnumber)
        found = self._cohorts.named("name", name)
        # Of several with one name, the idnumber says which.
        alike = [cohort for cohort in found if idnumber and cohort.idnumber == idnumber]
        return _only(alike or found, "name", name)

    def _known(self, values: Mapping[str, Any]) -> Cohort | None:
        with suppress(Refusal):
            return self._find(values)
        return None

    def _make(self, values: Mapping[str, Any]) -> tuple[Cohort, tuple[Draft, ...]]:
        name, idnumber = values.get("cohort", ""), values.get("cohortid", "")
        if not name:
            raise Refusal("error_unknown_cohort", identity="idnumber", value=idnumber)
        # Moodle takes a second cohort without an idnumber for a double.
        if not idnumber:
            raise Refusal("error_missing_value", column="cohortid")
        if self._cohorts.named("idnumber", idnumber):
            raise Refusal("error_conflict", column="cohortid", value=idnumber)
        cohort = Cohort(-next(self._numbers), name=name, idnumber=idnumber)
        self._cohorts.put(cohort)
        after = {"name": name, "idnumber": idnumber, "description": "", "category": SYSTEM}
        return cohort, (Draft("make_cohort", "cohort", cohort.id, after=after),)

    def _join(self, cohort: Cohort, user: int) -> tuple[Draft, ...]:
        members = self._members.of(cohort.id)
        if user in members:
            return ()
        members.add(user)
        ids = {"userid": id_of("user", user), "cohortid": id_of("cohort", cohort.id)}
        after = {**ids, "cohort": cohort.idnumber or cohort.name}
        parent = ("user", user)
        return (Draft("add", MEMBERSHIP, -next(self._numbers), after=after, parent=parent),)


def _is_named(values: Mapping[str, Any]) -> bool:
    return bool(values.get("cohort") or values.get("cohortid"))


def _only(found: Sequence[Cohort], field: CohortIdentity, value: str) -> Cohort | None:
    if len(found) > 1:
        raise Refusal("error_ambiguous", column=field, value=value, count=str(len(found)))
    return found[0] if found else None
