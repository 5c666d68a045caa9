"""What is done to an enrolment, seeing it as the earlier rows of a file leave it; calls nobody.

What is given comes before what is taken: a new role or group first, and what it replaces only when that is done. So a
refusal never leaves anybody with less than before, and there is nothing to put back.
"""

from collections.abc import Mapping, Sequence
from itertools import count
from typing import Any

from sync_operators.moodle.enrolments import MANUAL
from sync_operators.tools.account_finder import Refusal
from sync_operators.tools.participation import Pair, Participation, enrolled, members
from sync_operators.tools.tool import Draft, id_of


class Enrolling:
    """Plans acts on enrolments; an account of a pair may be one that the plan makes."""

    def __init__(self, there: Participation) -> None:
        self._there = there
        self._numbers = count(1)
        self._begun: dict[Pair, tuple[str, int]] = {}

    def require_method(self, course: int, method: str) -> None:
        """Refuse a method that the course does not have, or that no web service enrols by."""
        if method not in self._there.methods(course):
            raise Refusal("error_no_enrol_method", method=method)
        if method != MANUAL:
            raise Refusal("error_unsupported", what=method, reason="no web service enrols by this method")

    def give(self, pair: Pair, role: int, times: Mapping[str, int], *, fresh: bool) -> tuple[Draft, ...]:
        """Make sure that somebody is enrolled, in force, with the role.

        What the plan gives falls with the enrolment that it has begun: nobody gets a role without one.
        """
        person, begun = self._there.person(pair), self._begun.get(pair, ("user", pair[1]))
        held = person.roles if person else frozenset()
        is_new = bool(times) and fresh
        is_off = person is not None and not times and not self._there.is_in_force(pair)
        self._there.change(pair, roles=held | {role})
        if person is None:
            return (self._enrol(pair, {**_row(pair, role), **times}),)
        if is_new or is_off:
            # Moodle does not tell present times: what a row gives is sent once, and never to who has just the role.
            unknown = ("timestart", "timeend")
            return (self._draft("renew", pair, after={**_row(pair, role), **times}, unknown=unknown, parent=begun),)
        return () if role in held else (self._draft("assign", pair, after=_row(pair, role), parent=begun),)

    def take_others(self, pair: Pair, role: int, given: Sequence[Draft]) -> tuple[Draft, ...]:
        """Take every other role from who was enrolled before; only once the new one is given."""
        person = self._there.person(pair)
        others = sorted((person.roles if person else frozenset()) - {role})
        self._there.change(pair, roles={role})
        parent = (given[0].entity, given[0].target) if given else None
        return tuple(self._draft("unassign", pair, before=_row(pair, other), parent=parent) for other in others)

    def end(self, pair: Pair) -> tuple[Draft, ...]:
        """End the enrolment, if there is one."""
        person = self._there.person(pair)
        if person is None:
            return ()
        self._there.end(pair)
        self._begun.pop(pair, None)
        others = [method for method in self._there.methods(pair[0]) if method != MANUAL]
        held = {"roles": sorted(person.roles), "groups": sorted(each for each in person.groups if each > 0)}
        told = {name: value for name, value in (held | {"other_methods": others}).items() if value}
        return (self._draft("unenrol", pair, before=_row(pair) | told),)

    def _enrol(self, pair: Pair, after: dict[str, Any]) -> Draft:
        draft = self._draft("enrol", pair, after=after, parent=("user", pair[1]))
        self._begun[pair] = (draft.entity, draft.target)
        return draft

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


def role_id(roles: Mapping[str, int], name: str) -> int:
    """The id of a role by its shortname, of those that the settings know."""
    if name not in roles:
        raise Refusal("error_unknown_role", role=name)
    return roles[name]


def times_of(given: Mapping[str, Any]) -> dict[str, int]:
    """The times that a row gives, by Moodle's names."""
    return {name: value for name, value in given.items() if isinstance(value, int)}


def require_order(times: Mapping[str, int], column: str) -> None:
    """Refuse an end before the start; no end is 0."""
    if 0 < times.get("timeend", 0) < times.get("timestart", 0):
        raise Refusal("error_invalid_value", column=column, reason="it is before the start")


def _row(pair: Pair, role: int | None = None) -> dict[str, Any]:
    """What names an enrolment, as Moodle's functions take it."""
    course, user = pair
    return {"courseid": course, "userid": id_of("user", user)} | ({} if role is None else {"roleid": role})
