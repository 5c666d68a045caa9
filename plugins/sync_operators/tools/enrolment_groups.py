"""The group part of a row of `enrolments`: which groups of the course somebody joins and leaves."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Final, Literal

from sync_operators.codes import Fault
from sync_operators.moodle import rules
from sync_operators.moodle.enrolments import Participant
from sync_operators.moodle.groups import IDNUMBER_LENGTH, Group
from sync_operators.tools.enrolment_columns import GROUPS
from sync_operators.tools.participation import Pair, Participation, enrolled, members, membership
from sync_operators.tools.tool import Draft, id_of

GroupField = Literal["id", "idnumber", "name"]
ToldOurs = Callable[[Collection[int]], set[tuple[int, int]]]

COMMANDS: Final = ("gadd", "gaddcreate", "greplace", "greplacecreate", "gdel")


@dataclass(frozen=True, slots=True)
class GroupPart:
    """What the group part of a row comes to."""

    drafts: tuple[Draft, ...] = ()
    faults: tuple[Fault, ...] = ()
    refs: tuple[tuple[str, int], ...] = ()


class GroupPlanner:
    """Plans group commands, seeing groups and memberships as the earlier rows leave them.

    With `told_ours`, which gives group and account of the memberships that this package added in some courses, all
    others are left alone.
    """

    def __init__(self, there: Participation, field: GroupField, told_ours: ToldOurs | None = None) -> None:
        self._field = field
        self._told_ours = told_ours
        self._there = there
        self._ours: set[tuple[int, int]] = set()
        self._numbers = count(1)

    def look_up(self, courses: Iterable[int]) -> None:
        """Ask Moodle for the groups of these courses, and the ledger for the memberships that are ours."""
        wanted = set(courses)
        self._there.load_groups(wanted)
        if self._told_ours and wanted:
            self._ours |= self._told_ours(wanted)

    def plan(self, command: str, names: Sequence[str], pair: Pair, enrolment: Draft | None) -> GroupPart:
        """Decide on the group part, after `enrolment` of the same row."""
        names, person = list(dict.fromkeys(names)), self._there.person(pair)
        if not command:
            return GroupPart()
        if fault := _refused(command, names, person):
            return GroupPart(faults=(fault,))
        return GroupPart() if person is None else self._plan(command, names, person, pair, enrolment)

    def _plan(
        self, command: str, names: list[str], person: Participant, pair: Pair, enrolment: Draft | None
    ) -> GroupPart:
        made: list[Draft] = []
        named = [self._group(pair[0], name, command, made) for name in names]
        groups = [each for each in named if isinstance(each, Group)]
        faults = tuple(each for each in named if isinstance(each, Fault))
        # A replacement that misses one of its groups takes nobody out of any.
        replaces = command.startswith("greplace") and not faults
        if command == "gdel":
            acts = [*self._leaving("remove", groups, pair, None)]
        else:
            acts = self._joining(groups, person, pair, enrolment)
            kept = {group.id for group in groups}
            others = [self._there.group(pair[0], key) for key in sorted(person.groups - kept)] if replaces else []
            acts += self._leaving("clear", others, pair, acts[-1] if acts else None)
        refs = tuple(("group", group.id) for group in groups if group.id > 0)
        return GroupPart((*made, *acts), faults, refs)

    # -- which groups -------------------------------------------------------------------------------------------

    def _group(self, course: int, value: str, command: str, made: list[Draft]) -> Group | Fault:
        found = self._there.groups(course, self._field, value)
        if len(found) > 1:
            return Fault("error_ambiguous", {"column": self._field, "value": value, "count": str(len(found))})
        if found:
            return found[0]
        if not command.endswith("create") or self._field == "id":
            return Fault("error_unknown_group", {"identity": self._field, "value": value})
        return self._new_group(course, value, made)

    def _new_group(self, course: int, value: str, made: list[Draft]) -> Group | Fault:
        """A group to be made; where groups are named by their idnumber, the name is the same."""
        idnumber = value if self._field == "idnumber" else ""
        if reason := rules.text(value) or ("too_long" if len(idnumber) > IDNUMBER_LENGTH else None):
            return Fault("error_group_create", {"group": value, "reason": reason})
        group = self._there.make_group(course, value, idnumber)
        after = {"courseid": course, "name": value} | ({"idnumber": idnumber} if idnumber else {})
        made.append(Draft("make_group", "group", group.id, after=after))
        return group

    # -- who joins and leaves -----------------------------------------------------------------------------------

    def _joining(
        self, groups: Collection[Group], person: Participant, pair: Pair, enrolment: Draft | None
    ) -> list[Draft]:
        joined = [group for group in groups if group.id not in person.groups]
        self._ours |= {(group.id, pair[1]) for group in joined}
        self._set(pair, person.groups | {group.id for group in joined})
        return [self._act("join", group, pair, enrolment) for group in joined]

    def _leaving(self, verb: str, groups: Collection[Group], pair: Pair, joined: Draft | None) -> Iterator[Draft]:
        person = self._there.person(pair)
        held = person.groups if person else frozenset()
        left = [group for group in groups if group.id in held and self._may_go(group, pair)]
        self._set(pair, held - {group.id for group in left})
        return (self._act(verb, group, pair, joined) for group in left)

    def _may_go(self, group: Group, pair: Pair) -> bool:
        return self._told_ours is None or (group.id, pair[1]) in self._ours

    def _set(self, pair: Pair, groups: frozenset[int]) -> None:
        person = self._there.person(pair)
        self._there.change(pair, roles=person.roles if person else (), groups=groups)

    def _act(self, verb: str, group: Group, pair: Pair, needed: Draft | None) -> Draft:
        """An act on a membership, in file order; it falls with `needed`, or else with its group where that is new."""
        course, user = pair
        ids = {"userid": id_of("user", user), "groupid": id_of("group", group.id)}
        row = {"courseid": course, **ids, "group": group.name}
        takes = frozenset({enrolled(pair), membership(group.id, user)})
        frees = frozenset({members(pair), membership(group.id, user)})
        before, after = ({}, row) if verb == "join" else (row, {})
        parent = (needed.entity, needed.target) if needed else None
        target = -next(self._numbers)
        return Draft(verb, "member", target, before, after, takes=takes, frees=frees, parent=parent)


def _refused(command: str, names: Collection[str], person: Participant | None) -> Fault | None:
    if command not in COMMANDS:
        return Fault("error_bad_group_command", {"value": command, "allowed": ", ".join(COMMANDS)})
    if not names:
        return Fault("error_missing_value", {"column": GROUPS[0]})
    return Fault("error_not_enrolled") if person is None and command != "gdel" else None
