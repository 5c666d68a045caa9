"""Courses out of courses: a live copy for a new one, content for one that is there (moodle/ws-functions.md, Courses).

Moodle copies one course a call, at once: backup and restore happen inside the request.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from sync_operators.moodle.client import MoodleClient
from sync_operators.moodle.course_writes import duplicate_course, import_course
from sync_operators.moodle.failing import AllOrNothing, Strategy
from sync_operators.moodle.reader import MoodleReader
from sync_operators.tools.course_verbs import CourseVerb, category_of, seen_new
from sync_operators.tools.tool import Act, Seen


class CopyCourse(CourseVerb):
    """`core_course_duplicate_course`: a new course with the content and settings of another, without its people."""

    code = "created_from_template"
    refused = "error_template_restore"
    strategy: Strategy[Act, Any] = AllOrNothing()

    def fields(self, act: Act) -> int:
        """Form fields of one copy."""
        return len(act.after) + 1

    def send(self, moodle: MoodleClient, acts: Sequence[Act]) -> Any:
        """Copy one course."""
        (act,) = acts
        return duplicate_course(moodle, {**act.after, "categoryid": category_of(act)})

    def made(self, acts: Sequence[Act], answer: Any) -> Mapping[int, int]:
        """The copy."""
        return {act.seq: answer for act in acts}

    def look(self, reader: MoodleReader, acts: Sequence[Act]) -> Mapping[int, Seen]:
        """A copy has no idnumber yet: the short name in our category tells it."""
        found = reader.courses_by_field("shortname", [str(act.after["shortname"]) for act in acts])
        return {act.seq: seen_new(act, found.get(str(act.after["shortname"]), ())) for act in acts}


class ImportContent(CourseVerb):
    """`core_course_import_course`: the content of one course into another, which may be emptied first."""

    refused = "error_template_restore"
    strategy: Strategy[Act, Any] = AllOrNothing()

    def __init__(self, code: str, *, replace: bool) -> None:
        self.code = code
        self._replace = replace

    def lost(self, act: Act) -> tuple[tuple[str, int], ...]:
        """Emptied, a course has lost its enrolments and groups."""
        return (("course", act.moodle_id or 0),) if self._replace else ()

    def fields(self, act: Act) -> int:  # noqa: ARG002 - the protocol's
        """Source, target, and whether it is emptied."""
        return 3

    def send(self, moodle: MoodleClient, acts: Sequence[Act]) -> Any:
        """Import into one course."""
        (act,) = acts
        return import_course(moodle, int(act.after["importfrom"]), act.moodle_id or 0, replace=self._replace)

    def look(self, reader: MoodleReader, acts: Sequence[Act]) -> Mapping[int, Seen]:
        """Done when the course holds whatever the template holds: to add it twice would be worse than to miss it."""
        return {act.seq: Seen(self._is_done(reader, act), act.moodle_id) for act in acts}

    @staticmethod
    def _is_done(reader: MoodleReader, act: Act) -> bool:
        wanted = Counter(reader.course_modules(int(act.after["importfrom"])))
        return wanted <= Counter(reader.course_modules(act.moodle_id or 0))
