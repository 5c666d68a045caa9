"""Rows of `enrolments` → acts; no calls but those of `look_up`."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sync_operators.codes import Fault
from sync_operators.moodle.reader import MoodleReader
from sync_operators.moodle.site import SiteInfo
from sync_operators.tools.account_finder import Refusal
from sync_operators.tools.course_finder import CourseFinder
from sync_operators.tools.enrolling import Enrolling, require_order, role_id, times_of
from sync_operators.tools.enrolment_columns import GROUPS
from sync_operators.tools.enrolment_groups import GroupPart, GroupPlanner
from sync_operators.tools.participation import Pair, Participation
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
        self._enrolling = Enrolling(self._there)
        ours = settings.members_added if settings.section.protect_groups else None
        self._groups = GroupPlanner(self._there, settings.section.group_identity, ours)

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
        self._enrolling.require_method(pair[0], values.get("enrol") or self._section.default_method)
        drafts, code = self._enrolment(verb, pair, role, row)
        command, names = str(values.get("gcmd") or ""), [values[name] for name in GROUPS if values.get(name)]
        groups = self._groups.plan(command, names, pair, drafts[0] if drafts else None)
        return _put_together(pair, drafts, code, groups)

    # -- what a row says ----------------------------------------------------------------------------------------

    def _said(self, values: Mapping[str, Any]) -> tuple[str, int | None]:
        """Verb and role of a row, before anything is asked of Moodle."""
        verb = self._verb(values)
        require_order(_times(values), "endtime")
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
        return role_id(self._roles, name)

    def _enrolment(self, verb: str, pair: Pair, role: int | None, row: ParsedRow) -> tuple[tuple[Draft, ...], str]:
        """The acts on the enrolment, and the code of the row where there is none."""
        if role is None or verb == "del":
            return self._enrolling.end(pair), "skipped_not_enrolled"
        given = self._enrolling.give(pair, role, _times(row.values), fresh=row.fresh)
        taken = self._enrolling.take_others(pair, role, given) if verb == "shift" else ()
        return (*given, *taken), UNCHANGED


def _times(values: Mapping[str, Any]) -> dict[str, int]:
    return times_of({name: values.get(column) for column, name in TIMES.items()})


def _put_together(pair: Pair, drafts: tuple[Draft, ...], code: str, groups: GroupPart) -> RowPlan:
    """One row of two parts: the worst comes first, and a part that changes nothing is told beside what does."""
    course, user = pair
    refs = (("user", user), ("course", course), *groups.refs)
    every = (*drafts, *groups.drafts)
    if not every:
        return RowPlan(code=code, parts=groups.faults, refs=refs)
    beside = () if drafts else (Fault(code),)
    return RowPlan(every, parts=(*groups.faults, *beside), refs=refs)
