"""The enrolment blocks of a row of `users`: each is what a row of `enrolments` with `add` is.

Methods are asked of the courses that blocks name, participants only of those where somebody may be enrolled already:
a new account is in none. So a file of new accounts takes one look at a course, whatever its size.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final

from sync_operators.codes import Fault
from sync_operators.moodle import enrolments, groups, roles
from sync_operators.moodle.courses import GET, GET_BY_FIELD
from sync_operators.moodle.enrolments import MANUAL
from sync_operators.moodle.reader import MoodleReader
from sync_operators.moodle.site import SiteInfo
from sync_operators.tools.account_finder import Refusal
from sync_operators.tools.course_finder import CourseFinder
from sync_operators.tools.enrolling import Enrolling, require_order, role_id, times_of
from sync_operators.tools.enrolment_groups import GroupPlanner
from sync_operators.tools.participation import Pair, Participation
from sync_operators.tools.tool import UNCHANGED, Draft, ParsedRow, ToolSettings

ROLE: Final = "student"
"""The role of a block that names none."""

FUNCTIONS: Final = (
    GET,
    GET_BY_FIELD,
    "core_course_get_categories",
    enrolments.GET_ENROLLED,
    enrolments.ENROL,
    roles.ASSIGN,
    groups.GET_COURSE_GROUPS,
    groups.CREATE,
    groups.ADD_MEMBERS,
)


@dataclass(frozen=True, slots=True)
class Part:
    """What a block comes to: acts, faults or nothing to do, and what the row stands on because of it."""

    drafts: tuple[Draft, ...] = ()
    faults: tuple[Fault, ...] = ()
    refs: tuple[tuple[str, int], ...] = ()

    @property
    def told(self) -> tuple[Fault, ...]:
        """What stands beside the acts; a part without any says that there was nothing to do."""
        return self.faults if self.faults or self.drafts else (Fault(UNCHANGED),)


@dataclass(frozen=True, slots=True)
class Block:
    """One enrolment block; `name` is the column that begins it."""

    name: str
    course: str
    role: str
    method: str
    group: str
    end: str
    times: Mapping[str, int] = field(default_factory=dict)


class BlockPlanner:
    """Plans the enrolment blocks of accounts, those among them that the plan makes."""

    def __init__(self, settings: ToolSettings, reader: MoodleReader, site: SiteInfo) -> None:
        self._roles, self._site = settings.roles, site
        self._courses = CourseFinder(settings.section.course_identity, reader)
        self._there = Participation(reader)
        self._enrolling = Enrolling(self._there)
        self._groups = GroupPlanner(self._there, "name")

    def is_named(self, row: ParsedRow) -> bool:
        """Whether a row gives any."""
        return bool(_numbers(row.values))

    def look_up(self, rows: Sequence[ParsedRow], may_be_known: Callable[[ParsedRow], bool]) -> None:
        """Ask Moodle for all that these blocks need; for those refused by what they say alone, nothing."""
        named = [(row, block) for row in rows for block in _blocks(row.values) if self._is_well(block)]
        if not named:
            return
        self._site.require(FUNCTIONS)
        self._courses.look_up(block.course for _, block in named)
        found = [(row, block, course) for row, block in named if (course := self._known(block))]
        self._there.load_methods(course for _, _, course in found)
        known = [course for row, _, course in found if may_be_known(row)]
        self._there.load(known)
        self._there.load_force(known)
        self._groups.look_up(course for _, block, course in found if block.group)

    def plan(self, row: ParsedRow, user: int) -> Iterator[Part]:
        """Decide on each block of a row, in the order of their numbers."""
        for block in _blocks(row.values):
            try:
                yield self._plan(block, user, fresh=row.fresh)
            except Refusal as refusal:
                yield Part(faults=(Fault(refusal.fault.code, {**refusal.fault.args, "block": block.name}),))

    def _plan(self, block: Block, user: int, *, fresh: bool) -> Part:
        role = self._said(block)
        pair: Pair = (self._courses.find(block.course).id, user)
        self._enrolling.require_method(pair[0], block.method)
        given = self._enrolling.give(pair, role, block.times, fresh=fresh)
        names = [block.group] if block.group else []
        joined = self._groups.plan("gaddcreate" if names else "", names, pair, given[0] if given else None)
        return Part((*given, *joined.drafts), joined.faults, (("course", pair[0]), *joined.refs))

    def _said(self, block: Block) -> int:
        """The role of a block that says nothing wrong, before anything is asked of Moodle."""
        require_order(block.times, block.end)
        return role_id(self._roles, block.role)

    def _is_well(self, block: Block) -> bool:
        with suppress(Refusal):
            return bool(self._said(block))
        return False

    def _known(self, block: Block) -> int | None:
        with suppress(Refusal):
            return self._courses.find(block.course).id
        return None


def _blocks(values: Mapping[str, Any]) -> Iterator[Block]:
    """The blocks of a row that name a course, by number."""
    for number in _numbers(values):
        start, end = f"start{number}", f"end{number}"
        yield Block(
            f"course{number}",
            values[f"course{number}"],
            values.get(f"role{number}") or ROLE,
            values.get(f"enrol{number}") or MANUAL,
            values.get(f"group{number}") or "",
            end,
            times_of({"timestart": values.get(start), "timeend": values.get(end)}),
        )


def _numbers(values: Mapping[str, Any]) -> list[int]:
    return sorted([int(name.removeprefix("course")) for name in values if name.startswith("course") and values[name]])
