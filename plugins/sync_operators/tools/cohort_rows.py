"""Rows of `cohorts` → acts; no calls but those of `look_up`."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from typing import Any, Final

from sync_operators.codes import Fault
from sync_operators.moodle.cohorts import Cohort
from sync_operators.moodle.reader import MoodleReader
from sync_operators.moodle.site import SiteInfo
from sync_operators.tools.account_finder import Refusal
from sync_operators.tools.cohort_columns import key_column
from sync_operators.tools.cohort_finder import CohortFinder, CohortMembers
from sync_operators.tools.cohort_shapes import CohortShapes
from sync_operators.tools.tool import UNCHANGED, Draft, Name, ParsedRow, RowPlan, ToolSettings, id_of
from sync_operators.tools.user_finder import UserFinder

COMMANDS: Final = ("add", "del", "free")
MEMBERSHIP: Final = "cohort_member"


@dataclass(frozen=True, slots=True)
class _Member:
    """The account that a row names, or why it is not known; neither where a row names none."""

    id: int | None = None
    fault: Fault | None = None


class CohortPlanner:
    """Plans rows of `cohorts`: make and change cohorts, fill and empty them."""

    def __init__(self, settings: ToolSettings, reader: MoodleReader, site: SiteInfo) -> None:  # noqa: ARG002
        self._identity = settings.section.identity
        self._users = UserFinder(settings.section.user_identity, reader)
        self._cohorts = CohortFinder(self._identity, reader)
        self._members = CohortMembers(reader)
        self._shapes = CohortShapes(settings.section, reader, self._cohorts)
        self._numbers = count(1)

    def look_up(self, rows: Sequence[ParsedRow]) -> None:
        """Ask Moodle for all that these rows need; for those with an unknown command, nothing."""
        every = [row.values for row in rows if _command(row.values) in COMMANDS]
        if not every:
            return
        self._cohorts.look_up()
        self._users.look_up(values.get("userid", "") for values in every)
        self._members.look_up(
            cohort.id
            for values in every
            if (values.get("userid") or _command(values) == "free") and (cohort := self._known(values))
        )
        self._shapes.look_up([
            (values, self._known(values)) for values in every if _command(values) == "add"
        ])  # fmt: skip

    def plan(self, row: ParsedRow) -> RowPlan:
        """Decide on one row."""
        try:
            return self._plan(row.values)
        except Refusal as refusal:
            return RowPlan.of(refusal.fault)

    def _plan(self, values: Mapping[str, Any]) -> RowPlan:
        command = _command(values)
        if command not in COMMANDS:
            raise Refusal("error_bad_command", value=command, allowed=", ".join(COMMANDS))
        if command == "add":
            return self._add(values)
        cohort = self._cohorts.require(self._key(values))
        if command == "free":
            return self._empty(cohort)
        # An account that is not known never makes it a row about the cohort itself.
        return self._remove(cohort, values["userid"]) if values.get("userid") else self._delete(cohort)

    def _key(self, values: Mapping[str, Any]) -> str:
        return str(values[key_column(values, self._identity)])

    def _known(self, values: Mapping[str, Any]) -> Cohort | None:
        with suppress(Refusal):
            return self._cohorts.find(self._key(values))
        return None

    # -- add ----------------------------------------------------------------------------------------------------

    def _add(self, values: Mapping[str, Any]) -> RowPlan:
        """The cohort first; an account that is not known is the row's error beside it."""
        known, value = self._cohorts.find(self._key(values)), self._key(values)
        cohort, shaped = self._shapes.change(known, values) if known else self._shapes.make(value, values)
        member = self._member(values)
        joined = self._join(cohort, member.id) if member.id else ()
        refs = (*_refs(cohort), *((("user", member.id),) if member.id else ()))
        if drafts := (*shaped, *joined):
            return RowPlan(drafts, parts=(member.fault,) if member.fault else (), refs=refs)
        return RowPlan.of(member.fault) if member.fault else RowPlan(code=UNCHANGED, refs=refs)

    def _member(self, values: Mapping[str, Any]) -> _Member:
        if not values.get("userid"):
            return _Member()
        try:
            return _Member(self._users.find(values["userid"]))
        except Refusal as refusal:
            return _Member(fault=refusal.fault)

    def _join(self, cohort: Cohort, user: int) -> tuple[Draft, ...]:
        members = self._members.of(cohort.id)
        if user in members:
            return ()
        members.add(user)
        return (self._act("add", cohort, user),)

    # -- del, free ----------------------------------------------------------------------------------------------

    def _remove(self, cohort: Cohort, value: str) -> RowPlan:
        user, members = self._users.find(value), self._members.of(cohort.id)
        refs = (*_refs(cohort), ("user", user))
        if user not in members:
            return RowPlan(code="skipped_not_member", refs=refs)
        members.remove(user)
        return RowPlan((self._act("remove", cohort, user),), refs=refs)

    def _empty(self, cohort: Cohort) -> RowPlan:
        members = self._members.of(cohort.id)
        drafts = tuple(self._act("clear", cohort, user) for user in sorted(members))
        members.clear()
        # Said of an empty one, too: `unchanged` would be remembered, and whoever comes later would stay.
        return RowPlan(drafts, refs=_refs(cohort)) if drafts else RowPlan(code="cohort_emptied", refs=_refs(cohort))

    def _delete(self, cohort: Cohort) -> RowPlan:
        self._members.of(cohort.id).clear()
        return RowPlan((self._shapes.delete(cohort, takes=frozenset({_inside(cohort)})),), refs=_refs(cohort))

    def _act(self, verb: str, cohort: Cohort, user: int) -> Draft:
        """An act on a membership; in file order, and before its cohort goes."""
        cohort_id, label = id_of("cohort", cohort.id), cohort.idnumber or cohort.name
        row = {"cohortid": cohort_id, "userid": user, "cohort": label}
        one = (MEMBERSHIP, f"{cohort.id}:{user}")
        before, after = ({}, row) if verb == "add" else (row, {})
        target, frees = -next(self._numbers), frozenset({one, _inside(cohort)})
        return Draft(verb, MEMBERSHIP, target, before, after, takes=frozenset({one}), frees=frees)


def _command(values: Mapping[str, Any]) -> str:
    return str(values.get("cmd") or "add")


def _refs(cohort: Cohort) -> tuple[tuple[str, int], ...]:
    return (("cohort", cohort.id),) if cohort.id > 0 else ()


def _inside(cohort: Cohort) -> Name:
    return "in cohort", str(cohort.id)
