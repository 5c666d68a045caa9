"""The course that another one is copied from."""

from collections.abc import Mapping
from typing import Any

from sync_operators.tools.account_finder import Refusal
from sync_operators.tools.course_search import CourseSearch
from sync_operators.tools.courses import PlannedCourse


def template_of(search: CourseSearch, values: Mapping[str, Any]) -> PlannedCourse | None:
    """The template that a row names by its short name; None when it names none.

    Raises Refusal for a backup file, which no web service reads, and for a course that is not there yet: an act can
    wait for one entity that the plan makes, and that is the category.
    """
    template = values.get("template")
    if not template:
        return None
    if template.lower().endswith(".mbz"):
        raise Refusal("error_unsupported", what=template, reason="no web service reads a backup file")
    found = [course for course in search.courses.find("shortname", template) if not course.is_site]
    if not found:
        raise Refusal("error_unknown_template", template=template)
    if found[0].id < 0:
        raise Refusal("error_unsupported", what=template, reason="an earlier row of the file makes it")
    return found[0]
