"""The command `courses_create`, put together from its parts."""

from typing import Final

from sync_operators.moodle import categories, course_writes, courses, enrolments, users
from sync_operators.settings import Verb as GuardVerb
from sync_operators.tools.category_finder import MAKE
from sync_operators.tools.course_columns import IGNORED, courses_schema, key_of
from sync_operators.tools.course_copies import CopyCourse, ImportContent
from sync_operators.tools.course_rows import CoursePlanner
from sync_operators.tools.course_undo import COURSE_UNDO
from sync_operators.tools.course_verbs import CreateCategory, CreateCourse, UpdateCourse
from sync_operators.tools.enrolment_verbs import ENROLMENT_VERBS
from sync_operators.tools.tool import Tool, Verb

CREATED_AT_ONCE: Final = 20
"""Courses in one call. Measured: 10 and 100 are equally fast, and each new course renumbers those of its category
(moodle/baseline.md (g)); of 20 a slip undoes little, and 200 courses take ten calls."""

VERBS: Final[dict[str, Verb]] = {
    MAKE: CreateCategory(),
    "create": CreateCourse(),
    "copy": CopyCourse(),
    "add_content": ImportContent("content_added", replace=False),
    "replace_content": ImportContent("content_replaced", replace=True),
    "update": UpdateCourse(),
    "enrol": ENROLMENT_VERBS["enrol"],
}
GUARDED_AS: Final[dict[str, GuardVerb]] = {
    MAKE: "create",
    "create": "create",
    "copy": "create",
    "add_content": "update",
    "replace_content": "remove",
    "update": "update",
    "enrol": "create",
}

COURSES_CREATE: Final = Tool(
    command="courses_create",
    entity="course",
    schema=courses_schema,
    key_of=key_of,
    planner=CoursePlanner,
    verbs=VERBS,
    guarded_as=GUARDED_AS,
    functions=(
        courses.GET,
        courses.GET_BY_FIELD,
        courses.GET_CONTENTS,
        categories.GET,
        categories.CREATE,
        course_writes.CREATE,
        course_writes.UPDATE,
        course_writes.DUPLICATE,
        course_writes.IMPORT,
        users.GET_BY_FIELD,
        enrolments.GET_ENROLLED,
        enrolments.ENROL,
    ),
    ignored_columns=IGNORED,
    rows_per_call={"create": CREATED_AT_ONCE, "copy": 1, "add_content": 1, "replace_content": 1},
    standing=frozenset({"skipped_exists"}),
    undo=COURSE_UNDO,
)
