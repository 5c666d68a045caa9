"""Courses: so far only the contents of one, which are empty here."""

from typing import Any

from include.sandbox.moodle.params import Many, Struct, Value
from include.sandbox.moodle.refusals import missing_record
from include.sandbox.moodle.registry import Call, function


@function(
    "core_course_get_contents",
    Struct(
        {
            "courseid": Value("int"),
            "options": Many(
                Struct({"name": Value("alphanum"), "value": Value("raw")}),
                required=False,
                default=(),
            ),
        }
    ),
)
def get_contents(call: Call) -> list[Any]:
    """No sections: the sandbox's courses have none."""
    if call.store.record("courses", id=call.params["courseid"]) is None:
        raise missing_record("course")
    return []
