"""The command `courses_reset`: empties courses for a new year, as far as web services can.

There is no web service that resets a course. What can be put together is done in an order in which nothing trips over
what went before (groupings, memberships, groups, then people); every other part is told by name and left alone.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from sync_operators.codes import Fault
from sync_operators.moodle import categories, courses, emptying, enrolments, groups
from sync_operators.moodle.reader import MoodleReader
from sync_operators.moodle.site import SiteInfo
from sync_operators.settings import Verb as GuardVerb
from sync_operators.tools.account_finder import Refusal
from sync_operators.tools.course_finder import CourseFinder
from sync_operators.tools.reset_columns import DONE, asked, key_of, reset_schema
from sync_operators.tools.reset_verbs import RESET_VERBS
from sync_operators.tools.tool import Draft, ParsedRow, RowPlan, Tool, ToolSettings

AT_ONCE: Final = 100
"""Things of one act."""

_PARTS: Final[Mapping[tuple[str, str], tuple[str, ...]]] = {
    ("groupings", "members"): ("reset_bonds",),
    ("groupings", "groups"): ("reset_groupings",),
    ("groupings", "groupings"): ("reset_groupings",),
    ("groupings", "all"): ("reset_groupings",),
    ("groups", "members"): ("reset_members",),
    ("groups", "groups"): ("reset_groups",),
    ("groups", "all"): ("reset_groups",),
}
_GUARDED_AS: Final[dict[str, GuardVerb]] = {
    name: "unenrol" if name == "reset_roles" else "remove" for name in RESET_VERBS
}


class ResetPlanner:
    """Plans rows of `courses_reset`."""

    def __init__(self, settings: ToolSettings, reader: MoodleReader, site: SiteInfo) -> None:  # noqa: ARG002
        self._finder = CourseFinder(settings.section.identity, reader)
        self._reader = reader
        self._roles = settings.roles
        self._there: dict[tuple[str, int], dict[Any, frozenset[int]]] = {}
        self._planned: set[tuple[str, int, Any]] = set()

    def look_up(self, rows: Sequence[ParsedRow]) -> None:
        """Ask Moodle for the courses that these rows name, then for what is in those that are to lose it."""
        self._finder.look_up(self._named(row) for row in rows)
        wanted: dict[str, set[int]] = {}
        for row in rows:
            found = [course.id for course in self._finder.named(self._named(row)) if not course.is_site]
            for verb in _verbs(asked(row.values)):
                wanted.setdefault(verb, set()).update(found)
        self._there = {}
        for verb, ids in wanted.items():
            self._load(verb, sorted(ids))

    def plan(self, row: ParsedRow) -> RowPlan:
        """Empty the course of what the row says and a web service can."""
        try:
            course = self._finder.find(self._named(row))
            wanted = asked(row.values)
            roles = self._role_ids(wanted.get("roles", ""))
        except Refusal as refusal:
            return RowPlan.of(refusal.fault)
        return self._plan(course.id, wanted, roles)

    def _named(self, row: ParsedRow) -> str:
        return str(row.values[self._finder.identity])

    def _plan(self, course: int, wanted: Mapping[str, str], roles: frozenset[int]) -> RowPlan:
        refs = (("course", course),)
        if not wanted:
            return RowPlan(code="unchanged", refs=refs)
        done = [name for name in DONE if name in wanted]
        undone = {name: value for name, value in wanted.items() if name not in DONE}
        told = {"done": ", ".join(done), "undone": ", ".join(undone)}
        drafts = tuple(self._drafts(course, wanted, roles, told))
        parts = (Fault("reset_partial", {"undone": told["undone"]}), *_by_name(undone)) if undone else ()
        args = {"done": told["done"]} if done and undone else {"what": told["done"]} if done else {}
        return RowPlan(drafts, code=None if drafts or parts else "reset", args=args, parts=parts, refs=refs)

    def _drafts(
        self, course: int, wanted: Mapping[str, str], roles: frozenset[int], told: Mapping[str, str]
    ) -> Iterator[Draft]:
        others = ", ".join(name for name in told["done"].split(", ") if name != "roles")
        beside = {"done": others, "undone": told["undone"]}
        for verb in _verbs(wanted):
            held = self._there.get((verb, course), {})
            things = [each for each in held if verb != "reset_roles" or not roles or held[each] & roles]
            fresh = [each for each in things if (verb, course, each) not in self._planned]
            self._planned.update((verb, course, each) for each in fresh)
            ordered = sorted(fresh)
            for at in range(0, len(ordered), AT_ONCE):
                more = {name: text for name, text in beside.items() if text and verb == "reset_roles"}
                yield Draft(
                    verb, "course", course, {"things": [_plain(each) for each in ordered[at : at + AT_ONCE]], **more}
                )

    def _load(self, verb: str, ids: Sequence[int]) -> None:
        if verb == "reset_roles":
            for course, people in self._reader.participants(ids).items():
                self._there[verb, course] = {person.id: person.roles for person in people.values()}
            return
        for course, things in RESET_VERBS[verb].there(self._reader, ids).items():
            self._there[verb, course] = dict.fromkeys(things, frozenset())

    def _role_ids(self, value: str) -> frozenset[int]:
        """The ids of the roles that a row names; none for all. One that is mistyped keeps the row from anything."""
        names = [] if value.lower() == "all" else value.replace(",", " ").split()
        if unknown := [name for name in names if name not in self._roles]:
            raise Refusal("error_unknown_role", role=unknown[0])
        return frozenset(self._roles[name] for name in names)


def _verbs(wanted: Mapping[str, str]) -> Iterator[str]:
    """The verbs of the parts that can be done, in a safe order."""
    for name in ("groupings", "groups"):
        yield from _PARTS.get((name, wanted.get(name, "")), ())
    if "roles" in wanted:
        yield "reset_roles"


def _by_name(undone: Mapping[str, str]) -> Iterator[Fault]:
    return (Fault("unsupported_part", {"column": name, "value": value}) for name, value in undone.items())


def _plain(thing: Any) -> Any:
    return list(thing) if isinstance(thing, tuple) else thing


COURSES_RESET: Final = Tool(
    command="courses_reset",
    entity="course",
    schema=reset_schema,
    key_of=key_of,
    planner=ResetPlanner,
    verbs=RESET_VERBS,
    guarded_as=_GUARDED_AS,
    functions=(
        courses.GET,
        courses.GET_BY_FIELD,
        categories.GET,
        enrolments.GET_ENROLLED,
        enrolments.UNENROL,
        groups.GET_COURSE_GROUPS,
        groups.GET_MEMBERS,
        groups.DELETE_MEMBERS,
        emptying.GET_COURSE_GROUPINGS,
        emptying.GET_GROUPINGS,
        emptying.DELETE_GROUPS,
        emptying.DELETE_GROUPINGS,
        emptying.UNASSIGN,
    ),
)
