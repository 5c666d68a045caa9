"""The command `courses_meta`: gives the participants of one course to another, or takes them back.

What is linked, no function tells; but linking and unlinking say of each row whether they changed anything, and do
nothing twice. So every new row is sent, and Moodle's answer is the row's outcome.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from sync_operators.codes import Fault
from sync_operators.command_files.columns import BoundSchema, Column, Schema
from sync_operators.moodle import categories, courses, links
from sync_operators.moodle.client import MoodleClient
from sync_operators.moodle.failing import Statuses, Strategy
from sync_operators.moodle.reader import MoodleReader
from sync_operators.moodle.site import SiteInfo
from sync_operators.tools.account_finder import Refusal
from sync_operators.tools.course_finder import CourseFinder
from sync_operators.tools.tool import Act, Draft, ParsedRow, RowPlan, Seen, Tool, ToolSettings

SOURCES: Final = ("master", "course")
"""The column of the course whose participants come: the one that files have, and the one the old help said."""

_COMMANDS: Final = ("add", "del")


@dataclass(frozen=True, slots=True)
class LinkSchema(Schema):
    """Takes `course` where a file has no `master`."""

    def bind(self, header: Sequence[str], *, unknown: Literal["refuse", "ignore"] = "refuse") -> BoundSchema:
        """The columns of one file."""
        source = SOURCES["master" not in header and "course" in header]
        columns = tuple(column for column in self.columns if column.name not in SOURCES or column.name == source)
        return Schema(columns).bind(header, unknown=unknown)


def links_schema(settings: ToolSettings) -> Schema:  # noqa: ARG001 - the same for all settings
    """The columns of `courses_meta`."""
    return LinkSchema(
        (Column("cmd"), *(Column(name, required=True) for name in SOURCES), Column("meta", required=True))
    )


def key_of(bound: BoundSchema, settings: ToolSettings) -> Callable[[Sequence[str]], str]:  # noqa: ARG001
    """The key of a row: both courses."""
    places = {column.name: at for at, column in bound.places}
    source, target = places.get("master", places.get("course", 0)), places["meta"]
    return lambda values: f"master={values[source]}\x1fmeta={values[target]}"


class LinkPlanner:
    """Plans rows of `courses_meta`."""

    def __init__(self, settings: ToolSettings, reader: MoodleReader, site: SiteInfo) -> None:  # noqa: ARG002
        self._finder = CourseFinder(settings.section.identity, reader)
        self._numbers: dict[tuple[int, int], int] = {}

    def look_up(self, rows: Sequence[ParsedRow]) -> None:
        """Ask Moodle for the courses that these rows name."""
        self._finder.look_up(value for row in rows for value in (_source(row.values), row.values["meta"]))

    def plan(self, row: ParsedRow) -> RowPlan:
        """Link or unlink."""
        try:
            return self._plan(row.values)
        except Refusal as refusal:
            return RowPlan.of(refusal.fault)

    def _plan(self, values: Mapping[str, Any]) -> RowPlan:
        command = (values.get("cmd") or "add").lower()
        if command not in _COMMANDS:
            raise Refusal("error_bad_command", value=values["cmd"], allowed=", ".join(_COMMANDS))
        source, target = self._finder.find(_source(values)), self._finder.find(values["meta"])
        if source.id == target.id:
            raise Refusal("error_self_link")
        return RowPlan(
            (self._draft(command, source.id, target.id),), refs=(("course", source.id), ("course", target.id))
        )

    def _draft(self, command: str, source: int, target: int) -> Draft:
        link = {"metacourseid": target, "courseid": source}
        number = self._numbers.setdefault((source, target), -len(self._numbers) - 1)
        # Acts on one link come in file order.
        name = frozenset({("link", f"{source}>{target}")})
        if command == "del":
            return Draft("unlink", "link", number, before=link, takes=name, frees=name)
        return Draft("link", "link", number, after=link, takes=name, frees=name)


def _source(values: Mapping[str, Any]) -> str:
    return str(values.get("master") or values.get("course"))


class _LinkVerb:
    """What both verbs have in common."""

    code: str
    nothing: str
    """The code where Moodle had nothing to do."""
    strategy: Strategy[Act, Any] = Statuses()

    def lost(self, act: Act) -> tuple[tuple[str, int], ...]:  # noqa: ARG002 - the protocol's
        """Rows about people in these courses stand on enrolments of their own."""
        return ()

    def fields(self, act: Act) -> int:  # noqa: ARG002 - the protocol's
        """Both courses."""
        return 2

    def made(self, acts: Sequence[Act], answer: Any) -> Mapping[int, int]:  # noqa: ARG002 - the protocol's
        """A link has no id; the receiving course stands for it."""
        return {act.seq: _link(act)[0] for act in acts}

    def look(self, reader: MoodleReader, acts: Sequence[Act]) -> Mapping[int, Seen]:  # noqa: ARG002
        """No function tells links: they are sent again, which changes nothing."""
        return {act.seq: Seen(done=False) for act in acts}

    def explain(self, reader: MoodleReader, act: Act, errorcode: str, message: str) -> Fault:  # noqa: ARG002
        """Without a code of Moodle's, there was nothing to do."""
        if not errorcode:
            return Fault(self.nothing)
        return Fault("error_link", {"moodle_message": message, "moodle_code": errorcode})

    def after_write(self, reader: MoodleReader, acts: Mapping[int, Act]) -> Mapping[int, tuple[Fault, ...]]:  # noqa: ARG002
        """No warnings."""
        return {}


class AddLink(_LinkVerb):
    """`enrol_meta_add_instances`: the participants follow at once."""

    code = "linked"
    nothing = "unchanged"
    remembers = True

    def send(self, moodle: MoodleClient, acts: Sequence[Act]) -> Any:
        """Make the links."""
        return links.link_courses(moodle, [_link(act) for act in acts])


class RemoveLink(_LinkVerb):
    """`enrol_meta_delete_instances`: the enrolments that came of the link go with it."""

    code = "unlinked"
    nothing = "skipped_not_linked"
    remembers = False

    def send(self, moodle: MoodleClient, acts: Sequence[Act]) -> Any:
        """Delete the links."""
        return links.unlink_courses(moodle, [_link(act) for act in acts])


def _link(act: Act) -> links.Link:
    both = act.after or act.before
    return int(both["metacourseid"]), int(both["courseid"])


COURSES_META: Final = Tool(
    command="courses_meta",
    entity="link",
    schema=links_schema,
    key_of=key_of,
    planner=LinkPlanner,
    verbs={"link": AddLink(), "unlink": RemoveLink()},
    guarded_as={"link": "create", "unlink": "unenrol"},
    functions=(courses.GET, courses.GET_BY_FIELD, categories.GET, links.LINK, links.UNLINK),
)
