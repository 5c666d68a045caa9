"""How acts on courses and categories are sent, settled by looking, and explained (moodle/ws-functions.md, Courses)."""

from collections.abc import Mapping, Sequence
from typing import Any

from sync_operators.codes import Fault
from sync_operators.moodle.answered import plain
from sync_operators.moodle.categories import create_categories
from sync_operators.moodle.client import MoodleClient
from sync_operators.moodle.course_writes import create_courses, delete_courses, update_courses
from sync_operators.moodle.courses import Course
from sync_operators.moodle.failing import AllOrNothing, RowByRow, Strategy
from sync_operators.moodle.fields import field_count
from sync_operators.moodle.reader import MoodleReader
from sync_operators.tools.course_columns import CUSTOM, course_fields
from sync_operators.tools.course_refusals import refusal
from sync_operators.tools.courses import alike, stored
from sync_operators.tools.tool import Act, Seen


class CourseVerb:
    """What the verbs on courses have in common."""

    code: str
    refused = "error_update"
    remembers = True

    def lost(self, act: Act) -> tuple[tuple[str, int], ...]:  # noqa: ARG002 - the protocol's
        """Nothing stands on what these change."""
        return ()

    def explain(self, reader: MoodleReader, act: Act, errorcode: str, message: str) -> Fault:
        """The nearest reason we can give for a refusal."""
        return refusal(self.refused, reader, act, errorcode, message)

    def made(self, acts: Sequence[Act], answer: Any) -> Mapping[int, int]:  # noqa: ARG002 - the protocol's
        """The courses are those that were there before."""
        return {act.seq: act.moodle_id or 0 for act in acts}

    def after_write(self, reader: MoodleReader, acts: Mapping[int, Act]) -> Mapping[int, tuple[Fault, ...]]:
        """Moodle drops a custom field that it does not know, without a word: read back what had any."""
        written = {key: act for key, act in acts.items() if any(name.startswith(CUSTOM) for name in act.after)}
        found = reader.courses_by_id([str(key) for key in written]) if written else ()
        dropped = {course.id: _dropped(written[course.id], course) for course in found}
        return {key: (_not_stored(names),) for key, names in dropped.items() if names}


class CreateCategory(CourseVerb):
    """`core_course_create_categories`: one transaction; parents are there, because a level is a wave."""

    code = "category_created"
    refused = "error_category_create"
    strategy: Strategy[Act, Any] = AllOrNothing()

    def fields(self, act: Act) -> int:  # noqa: ARG002 - the protocol's
        """Name and parent."""
        return 2

    def send(self, moodle: MoodleClient, acts: Sequence[Act]) -> Any:
        """Create the categories; their ids come in the order sent."""
        return create_categories(moodle, [{"name": act.after["name"], "parent": _parent(act)} for act in acts])

    def made(self, acts: Sequence[Act], answer: Any) -> Mapping[int, int]:
        """The ids come in the order sent; there are none when nothing was done."""
        return {act.seq: moodle_id for act, moodle_id in zip(acts, answer, strict=True)} if acts else {}

    def look(self, reader: MoodleReader, acts: Sequence[Act]) -> Mapping[int, Seen]:
        """There was none of that name in that place when the plan was made: one that is there now is ours."""
        there = {(each.parent, plain(each.name).strip()): each.id for each in reader.all_categories()}
        found = {act.seq: there.get((_parent(act), plain(act.after["name"]).strip())) for act in acts}
        return {seq: Seen(moodle_id is not None, moodle_id) for seq, moodle_id in found.items()}

    def explain(self, reader: MoodleReader, act: Act, errorcode: str, message: str) -> Fault:  # noqa: ARG002
        """The name, and what Moodle says."""
        args = {"category": str(act.after["name"]), "moodle_message": message, "moodle_code": errorcode}
        return Fault(self.refused, args)


class CreateCourse(CourseVerb):
    """`core_course_create_courses`: one transaction, the first bad row undoes all."""

    code = "created"
    refused = "error_create"
    strategy: Strategy[Act, Any] = AllOrNothing()

    def fields(self, act: Act) -> int:
        """Form fields of one course."""
        return field_count(_new_fields(act))

    def send(self, moodle: MoodleClient, acts: Sequence[Act]) -> Any:
        """Create the courses; their ids come in the order sent."""
        return create_courses(moodle, [_new_fields(act) for act in acts])

    def made(self, acts: Sequence[Act], answer: Any) -> Mapping[int, int]:
        """The ids come in the order sent; there are none when nothing was done."""
        return {act.seq: moodle_id for act, moodle_id in zip(acts, answer, strict=True)} if acts else {}

    def look(self, reader: MoodleReader, acts: Sequence[Act]) -> Mapping[int, Seen]:
        """A course with our short name and idnumber in our category is ours; with our short name alone another's."""
        names = {act.seq: str(act.after["shortname"]) for act in acts}
        found = reader.courses_by_field("shortname", names.values())
        return {act.seq: seen_new(act, found.get(names[act.seq], ())) for act in acts}


class UpdateCourse(CourseVerb):
    """`core_course_update_courses`: good rows are stored, bad ones come back as warnings."""

    code = "updated"
    strategy: Strategy[Act, Any] = RowByRow(lambda act: act.moodle_id)

    def fields(self, act: Act) -> int:
        """Form fields of one course."""
        return field_count(_changed_fields(act))

    def send(self, moodle: MoodleClient, acts: Sequence[Act]) -> Any:
        """Change the courses."""
        return update_courses(moodle, [_changed_fields(act) for act in acts])

    def look(self, reader: MoodleReader, acts: Sequence[Act]) -> Mapping[int, Seen]:
        """Done when all that Moodle tells is as wanted; what it does not tell is sent again, which changes nothing."""
        found = {course.id: course for course in reader.courses_by_id([str(act.moodle_id) for act in acts])}
        return {act.seq: Seen(_is_as_wanted(act, found.get(act.moodle_id or 0)), act.moodle_id) for act in acts}


class DeleteCourse(CourseVerb):
    """`core_course_delete_courses`: what can be deleted is, the rest comes back as warnings."""

    code = "deleted"
    refused = "error_delete"
    remembers = False
    strategy: Strategy[Act, Any] = RowByRow(lambda act: act.moodle_id)

    def lost(self, act: Act) -> tuple[tuple[str, int], ...]:
        """The course, with all enrolments, groups and links in it."""
        return (("course", act.moodle_id or 0),)

    def fields(self, act: Act) -> int:  # noqa: ARG002 - the protocol's
        """One id."""
        return 1

    def send(self, moodle: MoodleClient, acts: Sequence[Act]) -> Any:
        """Delete the courses."""
        return delete_courses(moodle, [act.moodle_id or 0 for act in acts])

    def look(self, reader: MoodleReader, acts: Sequence[Act]) -> Mapping[int, Seen]:
        """Gone when no course has the id."""
        there = {course.id for course in reader.courses_by_id([str(act.moodle_id) for act in acts])}
        return {act.seq: Seen(act.moodle_id not in there, act.moodle_id) for act in acts}

    def explain(self, reader: MoodleReader, act: Act, errorcode: str, message: str) -> Fault:
        """Deleting what is gone already is no error."""
        if errorcode == "unknowncourseidnumber":
            return Fault("skipped_not_found", {"identity": "id", "value": str(act.moodle_id)})
        return super().explain(reader, act, errorcode, message)


def category_of(act: Act) -> int:
    """The category of a course to be made: a known one, or the one that the plan made before."""
    return int(act.after.get("categoryid") or act.needed or 0)


def seen_new(act: Act, found: Sequence[Course]) -> Seen:
    """Whether a course of that short name is the one that an act was to make."""
    if not found:
        return Seen(done=False)
    course = found[0]
    if course.idnumber == str(act.after.get("idnumber", "")) and course.categoryid == category_of(act):
        return Seen(done=True, moodle_id=course.id)
    args = {"shortname": str(act.after["shortname"]), "other_id": str(course.id)}
    return Seen(done=False, fault=Fault("error_shortname_collision", args))


def _parent(act: Act) -> int:
    return int(act.after.get("parent") or act.needed or 0)


def _new_fields(act: Act) -> dict[str, Any]:
    return course_fields({**act.after, "categoryid": category_of(act)})


def _changed_fields(act: Act) -> dict[str, Any]:
    moved = {"categoryid": act.needed} if act.after.get("categoryid") == 0 else {}
    return {"id": act.moodle_id} | course_fields({**act.after, **moved})


def _is_as_wanted(act: Act, course: Course | None) -> bool:
    if course is None:
        return False
    wanted = {**act.after, **({"categoryid": act.needed} if act.after.get("categoryid") == 0 else {})}
    told = {name: value for name, value in wanted.items() if stored(course, name) is not None}
    return bool(told) and all(alike(name, value, stored(course, name)) for name, value in told.items())


def _dropped(act: Act, course: Course) -> list[str]:
    return [
        name
        for name, value in act.after.items()
        if name.startswith(CUSTOM) and not alike(name, value, stored(course, name))
    ]


def _not_stored(names: Sequence[str]) -> Fault:
    return Fault("warn_not_stored", {"column": names[0]} if len(names) == 1 else {"columns": ", ".join(names)})
