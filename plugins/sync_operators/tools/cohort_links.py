"""The command `cohort_links`: which cohorts are to be enrolled in which courses.

No web service of Moodle's core links a cohort to a course. So every row that is otherwise well is `error_unsupported`,
and beside the report lies a file that Moodle's own course upload takes: the work is then one command on the server.
"""

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, BinaryIO, Final

from sync_operators.command_files.columns import BoundSchema, Column, Schema
from sync_operators.command_files.values import yes_or_no
from sync_operators.moodle import categories, cohorts, courses
from sync_operators.moodle.answered import plain
from sync_operators.moodle.reader import MoodleReader
from sync_operators.moodle.site import SiteInfo
from sync_operators.tools.account_finder import Refusal
from sync_operators.tools.cohort_finder import CohortFinder
from sync_operators.tools.course_finder import CourseFinder
from sync_operators.tools.tool import Outcome, Outcomes, ParsedRow, RowPlan, Tool, ToolSettings

COMMANDS: Final = ("add", "del", "restore", "fulldel")
METHOD: Final = "cohort"
ROLE: Final = "student"
ALL_ROLES: Final = "*"
IGNORED: Final = frozenset({"enrolstart", "enrolend"})
"""A link has no times."""

REASON: Final = (
    "no web service links cohorts to courses; Moodle's course upload does it with the file beside the report that ends "
    "in `_for_uploadcourse.csv`"
)
UPLOAD: Final = (
    "shortname", "enrolment_1", "enrolment_1_cohortidnumber", "enrolment_1_role", "enrolment_1_disable",
    "enrolment_1_delete",
)  # fmt: skip
"""The columns of Moodle's course upload, from 4.3 on."""

_NAME_LENGTH: Final = 255


def schema(settings: ToolSettings) -> Schema:  # noqa: ARG001 - the same for all settings
    """The columns of `cohort_links`."""
    return Schema((
        Column("cohort", required=True, limit=_NAME_LENGTH),
        Column("course", required=True, limit=_NAME_LENGTH),
        Column("cmd", parse=str.lower),
        Column("role"),
        Column("enrol", parse=str.lower),
        Column("makegroup", parse=yes_or_no),
        *(Column(name) for name in sorted(IGNORED)),
    ))  # fmt: skip


def key_of(bound: BoundSchema, settings: ToolSettings) -> Callable[[Sequence[str]], str]:  # noqa: ARG001
    """The key of a row: cohort, course and role."""
    places = {column.name: at for at, column in bound.places}

    def key(values: Sequence[str]) -> str:
        role = values[places["role"]] if "role" in places else ""
        return f"cohort={values[places['cohort']]}\x1fcourse={values[places['course']]}\x1frole={role or ROLE}"

    return key


class LinkPlanner:
    """Says of each row what is wrong with it, and if nothing is, that it must be done elsewhere."""

    def __init__(self, settings: ToolSettings, reader: MoodleReader, site: SiteInfo) -> None:  # noqa: ARG002
        self._roles = settings.roles
        self._cohorts = CohortFinder(settings.section.cohort_identity, reader)
        self._courses = CourseFinder(settings.section.course_identity, reader)

    def look_up(self, rows: Sequence[ParsedRow]) -> None:
        """Ask Moodle for the cohorts, once, and for the courses that these rows name."""
        if rows:
            self._cohorts.look_up()
        self._courses.look_up(row.values["course"] for row in rows)

    def plan(self, row: ParsedRow) -> RowPlan:
        """Decide on one row."""
        try:
            return self._plan(row.values)
        except Refusal as refusal:
            return RowPlan.of(refusal.fault)

    def _plan(self, values: Mapping[str, Any]) -> RowPlan:
        command = str(values.get("cmd") or COMMANDS[0])
        if command not in COMMANDS:
            raise Refusal("error_bad_command", value=command, allowed=", ".join(COMMANDS))
        cohort = self._cohorts.require(values["cohort"])
        course = self._courses.find(values["course"])
        link = {
            "cmd": command,
            "course": plain(course.shortname),
            "cohort": cohort.idnumber,
            "role": self._role(command, str(values.get("role") or ROLE)),
            "enrol": str(values.get("enrol") or METHOD),
        }
        return RowPlan(code="error_unsupported", args={"what": link["enrol"], "reason": REASON, **link})

    def _role(self, command: str, role: str) -> str:
        if role not in self._roles and (role != ALL_ROLES or command == "add"):
            raise Refusal("error_unknown_role", role=role)
        return role


def write_upload(run: object, rows: Outcomes, out: BinaryIO, language: str, *, list_unchanged: bool = False) -> None:  # noqa: ARG001
    """Write the links of a run as Moodle's course upload takes them, in file order."""
    text = io.TextIOWrapper(out, encoding="utf-8", newline="")
    lines = csv.writer(text, lineterminator="\n")
    lines.writerow(UPLOAD)
    lines.writerows(_lines(rows))
    text.flush()
    text.detach()


def _lines(rows: Outcomes) -> Iterator[tuple[str, ...]]:
    """Links that the upload can make: of a cohort with an idnumber, by one role, by the method for cohorts."""
    for row in rows():
        link = row.args
        if _is_link(row) and link["cohort"] and link["role"] != ALL_ROLES and link["enrol"] == METHOD:
            off, gone = str(int(link["cmd"] == "del")), str(int(link["cmd"] == "fulldel"))
            yield link["course"], METHOD, link["cohort"], link["role"], off, gone


def _is_link(row: Outcome) -> bool:
    return row.code == "error_unsupported" and "cohort" in row.args


COHORT_LINKS: Final = Tool(
    command="cohort_links",
    entity="link",
    schema=schema,
    key_of=key_of,
    planner=LinkPlanner,
    verbs={},
    guarded_as={},
    functions=(categories.GET, cohorts.GET, courses.GET, courses.GET_BY_FIELD),
    ignored_columns=IGNORED,
    reports=(("uploadcourse", "_for_uploadcourse.csv", write_upload),),
)
