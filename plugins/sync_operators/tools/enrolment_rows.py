"""Rows of `enrolments` → acts; no calls but those of `look_up`.

What is given comes before what is taken: a new role or group first, and what it replaces only when that is done. So a
refusal never leaves anybody with less than before, and there is nothing to put back.
"""

from collections.abc import Mapping, Sequence
from itertools import count
from typing import Any, Final

from sync_operators.codes import Fault
from sync_operators.moodle.enrolments import MANUAL
from sync_operators.moodle.reader import MoodleReader
from sync_operators.moodle.site import SiteInfo
from sync_operators.tools.account_finder import Refusal
from sync_operators.tools.course_finder import CourseFinder
from sync_operators.tools.enrolment_groups import GroupPart, GroupPlanner
from sync_operators.tools.participation import Pair, Participation, enrolled, members
from sync_operators.tools.tool import UNCHANGED, Draft, ParsedRow, RowPlan, ToolSettings
from sync_operators.tools.user_finder import UserFinder

VERBS: Final = ("add", "del", "delete", "shift")
ALL_ROLES: Final = ("", "*")
"""What stands for a role where a row ends an enrolment with all of them."""

TIMES: Final = {"starttime": "timestart", "endtime": "timeend"}


class EnrolmentPlanner:
    """Plans rows of `enrolments`: enrol and unenrol, give and take roles, fill the course's groups."""

    def __init__(self, settings: ToolSettings, reader: MoodleReader, site: SiteInfo) -> None:  # noqa: ARG002
        self._section, self._roles = settings.section, settings.roles
        self._users = UserFinder(settings.section.user_identity, reader)
        self._courses = CourseFinder(settings.section.course_identity, reader)
        self._there = Participation(reader)
        self._groups = GroupPlanner(settings, self._there)
        self._numbers = count(1)

    def look_up(self, rows: Sequence[ParsedRow]) -> None:
        """Ask Moodle for all that these rows need; for those refused by what they say alone, nothing."""
        rows = [row for row in rows if self._is_well(row)]
        self._users.look_up(row.values["uid"] for row in rows)
        self._courses.look_up(row.values["cid"] for row in rows)
        pairs = {row.row: pair for row in rows if (pair := self._pair(row))}
        self._there.load(course for course, _ in pairs.values())
        asking = [pairs[row.row][0] for row in rows if row.values.get("gcmd") and row.row in pairs]
        self._groups.look_up(asking)
        self._there.load_force(pair[0] for pair in pairs.values() if self._there.person(pair))

    def plan(self, row: ParsedRow) -> RowPlan:
        """Decide on one row."""
        try:
            return self._plan(row)
        except Refusal as refusal:
            return RowPlan.of(refusal.fault)

    def _is_well(self, row: ParsedRow) -> bool:
        try:
            self._said(row.values)
        except Refusal:
            return False
        return True

    def _pair(self, row: ParsedRow) -> Pair | None:
        try:
            return self._found(row)
        except Refusal:
            return None

    def _found(self, row: ParsedRow) -> Pair:
        user = self._users.find(row.values["uid"])
        return self._courses.find(row.values["cid"]).id, user

    def _plan(self, row: ParsedRow) -> RowPlan:
        values = row.values
        verb, role = self._said(values)
        pair = self._found(row)
        self._require_method(pair[0], values)
        drafts, code = self._enrolment(verb, pair, role, row)
        groups = self._groups.plan(values, pair, drafts[0] if drafts else None)
        return _put_together(pair, drafts, code, groups)

    # -- what a row says ----------------------------------------------------------------------------------------

    def _said(self, values: Mapping[str, Any]) -> tuple[str, int | None]:
        """Verb and role of a row, before anything is asked of Moodle."""
        verb = self._verb(values)
        _require_order(values)
        return verb, self._role(values, verb)

    def _verb(self, values: Mapping[str, Any]) -> str:
        verb = str(values.get("cmd", self._section.default_command))
        if verb not in VERBS:
            raise Refusal("error_bad_command", value=verb, allowed=", ".join(VERBS))
        return "del" if verb == "delete" else verb

    def _role(self, values: Mapping[str, Any], verb: str) -> int | None:
        """The id of the role; None where a row that ends an enrolment names none, or all."""
        name = values["rolename"]
        if name in ALL_ROLES and verb == "del":
            return None
        if not name:
            raise Refusal("error_missing_value", column="rolename")
        if name not in self._roles:
            raise Refusal("error_unknown_role", role=name)
        return self._roles[name]

    def _require_method(self, course: int, values: Mapping[str, Any]) -> None:
        method = values.get("enrol") or self._section.default_method
        if method not in self._there.methods(course):
            raise Refusal("error_no_enrol_method", method=method)
        if method != MANUAL:
            raise Refusal("error_unsupported", what=method, reason="no web service enrols by this method")

    # -- what is to be done -------------------------------------------------------------------------------------

    def _enrolment(self, verb: str, pair: Pair, role: int | None, row: ParsedRow) -> tuple[tuple[Draft, ...], str]:
        """The acts on the enrolment, and the code of the row where there is none."""
        if role is None or verb == "del":
            return self._ending(pair), "skipped_not_enrolled"
        given = self._giving(pair, role, row)
        taken = self._taking(pair, role, given) if verb == "shift" else ()
        return (*given, *taken), UNCHANGED

    def _giving(self, pair: Pair, role: int, row: ParsedRow) -> tuple[Draft, ...]:
        """Make sure that somebody is enrolled, in force, with the role."""
        person, times = self._there.person(pair), _times(row.values)
        held = person.roles if person else frozenset()
        is_new = bool(times) and row.fresh
        is_off = person is not None and not times and not self._there.is_in_force(pair)
        self._there.change(pair, roles=held | {role})
        if person is None:
            return (self._draft("enrol", pair, after=_row(pair, role) | times),)
        if is_new or is_off:
            # Moodle does not tell present times: what a row gives is sent once, and never to who has just the role.
            unknown = ("timestart", "timeend")
            return (self._draft("update", pair, after=_row(pair, role) | times, unknown=unknown),)
        return () if role in held else (self._draft("assign", pair, after=_row(pair, role)),)

    def _taking(self, pair: Pair, role: int, given: Sequence[Draft]) -> tuple[Draft, ...]:
        """Take every other role from who was enrolled before; only once the new one is given."""
        person = self._there.person(pair)
        others = sorted((person.roles if person else frozenset()) - {role})
        self._there.change(pair, roles={role})
        parent = (given[0].entity, given[0].target) if given else None
        return tuple(self._draft("unassign", pair, before=_row(pair, other), parent=parent) for other in others)

    def _ending(self, pair: Pair) -> tuple[Draft, ...]:
        person = self._there.person(pair)
        if person is None:
            return ()
        self._there.end(pair)
        others = [method for method in self._there.methods(pair[0]) if method != MANUAL]
        held = {"roles": sorted(person.roles), "groups": sorted(each for each in person.groups if each > 0)}
        told = {name: value for name, value in (held | {"other_methods": others}).items() if value}
        return (self._draft("unenrol", pair, before=_row(pair) | told),)

    def _draft(
        self,
        verb: str,
        pair: Pair,
        *,
        before: dict[str, Any] | None = None,
        after: dict[str, Any] | None = None,
        unknown: tuple[str, ...] = (),
        parent: tuple[str, int] | None = None,
    ) -> Draft:
        """An act on an enrolment: after all earlier ones on it, and after what they did in the course's groups."""
        return Draft(
            verb,
            "enrolment",
            -next(self._numbers),
            before or {},
            after or {},
            unknown,
            takes=frozenset({enrolled(pair), members(pair)}),
            frees=frozenset({enrolled(pair)}),
            parent=parent,
        )


def _row(pair: Pair, role: int | None = None) -> dict[str, Any]:
    """What names an enrolment, as Moodle's functions take it."""
    course, user = pair
    return {"courseid": course, "userid": user} | ({} if role is None else {"roleid": role})


def _times(values: Mapping[str, Any]) -> dict[str, int]:
    given = {name: values.get(column) for column, name in TIMES.items()}
    return {name: value for name, value in given.items() if isinstance(value, int)}


def _require_order(values: Mapping[str, Any]) -> None:
    """Refuse an end before the start; no end is 0."""
    times = _times(values)
    if 0 < times.get("timeend", 0) < times.get("timestart", 0):
        raise Refusal("error_invalid_value", column="endtime", reason="it is before the start")


def _put_together(pair: Pair, drafts: tuple[Draft, ...], code: str, groups: GroupPart) -> RowPlan:
    """One row of two parts: the worst comes first, and a part that changes nothing is told beside what does."""
    course, user = pair
    refs = (("user", user), ("course", course), *groups.refs)
    every = (*drafts, *groups.drafts)
    if not every:
        return RowPlan(code=code, parts=groups.faults, refs=refs)
    beside = () if drafts else (Fault(code),)
    return RowPlan(every, parts=(*groups.faults, *beside), refs=refs)
