"""Rows of `groups` → acts; no calls but those of `look_up`."""

from collections.abc import Mapping, Sequence
from itertools import count
from typing import Any, Final

from sync_operators.codes import Fault
from sync_operators.moodle.answered import plain
from sync_operators.moodle.groups import Group
from sync_operators.moodle.reader import MoodleReader
from sync_operators.moodle.site import SiteInfo
from sync_operators.tools.account_finder import Refusal
from sync_operators.tools.course_finder import CourseFinder
from sync_operators.tools.group_columns import GROUP, GROUPING
from sync_operators.tools.group_shelving import Shelving
from sync_operators.tools.shelf import Field, Shelf
from sync_operators.tools.tool import UNCHANGED, Draft, ParsedRow, RowPlan, ToolSettings, id_of

_UNKNOWN: Final = {GROUP: "error_unknown_group", GROUPING: "error_unknown_grouping"}


class GroupPlanner:
    """Plans rows of `groups`: make and change groups and groupings, put groups into groupings."""

    def __init__(self, settings: ToolSettings, reader: MoodleReader, site: SiteInfo) -> None:  # noqa: ARG002
        self._section = settings.section
        self._reader = reader
        self._courses = CourseFinder(settings.section.course_identity, reader)
        self._shelves = {
            GROUP: Shelf(GROUP, reader.course_groups),
            GROUPING: Shelf(GROUPING, reader.course_groupings),
        }
        self._identities: dict[str, Field] = {
            GROUP: settings.section.group_identity,
            GROUPING: settings.section.grouping_identity,
        }
        self._shelving = Shelving(empty_clears=settings.section.empty_clears)
        self._bonds: set[tuple[int, int]] = set()
        self._numbers = count(1)

    def look_up(self, rows: Sequence[ParsedRow]) -> None:
        """Ask Moodle for the courses of these rows, and for what those rows need to know of them."""
        self._courses.look_up(row.values["courseid"] for row in rows)
        found = [(row.values, course) for row in rows if (course := self._course(row.values))]
        self._shelves[GROUP].load(course for values, course in found if _kind(values) == GROUP)
        asking = [course for values, course in found if _kind(values) == GROUPING or _groups(values)]
        new = self._shelves[GROUPING].load(asking)
        told = self._reader.grouping_groups(each.id for each in new) if new else {}
        self._bonds |= {(grouping, group) for grouping, groups in told.items() for group in groups}

    def plan(self, row: ParsedRow) -> RowPlan:
        """Decide on one row."""
        try:
            return self._plan(row.values, self._courses.find(row.values["courseid"]).id)
        except Refusal as refusal:
            return RowPlan.of(refusal.fault)

    def _course(self, values: Mapping[str, Any]) -> int | None:
        try:
            return self._courses.find(values["courseid"]).id
        except Refusal:
            return None

    def _plan(self, values: Mapping[str, Any], course: int) -> RowPlan:
        kind = _kind(values)
        found, drafts, warnings = self._main(self._shelves[kind], course, values)
        faults: tuple[Fault, ...] = ()
        refs: tuple[tuple[str, int], ...] = (("course", course),)
        if kind == GROUP:
            faults = tuple(self._put_into_groupings(found, values, drafts))
            refs += (("group", found.id),) if found.id > 0 else ()
        if drafts:
            return RowPlan(tuple(drafts), parts=faults, warnings=warnings, refs=refs)
        return RowPlan(code=UNCHANGED, parts=(*faults, Fault(UNCHANGED)) if faults else (), refs=refs)

    # -- the group or grouping of the row -----------------------------------------------------------------------

    def _main(self, shelf: Shelf, course: int, values: Mapping[str, Any]) -> tuple[Group, list[Draft], tuple[str, ...]]:
        """What the row names, as it leaves it; the acts that make or change it; what to warn of."""
        updated, identity = str(values.get("updateid") or ""), self._identities[shelf.kind]
        target = self._updated(shelf, course, values) if updated else self._named(shelf, course, values)
        if target is None:
            idnumber = values.get("idnumber") or (updated if identity == "idnumber" else "")
            made, draft = self._shelving.make(shelf, course, {**values, "idnumber": idnumber})
            warns = updated and shelf.kind == GROUPING and not idnumber
            return made, [draft], ("warn_no_idnumber",) if warns else ()
        if not updated:
            return target, [], ()
        # The field that finds a grouping stays what it is.
        kept: dict[str, Any] = (
            {identity: getattr(target, identity)} if shelf.kind == GROUPING and identity != "id" else {}
        )
        changed, draft_or_none = self._shelving.change(shelf, target, {**values, **kept})
        return changed, [draft_or_none] if draft_or_none else [], ()

    def _named(self, shelf: Shelf, course: int, values: Mapping[str, Any]) -> Group | None:
        """What is there already of a row that makes."""
        field: Field = "idnumber" if shelf.kind == GROUP and values.get("idnumber") else "name"
        return _only(shelf.find(course, field, values[field]), field, values[field])

    def _updated(self, shelf: Shelf, course: int, values: Mapping[str, Any]) -> Group | None:
        """What a row changes, by its identifier, or by the new one when the change has been made already."""
        field, value = self._identities[shelf.kind], values["updateid"]
        if found := _only(shelf.find(course, field, value), field, value):
            return found
        if field != "name" and shelf.is_elsewhere(field, value):
            raise Refusal("error_wrong_course", identity=field, value=value)
        if field == "id":
            raise Refusal(_UNKNOWN[shelf.kind], identity=field, value=value)
        new = str(values.get(field) or "")
        return _only(shelf.find(course, field, new), field, new) if new else None

    # -- groupings of a group -----------------------------------------------------------------------------------

    def _put_into_groupings(self, group: Group, values: Mapping[str, Any], drafts: list[Draft]) -> list[Fault]:
        """Adds to the acts those that put the group where the row says; gives what is in the way."""
        faults: list[Fault] = []
        for find in (self._own, self._other):
            try:
                grouping = find(group, values, drafts)
            except Refusal as refusal:
                faults.append(refusal.fault)
                continue
            if grouping and (grouping.id, group.id) not in self._bonds:
                self._bonds.add((grouping.id, group.id))
                drafts.append(self._bond(grouping, group))
        return faults

    def _own(self, group: Group, values: Mapping[str, Any], drafts: list[Draft]) -> Group | None:
        """The grouping of the group's own name, made when it is missing; None where the row wants none."""
        if not values.get("selfgrouping"):
            return None
        shelf, name = self._shelves[GROUPING], str(values["name"])
        if found := _only(shelf.find(group.courseid, "name", name), "name", name):
            return found
        made, draft = self._shelving.make(shelf, group.courseid, values)
        drafts.append(draft)
        return made

    def _other(self, group: Group, values: Mapping[str, Any], drafts: list[Draft]) -> Group | None:  # noqa: ARG002
        """The grouping that the row names; None where it names none."""
        idnumber = str(values.get("grouping") or "")
        if not idnumber:
            return None
        found = _only(self._shelves[GROUPING].find(group.courseid, "idnumber", idnumber), "idnumber", idnumber)
        if found is None:
            raise Refusal("error_unknown_grouping", identity="idnumber", value=idnumber)
        return found

    def _bond(self, grouping: Group, group: Group) -> Draft:
        """Comes after both; it falls with the group where that is new, else with the grouping."""
        ids = {"groupid": id_of(GROUP, group.id), "groupingid": id_of(GROUPING, grouping.id)}
        names = {"grouping": plain(grouping.name), "group": plain(group.name)}
        return Draft(
            "bind",
            "bond",
            -next(self._numbers),
            after={"courseid": group.courseid, **ids, **names},
            takes=frozenset({(GROUPING, str(grouping.id))}),
        )


def _kind(values: Mapping[str, Any]) -> str:
    return str(values.get("type") or GROUP)


def _groups(values: Mapping[str, Any]) -> bool:
    """Whether the row puts its group into a grouping."""
    return bool(values.get("selfgrouping") or values.get("grouping"))


def _only(found: Sequence[Group], field: str, value: str) -> Group | None:
    if len(found) > 1:
        raise Refusal("error_ambiguous", column=field, value=value, count=str(len(found)))
    return found[0] if found else None
