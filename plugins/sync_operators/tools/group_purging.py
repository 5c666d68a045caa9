"""What `group_members` deletes when all its rows are done: groups with nobody in them, groupings without a group.

Only courses that the file names are looked at, and a group that one of its rows is to put somebody into stays, whatever
becomes of that row. Each thing is looked at again right before it is deleted, and looked for afterwards.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, Literal

from sync_operators.codes import Fault
from sync_operators.moodle import emptying
from sync_operators.moodle.client import MoodleClient
from sync_operators.moodle.emptying import delete_groupings, delete_groups
from sync_operators.moodle.failing import ReadBack, Strategy
from sync_operators.moodle.groups import Group
from sync_operators.moodle.reader import MoodleReader
from sync_operators.moodle.site import SiteInfo
from sync_operators.tools.participation import membership
from sync_operators.tools.tool import Act, Draft, Name, RowPlan, Seen

What = Literal["none", "groups", "groupings"]

FUNCTIONS: Final = (
    emptying.GET_COURSE_GROUPINGS,
    emptying.GET_GROUPINGS,
    emptying.DELETE_GROUPS,
    emptying.DELETE_GROUPINGS,
)
_PURGED: Final = "purged"
_UNTOLD: Final = frozenset({0})


class Purge:
    """The groups of the courses of a file, and who will be in them."""

    def __init__(self, what: What, reader: MoodleReader, site: SiteInfo) -> None:
        if what != "none":
            site.require(FUNCTIONS)
        self._what = what
        self._reader = reader
        self._courses: set[int] = set()
        self._groups: dict[int, Group] = {}
        self._wanted: set[int] = set()
        self._inside: dict[int, dict[int, bool]] = {}

    def know(self, courses: Iterable[int], groups: Iterable[Group]) -> None:
        """Courses that the file names, and groups in them."""
        self._courses.update(courses)
        self._groups.update((group.id, group) for group in groups)

    def want(self, group: Group) -> None:
        """A row puts somebody into the group, or tries to."""
        self._wanted.add(group.id)

    def note(self, group: int, user: int, *, inside: bool) -> None:
        """An act will leave the account inside of the group, or outside."""
        self._inside.setdefault(group, {})[user] = inside

    def plans(self) -> Iterator[tuple[str, RowPlan]]:
        """The deletions, each with its key: groups first."""
        if self._what == "none":
            return
        empty = self._empty_groups()
        yield from ((f"group={group.id}", _deletion("group", group, self._tokens(group))) for group in empty)
        if self._what == "groupings":
            yield from self._groupings({group.id for group in empty})

    def _empty_groups(self) -> list[Group]:
        told = self._reader.group_members(self._groups)
        return [
            group
            for key, group in sorted(self._groups.items())
            if key in told and key not in self._wanted and not self._left(key, told[key])
        ]

    def _left(self, group: int, told: frozenset[int]) -> set[int]:
        """Who is in a group when all rows are done; whoever is put in is in a group that is wanted."""
        return {user for user in told if self._inside.get(group, {}).get(user, True)}

    def _tokens(self, group: Group) -> frozenset[Name]:
        """A group goes when its last members are out."""
        return frozenset(membership(group.id, user) for user in self._inside.get(group.id, ()))

    def _groupings(self, purged: set[int]) -> Iterator[tuple[str, RowPlan]]:
        there = {
            each.id: each for found in self._reader.course_groupings(sorted(self._courses)).values() for each in found
        }
        for key, groups in sorted(self._reader.grouping_groups(there).items()):
            if groups <= purged:
                tokens = frozenset((_PURGED, str(group)) for group in groups)
                yield f"grouping={key}", _deletion("grouping", there[key], tokens)


def _deletion(entity: str, group: Group, waits_for: frozenset[Name]) -> RowPlan:
    before = {
        "name": group.name,
        "courseid": group.courseid,
        **({"idnumber": group.idnumber} if group.idnumber else {}),
    }
    frees = frozenset({(_PURGED, str(group.id))}) if entity == "group" else frozenset[Name]()
    draft = Draft(f"purge_{entity}", entity, group.id, before, takes=waits_for, frees=frees)
    return RowPlan((draft,), args={"group": group.name}, refs=(("course", group.courseid),))


class PurgeGroup:
    """`core_group_delete_groups`: one transaction; a group that is gone is no error."""

    code = "group_purged"
    remembers = False
    strategy: Strategy[Act, Any] = ReadBack()

    def lost(self, act: Act) -> tuple[tuple[str, int], ...]:
        """The group, with what stood on it."""
        return (("group", act.moodle_id or 0),)

    def fields(self, act: Act) -> int:  # noqa: ARG002 - the protocol's
        """One id."""
        return 1

    def there(self, reader: MoodleReader, courses: Sequence[int]) -> Mapping[int, list[Group]]:
        """The groups that the courses have."""
        return reader.course_groups(courses)

    def inside(self, reader: MoodleReader, ids: Sequence[int]) -> Mapping[int, frozenset[int]]:
        """Who is in each."""
        return reader.group_members(ids)

    def delete(self, moodle: MoodleClient, ids: Sequence[int]) -> None:
        """Delete all of them."""
        delete_groups(moodle, ids)

    def send(self, moodle: MoodleClient, acts: Sequence[Act]) -> Any:
        """Delete those that are empty still."""
        if empty := [key for key, inside in self._told(MoodleReader(moodle), acts).items() if not inside]:
            self.delete(moodle, empty)

    def made(self, acts: Sequence[Act], answer: Any) -> Mapping[int, int]:  # noqa: ARG002 - the protocol's
        """What was there before."""
        return {act.seq: act.moodle_id or 0 for act in acts}

    def look(self, reader: MoodleReader, acts: Sequence[Act]) -> Mapping[int, Seen]:
        """Gone when Moodle tells nothing of it; one that has been filled stays."""
        told = self._told(reader, acts)
        return {act.seq: _seen(act, told.get(act.moodle_id or 0)) for act in acts}

    def _told(self, reader: MoodleReader, acts: Sequence[Act]) -> dict[int, frozenset[int]]:
        """What is in each that its course still has; one of which Moodle does not tell counts as not empty."""
        courses = sorted({act.before["courseid"] for act in acts})
        there = {group.id for found in self.there(reader, courses).values() for group in found}
        wanted = [act.moodle_id or 0 for act in acts if act.moodle_id in there]
        told = self.inside(reader, wanted) if wanted else {}
        return {key: told.get(key, _UNTOLD) for key in wanted}

    def explain(self, reader: MoodleReader, act: Act, errorcode: str, message: str) -> Fault:  # noqa: ARG002
        """What Moodle says."""
        return Fault("error_delete", {"moodle_message": message, "moodle_code": errorcode} if errorcode else {})

    def after_write(self, reader: MoodleReader, acts: Mapping[int, Act]) -> Mapping[int, tuple[Fault, ...]]:  # noqa: ARG002
        """No warnings."""
        return {}


class PurgeGrouping(PurgeGroup):
    """`core_group_delete_groupings`: one transaction; a grouping that is gone is no error."""

    code = "grouping_purged"

    def lost(self, act: Act) -> tuple[tuple[str, int], ...]:  # noqa: ARG002 - the protocol's
        """Nothing stands on a grouping."""
        return ()

    def there(self, reader: MoodleReader, courses: Sequence[int]) -> Mapping[int, list[Group]]:
        """The groupings that the courses have."""
        return reader.course_groupings(courses)

    def inside(self, reader: MoodleReader, ids: Sequence[int]) -> Mapping[int, frozenset[int]]:
        """Which groups are in each."""
        return reader.grouping_groups(ids)

    def delete(self, moodle: MoodleClient, ids: Sequence[int]) -> None:
        """Delete all of them."""
        delete_groupings(moodle, ids)


def _seen(act: Act, inside: frozenset[int] | None) -> Seen:
    if inside is None:
        return Seen(done=True, moodle_id=act.moodle_id)
    fault = Fault("skipped_filled", {"group": act.before["name"]}) if inside else None
    return Seen(done=False, moodle_id=act.moodle_id, fault=fault)
