"""The command file for some courses: its name, its text, and the courses that cannot stand in it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from sqlalchemy import select

from sync_operators.configuration.sections import Dialect
from sync_operators.course_list import ListedCourse
from sync_operators.depot.active import names
from sync_operators.depot.names import is_reserved
from sync_operators.ledger import folders as made_folders
from sync_operators.ledger.files import LIVE, FileState
from sync_operators.ledger.tables import files
from sync_operators.settings import COMMANDS, FileCommand, Settings
from sync_operators.tools import tool
from sync_operators.tools.reset_columns import REQUIRED
from sync_operators.web.language import N_

if TYPE_CHECKING:
    from sync_operators.hooks.workplace import Store

KINDS: Final[Mapping[str, str]] = {
    "check": "courses_check",
    "reset": "courses_reset",
    "delete": "courses_delete",
}
"""Each kind of file, and the command it is for."""
NAMES: Final = {"check": "courses_{}.csv", "reset": "resetcourses_{}.csv", "delete": "deletecourses_{}.txt"}
FOLDER: Final = "review"
PARTS: Final[Mapping[str, tuple[str, ...]]] = {
    "groupings": ("", "all", "members"),
    "groups": ("", "all", "members"),
}
"""What of a course's groupings and groups may go: nothing, all, only who is in them."""
SHOWN: Final = 50
"""Lines of the preview."""


@dataclass(frozen=True, slots=True)
class Wish:
    """Which file: its kind, and what a reset empties (column → value; nothing for the rest)."""

    kind: str
    options: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A course that is not in the file, and why (a message of the catalogue)."""

    course: ListedCourse
    reason: str


@dataclass(frozen=True, slots=True)
class Made:
    """A file that could be written. `identity` is the field that names a course, by the command's setting."""

    kind: str
    command: str
    name: str
    identity: str
    text: str
    encoding: str
    courses: tuple[ListedCourse, ...]
    left_out: tuple[LeftOut, ...]

    @property
    def content(self) -> bytes:
        """Its bytes."""
        return self.text.encode(self.encoding)

    @property
    def head(self) -> list[str]:
        """The first lines of the text, for a preview."""
        return self.text.splitlines()[: SHOWN + 1]


def make(settings: Settings, wish: Wish, courses: Sequence[ListedCourse], at: datetime) -> Made:
    """The file for these courses; those that it cannot name, or that are protected, are left out."""
    command = KINDS[wish.kind]
    section = settings.command(command)
    identity: str = getattr(section, "identity")  # noqa: B009 - every command of courses has one
    reasons = {course.id: _refused(section, identity, course) for course in courses}
    kept = tuple(course for course in courses if not reasons[course.id])
    left_out = tuple(LeftOut(course, reason) for course in courses if (reason := reasons[course.id]))
    text = _text(command, section.dialect, wish, identity, [value_of(course, identity) for course in kept])
    name = NAMES[wish.kind].format(f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}")
    return Made(wish.kind, command, name, identity, text, section.dialect.encoding or "utf-8", kept, left_out)


def value_of(course: ListedCourse, identity: str) -> str:
    """What names a course in a file of that identity."""
    return str(getattr(course, identity))


def _refused(section: FileCommand, identity: str, course: ListedCourse) -> str:
    value = value_of(course, identity)
    if not value.strip():
        return N_("Moodle tells nothing in the field that names it.")
    if value in getattr(section, "protected", ()):
        return N_("It is protected.")
    return "" if _is_writable(value, section.dialect) else N_("What names it cannot stand in a line of this file.")


def _is_writable(value: str, dialect: Dialect) -> bool:
    """Whether a line that begins with it is read as it was written."""
    if value != value.strip() or not value.isprintable() or (dialect.comment and value.startswith(dialect.comment)):
        return False
    if (dialect.old_comments and value[0] in "([-/ ") or (dialect.old_escapes and "&#" in value) or '"' in value:
        return False
    try:
        value.encode(dialect.encoding or "utf-8")
    except UnicodeEncodeError:
        return False
    return len(value.encode()) <= dialect.max_field_bytes


def _text(command: str, dialect: Dialect, wish: Wish, identity: str, values: Sequence[str]) -> str:
    separator = dialect.separator or tool(command).separator or ";"
    if wish.kind != "reset":
        return "".join(f"{_quoted(value, separator)}\n" for value in values)
    options = {name: wish.options.get(name, "") for name in REQUIRED}
    rows = [(identity, *options), *((value, *options.values()) for value in values)]
    return "".join(separator.join(_quoted(cell, separator) for cell in row) + "\n" for row in rows)


def _quoted(value: str, separator: str) -> str:
    """The value, in quotes where something in it may be taken for a separator; a tab parts what nothing else does."""
    return f'"{value}"' if separator != "\t" and set(";,:\t") & set(value) else value


def runs_by_itself(settings: Settings, place: str) -> list[str]:
    """The commands whose setting names a file there, so that it would be run without anybody's look at it."""
    return [command for command in COMMANDS if names(getattr(settings.section(command), "file", ""), place)]


def folders(store: "Store") -> list[str]:
    """Free folders of the depot in which files lie, our own for files to be looked at first."""
    wanted = select(files.c.folder).where(files.c.state.in_((*LIVE, FileState.STORED))).distinct()
    with store.ledger.read() as tx:
        found = {*tx.execute(wanted).scalars(), *made_folders.below(tx)}
    free = sorted(folder for folder in found - {FOLDER, ""} if not is_reserved(folder))
    return [FOLDER, *free, ""]
