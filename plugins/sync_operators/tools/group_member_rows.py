"""Rows of `group_members` → acts; no calls but those of `look_up`.

A row that shifts gives the new membership first and takes the others only when that is done: a refusal never leaves
anybody with less than before.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from itertools import count
from typing import Any, Final

from sync_operators.codes import Fault
from sync_operators.moodle.groups import Group
from sync_operators.moodle.reader import MoodleReader
from sync_operators.moodle.site import SiteInfo
from sync_operators.tools.account_finder import Refusal
from sync_operators.tools.course_finder import CourseFinder
from sync_operators.tools.group_member_verbs import SHIFT
from sync_operators.tools.group_purging import Purge
from sync_operators.tools.participation import Pair, Participation, membership
from sync_operators.tools.shelf import Field, Shelf
from sync_operators.tools.tool import MEMBER, UNCHANGED, Draft, ParsedRow, RowPlan, ToolSettings
from sync_operators.tools.user_finder import UserFinder

COMMANDS: Final = ("add", "shift", "del")


class MemberPlanner:
    """Plans rows of `group_members`: put accounts into groups of courses, move them, take them out."""

    def __init__(self, settings: ToolSettings, reader: MoodleReader, site: SiteInfo) -> None:
        self._field: Field = settings.section.group_identity
        self._told_ours = settings.members_added
        self._users = UserFinder(settings.section.user_identity, reader)
        self._courses = CourseFinder(settings.section.course_identity, reader)
        self._groups = Shelf("group", reader.course_groups)
        self._there = Participation(reader)
        self._purge = Purge(settings.section.purge_empty, reader, site)
        self._ours: set[tuple[int, int]] = set()
        self._numbers = count(1)

    def look_up(self, rows: Sequence[ParsedRow]) -> None:
        """Ask Moodle for all that these rows need, and the ledger for the memberships that are ours."""
        rows = [row for row in rows if not _refused(row.values)]
        self._users.look_up(row.values["userid"] for row in rows)
        self._courses.look_up(row.values["courseid"] for row in rows)
        courses = {row.row: course for row in rows if (course := self._course(row.values))}
        self._purge.know(courses.values(), self._groups.load(courses.values()))
        self._there.load(courses.values())
        shifting = {courses[row.row] for row in rows if row.row in courses and _command(row.values) == "shift"}
        self._ours |= self._told_ours(shifting) if shifting else set()

    def plan(self, row: ParsedRow) -> RowPlan:
        """Decide on one row."""
        if fault := _refused(row.values):
            return RowPlan.of(fault)
        try:
            return self._plan(row.values)
        except Refusal as refusal:
            return RowPlan.of(refusal.fault)

    def see(self, rows: Sequence[ParsedRow]) -> None:
        """Their courses are named by the file, too, and the groups that they fill stay."""
        self.look_up(rows)
        for row in rows:
            if not _refused(row.values) and (course := self._course(row.values)):
                with suppress(Refusal):
                    self._wanted_group(row.values, course)

    def sum_up(self) -> Iterable[tuple[str, RowPlan]]:
        """Delete what is empty in the courses of the file, when the settings say so."""
        return self._purge.plans()

    def _course(self, values: Mapping[str, Any]) -> int | None:
        try:
            return self._courses.find(values["courseid"]).id
        except Refusal:
            return None

    def _plan(self, values: Mapping[str, Any]) -> RowPlan:
        command, course = _command(values), self._courses.find(values["courseid"]).id
        group = self._wanted_group(values, course)
        pair = (course, self._users.find(values["userid"]))
        refs: tuple[tuple[str, int], ...] = (("user", pair[1]), ("course", course), ("group", group.id))
        if command == "del":
            left = self._leaving("remove", [group] if self._is_in(group, pair) else [], pair, None)
            return RowPlan(left, code=None if left else "skipped_not_member", refs=refs)
        drafts = self._entering(command, group, pair)
        refs += ((SHIFT, pair[1]),) if command == "shift" else ()
        return RowPlan(drafts, code=None if drafts else UNCHANGED, refs=refs)

    def _wanted_group(self, values: Mapping[str, Any], course: int) -> Group:
        """The group of a row; one that the row fills is not to be deleted, whatever becomes of the row."""
        group = self._group(course, values["groupid"])
        if _command(values) != "del":
            self._purge.want(group)
        return group

    def _group(self, course: int, value: str) -> Group:
        """The one group of the course; one of another course is never taken."""
        found = self._groups.find(course, self._field, value)
        if len(found) > 1:
            raise Refusal("error_ambiguous", column=self._field, value=value, count=str(len(found)))
        if found:
            return found[0]
        if self._field != "name" and self._groups.is_elsewhere(self._field, value):
            raise Refusal("error_wrong_course", identity=self._field, value=value)
        raise Refusal("error_unknown_group", identity=self._field, value=value)

    # -- who enters and leaves ----------------------------------------------------------------------------------

    def _entering(self, command: str, group: Group, pair: Pair) -> tuple[Draft, ...]:
        """Put the account into the group; a row that shifts then takes it out of those that we put it into."""
        person = self._there.person(pair)
        if person is None:
            raise Refusal("error_not_enrolled")
        joined: tuple[Draft, ...] = ()
        if group.id not in person.groups:
            self._ours.add((group.id, pair[1]))
            self._set(pair, person.groups | {group.id})
            joined = (self._act("move" if command == "shift" else "join", group, pair, None),)
        if command == "add":
            return joined
        others = [key for key in sorted(person.groups - {group.id}) if (key, pair[1]) in self._ours]
        named = [found for key in others for found in self._groups.find(pair[0], "id", str(key))]
        return (*joined, *self._leaving("clear", named, pair, joined[0] if joined else None))

    def _leaving(self, verb: str, groups: Sequence[Group], pair: Pair, needed: Draft | None) -> tuple[Draft, ...]:
        person = self._there.person(pair)
        if person is None or not groups:
            return ()
        self._set(pair, person.groups - {group.id for group in groups})
        self._ours -= {(group.id, pair[1]) for group in groups}
        return tuple(self._act(verb, group, pair, needed) for group in groups)

    def _is_in(self, group: Group, pair: Pair) -> bool:
        person = self._there.person(pair)
        return person is not None and group.id in person.groups

    def _set(self, pair: Pair, groups: frozenset[int]) -> None:
        person = self._there.person(pair)
        self._there.change(pair, roles=person.roles if person else (), groups=groups)

    def _act(self, verb: str, group: Group, pair: Pair, needed: Draft | None) -> Draft:
        """An act on a membership, after all earlier ones on it."""
        row = {"courseid": pair[0], "userid": pair[1], "groupid": group.id, "group": group.name}
        before, after = ({}, row) if verb in {"join", "move"} else (row, {})
        self._purge.note(group.id, pair[1], inside=bool(after))
        token = frozenset({membership(group.id, pair[1])})
        parent = (needed.entity, needed.target) if needed else None
        return Draft(verb, MEMBER, -next(self._numbers), before, after, takes=token, frees=token, parent=parent)


def _command(values: Mapping[str, Any]) -> str:
    return str(values.get("cmd") or "add")


def _refused(values: Mapping[str, Any]) -> Fault | None:
    """What is wrong with a row before anything is asked of Moodle."""
    if _command(values) not in COMMANDS:
        return Fault("error_bad_command", {"value": _command(values), "allowed": ", ".join(COMMANDS)})
    return None if values.get("courseid") else Fault("error_missing_value", {"column": "courseid"})
