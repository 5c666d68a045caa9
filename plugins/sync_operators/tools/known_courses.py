"""A row and the course it means → the acts that make the course what the row says."""

from collections.abc import Mapping
from typing import Any

from sync_operators.tools.account_finder import Refusal
from sync_operators.tools.accounts import as_text
from sync_operators.tools.category_finder import Place
from sync_operators.tools.course_columns import wanted_fields
from sync_operators.tools.course_search import CourseSearch
from sync_operators.tools.course_templates import template_of
from sync_operators.tools.courses import PlannedCourse, alike
from sync_operators.tools.known_accounts import Change
from sync_operators.tools.new_courses import NAMES
from sync_operators.tools.tool import Draft, ParsedRow, RowPlan


def known_course(search: CourseSearch, row: ParsedRow, course: PlannedCourse) -> RowPlan:
    """Change what differs, where the settings say so."""
    if not search.section.update:
        args = {"identity": search.identity, "value": row.values[search.identity]}
        return RowPlan(code="skipped_exists", args=args, refs=course.refs)
    search.no_collision(row.values, course)
    search.check_dates(row.values, course)
    content = _content(search, row, course)
    place = None if search.section.protect_category else search.place_of(row.values)
    change = _change(search, row, course, place)
    changed = _changed(search, course, change, place) if change.is_due(fresh=row.fresh) else ()
    enrolled, missing, people = search.teachers.enrolled(row.values, course)
    drafts = (*content, *changed, *enrolled)
    refs = (*course.refs, *(place.refs if place else ()), *people)
    return RowPlan(drafts, code=None if drafts or missing else "unchanged", parts=missing, refs=refs)


def _changed(search: CourseSearch, course: PlannedCourse, change: Change, place: Place | None) -> tuple[Draft, ...]:
    """The change, after the categories that it takes the course to."""
    return (*(place.drafts if place else ()), _draft(search, course, change, place))


def _content(search: CourseSearch, row: ParsedRow, course: PlannedCourse) -> tuple[Draft, ...]:
    """Content of a template; never again for a row that was applied: it would be there twice."""
    mode = search.section.template_mode
    if mode == "none" or not row.fresh:
        return ()
    template = template_of(search, row.values)
    if template is None:
        return ()
    if template.id == course.id:
        raise Refusal(
            "error_invalid_value", column="template", value=row.values["template"], reason="the_course_itself"
        )
    return (Draft(f"{mode}_content", "course", course.id, {}, {"importfrom": template.id}),)


def _change(search: CourseSearch, row: ParsedRow, course: PlannedCourse, place: Place | None) -> Change:
    wanted = wanted_fields(row.values, clear=search.section.empty_clears)
    wanted |= {name: row.values[name] for name in NAMES if row.values.get(name)}
    if place:
        wanted["categoryid"] = place.id
    told = {name: course.get(name) for name in wanted}
    changed = {name: value for name, value in wanted.items() if _differs(name, value, told[name])}
    unknown = tuple(name for name in changed if told[name] is None or alike(name, changed[name], told[name]))
    after = _with_its_start(changed, course)
    before = {name: value for name in after if (value := course.get(name)) is not None}
    return Change(after, before, unknown)


def _with_its_start(after: Mapping[str, Any], course: PlannedCourse) -> dict[str, Any]:
    """Moodle refuses an end that comes without its beginning (`nostartdatenoenddate`), also where it knows that."""
    start = course.get("startdate")
    goes_along = after.get("enddate") and "startdate" not in after and start
    return {**after, **({"startdate": int(start)} if goes_along and start else {})}


def _differs(name: str, value: Any, told: str | None) -> bool:
    """Whether a field is to be sent; a summary also when only its markup may differ."""
    return not alike(name, value, told) or (name == "summary" and as_text(value) != told)


def _draft(search: CourseSearch, course: PlannedCourse, change: Change, place: Place | None) -> Draft:
    held = course.names()
    search.courses.change(course, change.after)
    takes = course.names()
    after = _without_planned_id(change.after)
    parent = place.parent if place and "categoryid" in after else None
    return Draft(
        "update", "course", course.id, change.before, after, change.unknown, takes - held, held - takes, parent
    )


def _without_planned_id(after: Mapping[str, Any]) -> dict[str, Any]:
    """0 for a category that the plan makes: its id is known when it is there."""
    return {name: max(value, 0) if name == "categoryid" else value for name, value in after.items()}
