"""A row without a course → the acts that make one, with the categories it lacks."""

from collections.abc import Mapping
from typing import Any

from sync_operators.tools.account_finder import Refusal
from sync_operators.tools.category_finder import Place
from sync_operators.tools.course_columns import topics, wanted_fields
from sync_operators.tools.course_search import CourseSearch
from sync_operators.tools.course_templates import template_of
from sync_operators.tools.courses import PlannedCourse
from sync_operators.tools.tool import Draft, ParsedRow, RowPlan

NAMES = ("shortname", "fullname", "idnumber")


def new_course(search: CourseSearch, row: ParsedRow) -> RowPlan:
    """Create the course, or copy its template and then set what the row says."""
    values = row.values
    _check(search, values)
    template = template_of(search, values)
    place = search.place_of(values) or search.categories.with_id(str(search.section.default_category))
    after = {**_names(values), **wanted_fields(values)}
    course = search.courses.make({**after, "categoryid": place.id})
    made = _copied(course, place, template, after) if template else (_created(course, place, after, values),)
    enrolled, missing, people = search.teachers.enrolled(values, course)
    parts, warnings, args = search.beside(values)
    return RowPlan(
        (*place.drafts, *made, *enrolled),
        args=args,
        parts=(*parts, *missing),
        warnings=warnings,
        refs=(*place.refs, *people),
    )


def _check(search: CourseSearch, values: Mapping[str, Any]) -> None:
    if search.identity == "id":
        # Moodle numbers courses itself: a new one would never be found by this id.
        raise Refusal("error_unknown_course", identity="id", value=values["id"])
    search.no_collision(values, None)
    search.check_dates(values, None)


def _names(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: values[name] for name in NAMES if values.get(name)}


def _created(course: PlannedCourse, place: Place, after: Mapping[str, Any], values: Mapping[str, Any]) -> Draft:
    sections = {"numsections": max(found)} if (found := topics(values)) else {}
    whole = {**after, **sections, **_known_category(place)}
    return Draft("create", "course", course.id, {}, whole, takes=course.names(), parent=place.parent)


def _copied(
    course: PlannedCourse, place: Place, template: PlannedCourse, after: Mapping[str, Any]
) -> tuple[Draft, ...]:
    """The copy, under the names that Moodle asks for; then, as a change of it, what else the row says."""
    named = {name: after[name] for name in ("shortname", "fullname", "visible") if name in after}
    copy = {"courseid": template.id, **named, **_known_category(place)}
    rest = {name: value for name, value in after.items() if name not in copy}
    copied = Draft("copy", "course", course.id, {}, copy, takes=course.names(), parent=place.parent)
    return (copied, Draft("update", "course", course.id, {}, rest)) if rest else (copied,)


def _known_category(place: Place) -> dict[str, int]:
    return {"categoryid": place.id} if place.id > 0 else {}
