"""Who takes part in which course, with which roles and in which groups, as the earlier rows of a file will leave it."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import replace
from typing import Final

from sync_operators.moodle.answered import plain
from sync_operators.moodle.enrolments import Participant
from sync_operators.moodle.groups import Group
from sync_operators.moodle.reader import MoodleReader
from sync_operators.tools.tool import Name

KEPT: Final = 100_000
"""Participants that are remembered over the chunks of a file; beyond that courses are read afresh."""

Pair = tuple[int, int]
"""A course and an account."""


def enrolled(pair: Pair) -> Name:
    """What every act on an enrolment, and every one that needs it, takes: they come in file order."""
    return "enrolled", f"{pair[0]}:{pair[1]}"


def members(pair: Pair) -> Name:
    """What every act on a membership in a course's groups frees: whoever ends the enrolment waits for them."""
    return "members", f"{pair[0]}:{pair[1]}"


def membership(group: int, user: int) -> Name:
    """What every act on one membership takes and frees."""
    return "member", f"{group}:{user}"


class Participation:
    """A window on the participants and groups of courses, laid over with what earlier rows plan.

    Each course is read once: its participants with roles and groups in one call, its methods with those of all others.
    Its groups, and whose enrolments are in force, only where a row asks.
    """

    def __init__(self, reader: MoodleReader) -> None:
        self._reader = reader
        self._told: dict[int, dict[int, Participant]] = {}
        self._methods: dict[int, tuple[str, ...]] = {}
        self._not_in_force: dict[int, set[int]] = {}
        self._groups: dict[int, list[Group]] = {}
        self._planned: dict[Pair, Participant | None] = {}
        self._made: defaultdict[int, list[Group]] = defaultdict(list)
        self._shared: dict[frozenset[int], frozenset[int]] = {}
        self._count = 0

    def load(self, courses: Iterable[int]) -> None:
        """Ask Moodle once for participants and methods of these courses."""
        if sum(map(len, self._told.values())) > KEPT:
            self._told.clear()
        wanted = [course for course in dict.fromkeys(courses) if course not in self._told]
        if not wanted:
            return
        self.load_methods(wanted)
        for course, people in self._reader.participants(wanted).items():
            self._told[course] = {key: self._light(person) for key, person in people.items()}

    def load_methods(self, courses: Iterable[int]) -> None:
        """Ask Moodle once for the methods of these courses: enough where nobody can be enrolled yet."""
        wanted = [course for course in dict.fromkeys(courses) if course not in self._methods]
        self._methods |= self._reader.enrolment_methods(wanted) if wanted else {}

    def load_groups(self, courses: Iterable[int]) -> None:
        """Ask Moodle once for the groups of these courses."""
        wanted = [course for course in dict.fromkeys(courses) if course not in self._groups]
        self._groups |= self._reader.course_groups(wanted) if wanted else {}

    def load_force(self, courses: Iterable[int]) -> None:
        """Ask Moodle once whose enrolments in these courses are in force."""
        wanted = [course for course in dict.fromkeys(courses) if course not in self._not_in_force]
        self._not_in_force |= self._reader.not_in_force(wanted) if wanted else {}

    def methods(self, course: int) -> tuple[str, ...]:
        """The methods of enrolment that the course has switched on."""
        return self._methods.get(course, ())

    def person(self, pair: Pair) -> Participant | None:
        """Who is enrolled, as earlier rows leave it; None for who is not."""
        if pair in self._planned:
            return self._planned[pair]
        return self._told.get(pair[0], {}).get(pair[1])

    def is_in_force(self, pair: Pair) -> bool:
        """Whether the enrolment lets its owner in: neither suspended nor out of its time."""
        return pair in self._planned or pair[1] not in self._not_in_force.get(pair[0], ())

    def change(self, pair: Pair, *, roles: Collection[int] = (), groups: Collection[int] | None = None) -> None:
        """Let later rows see these roles and groups; groups that are not given stay."""
        before = self.person(pair)
        there = before or Participant(pair[1])
        after = replace(there, roles=frozenset(roles), groups=there.groups if groups is None else frozenset(groups))
        if after != before:
            self._planned[pair] = after

    def end(self, pair: Pair) -> None:
        """Let later rows see nobody there."""
        self._planned[pair] = None

    def groups(self, course: int, field: str, value: str) -> list[Group]:
        """The groups of a course that have this value, those that earlier rows make among them."""
        wanted = plain(value)
        known = (*self._groups.get(course, ()), *self._made[course])
        return [group for group in known if plain(str(getattr(group, field))) == wanted]

    def make_group(self, course: int, name: str, idnumber: str) -> Group:
        """A group that the plan creates; its id is negative until Moodle gives one."""
        self._count += 1
        group = Group(-self._count, course, name, idnumber)
        self._made[course].append(group)
        return group

    def group(self, course: int, group_id: int) -> Group:
        """The group of that id; one that nobody has looked up has no name."""
        known = (*self._groups.get(course, ()), *self._made[course])
        return next((group for group in known if group.id == group_id), Group(group_id, course))

    def _light(self, person: Participant) -> Participant:
        """Sets of roles and groups are few: each is kept once."""
        roles, groups = (self._shared.setdefault(each, each) for each in (person.roles, person.groups))
        return Participant(person.id, roles, groups)
