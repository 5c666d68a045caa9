"""What a tool declares, so that planning and applying need no special case for any of them."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import Any, BinaryIO, Protocol, runtime_checkable

from sync_operators.codes import Fault
from sync_operators.command_files.columns import BoundSchema, Schema
from sync_operators.command_files.listing import Listing
from sync_operators.command_files.source import InputFile
from sync_operators.moodle.client import MoodleClient
from sync_operators.moodle.failing import Strategy
from sync_operators.moodle.reader import MoodleReader
from sync_operators.moodle.site import SiteInfo
from sync_operators.settings import Verb as GuardVerb
from sync_operators.tools.undo import Undo

Name = tuple[str, str]
"""Something only one entity may have at a time: ("username", "bob")."""

UNCHANGED = "unchanged"

MEMBER = "member"
"""The entity of an act on a membership in a group; those that add are remembered as ours."""

PICTURE = "picture"
"""The entity of an act on an account's picture; the checksum of each that is set is remembered."""

CONTENT = "content"
"""A field whose value is the very bytes of the row: they are read when they are sent, and are never in a plan."""

FROM_FILE = "$file"
RANDOM = "$random"
"""What stands in a plan instead of a secret: apply reads it from the file, or makes one that nobody keeps."""


@dataclass(frozen=True, slots=True)
class ToolSettings:
    """What a tool needs of the settings: its own section, the rules for accounts, the site's time zone and roles."""

    section: Any
    users: Any
    timezone: tzinfo
    roles: Mapping[str, int] = field(default_factory=dict)
    """Ids by shortname: no web service lists roles."""
    members_added: Callable[[Collection[int]], set[tuple[int, int]]] = lambda _: set()
    """Group and account of the memberships in some courses that this package has added."""
    pictures_given: Callable[[Collection[int]], Mapping[int, str]] = lambda _: {}
    """The checksum of the picture that this package gave last to each of some accounts."""


@dataclass(frozen=True, slots=True)
class ParsedRow:
    """A row that passed validation: its ordinal, key and parsed values.

    `fresh` is false when the ledger knows this very content as applied (mode `reconcile` looks all the same).
    """

    row: int
    line: int | None
    key: str
    values: Mapping[str, Any]
    fresh: bool = True


@dataclass(frozen=True, slots=True)
class New:
    """Stands in the fields of an act for the id of an entity that this plan makes before."""

    entity: str
    target: int


def id_of(entity: str, target: int) -> "int | New":
    """The id of an entity for the fields of an act: its number, or what stands for the one it will have."""
    return target if target > 0 else New(entity, target)


@dataclass(frozen=True, slots=True)
class Draft:
    """One intended act on one entity. A negative `target` is an entity that this plan makes.

    `parent` is another entity that the act needs and that this plan may make before (a category for a course): its id
    is then the act's `moodle_id`. Of those that stand as `New` in its fields it may need several. `takes` and `frees`
    put acts in order: of names, and of anything else that must be so before (("enrolled", "7 in 3")).
    """

    verb: str
    entity: str
    target: int
    before: Mapping[str, Any] = field(default_factory=dict)
    after: Mapping[str, Any] = field(default_factory=dict)
    before_unknown: tuple[str, ...] = ()
    takes: frozenset[Name] = frozenset()
    frees: frozenset[Name] = frozenset()
    parent: tuple[str, int] | None = None


@dataclass(frozen=True, slots=True)
class RowPlan:
    """What a row comes to: acts, or at once a code; parts in error and warnings stand beside the acts."""

    drafts: tuple[Draft, ...] = ()
    code: str | None = None
    args: Mapping[str, str] = field(default_factory=dict)
    parts: tuple[Fault, ...] = ()
    warnings: tuple[str, ...] = ()
    refs: tuple[tuple[str, int], ...] = ()

    @staticmethod
    def of(fault: Fault) -> "RowPlan":
        """A row that ends with one code, nothing to do."""
        return RowPlan(code=fault.code, args=fault.args)


class RowPlanner(Protocol):
    """Turns the rows of one file into acts, in file order."""

    def look_up(self, rows: Sequence[ParsedRow]) -> None:
        """Ask Moodle for all that these rows need, in as few calls as can be."""

    def plan(self, row: ParsedRow) -> RowPlan:
        """Decide on one row, seeing entities as the earlier rows leave them. No calls."""


@runtime_checkable
class SumsUp(Protocol):
    """A planner that has something to do besides what its rows ask for."""

    def see(self, rows: Sequence[ParsedRow]) -> None:
        """Take note of rows that an earlier part of the run has ended, and that are not planned again."""

    def sum_up(self) -> Iterable[tuple[str, RowPlan]]:
        """What the file as a whole comes to, asked when every row is planned: each with a key of its own."""


@dataclass(frozen=True, slots=True)
class Act:
    """An operation as its sender sees it, with its secrets filled in.

    `moodle_id` is the entity's, or for an act that makes one, that of the entity it needed.
    """

    seq: int
    row: int
    entity: str
    moodle_id: int | None
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    needed: int | None = None
    """The id of what an earlier act of the plan made for it."""
    content: Callable[[], bytes] | None = None
    """Reads the bytes of its row, when it needs them; from any thread."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What a look at Moodle says of an act that was sent: done, not done, or impossible."""

    done: bool
    moodle_id: int | None = None
    fault: Fault | None = None


class Verb(Protocol):
    """How the acts of one verb are sent, settled and explained."""

    code: str
    strategy: Strategy[Act, Any]
    remembers: bool
    """Whether a row that did it holds until something changes; a deletion does not."""

    def lost(self, act: Act) -> tuple[tuple[str, int], ...]:
        """What is gone when the act is done: rows of other commands that stand on all of it must come again."""

    def fields(self, act: Act) -> int:
        """How many form fields the act takes."""

    def send(self, moodle: MoodleClient, acts: Sequence[Act]) -> Any:
        """One call; the strategy reads its answer."""

    def made(self, acts: Sequence[Act], answer: Any) -> Mapping[int, int]:
        """The Moodle id of the entity of each act that was done, by its seq."""

    def look(self, reader: MoodleReader, acts: Sequence[Act]) -> Mapping[int, Seen]:
        """What Moodle now says of each act, by its seq."""

    def explain(self, reader: MoodleReader, act: Act, errorcode: str, message: str) -> Fault:
        """Our own reason for the refusal of one act: a production Moodle names none."""

    def after_write(self, reader: MoodleReader, acts: Mapping[int, Act]) -> Mapping[int, tuple[Fault, ...]]:
        """Warnings found by reading back what was written; the keys of `acts` are Moodle ids."""


class Outcome(Protocol):
    """What became of a row, as far as a tool's own product needs it."""

    @property
    def code(self) -> str:
        """Its principal code."""

    @property
    def args(self) -> Mapping[str, str]:
        """The arguments of its message."""


Outcomes = Callable[[], Iterable[Outcome]]
"""The outcomes of a run, in file order, afresh at each call."""


@dataclass(frozen=True, slots=True)
class Tool:
    """One command: its columns, its identity of a row, its planner and its verbs."""

    command: str
    entity: str
    schema: Callable[[ToolSettings], Schema]
    key_of: Callable[[BoundSchema, ToolSettings], Callable[[Sequence[str]], str]]
    planner: Callable[[ToolSettings, MoodleReader, SiteInfo], RowPlanner]
    verbs: Mapping[str, Verb]
    guarded_as: Mapping[str, GuardVerb]
    """Under which guard each verb counts."""
    functions: tuple[str, ...]
    functions_of_some: tuple[str, ...] = ()
    """What only some rows or settings need: the planner asks for it when it meets them, so that others do without."""
    reads: Callable[[Callable[[], BinaryIO], ToolSettings], InputFile] | None = None
    """How a file of the command is opened when it is no CSV; what the first argument gives can be seeked."""
    lists: "Callable[[ToolSettings, MoodleReader], Listing] | None" = None
    """What a command works through that takes no file: listed when a run begins, and remembered with it."""
    looks_at_all: Callable[[ToolSettings], bool] = lambda _: False
    """Whether the settings ask for something that stands on every row, also on those that were applied before."""
    header: bool = True
    separator: str | None = None
    """What parts the values of a row where the settings leave it open; None: found in the file."""
    ignored_columns: frozenset[str] = frozenset()
    secret_columns: frozenset[str] = frozenset()
    rows_per_call: Mapping[str, int] = field(default_factory=dict)
    """Verbs of which Moodle takes fewer acts in one call than the settings allow, or takes them better so."""
    standing: frozenset[str] = frozenset()
    """Codes that plan itself gives and that hold until something changes, beside `unchanged`."""
    reports: tuple[tuple[str, str, Callable[..., None]], ...] = ()
    """What else lies beside the reports of a run: its name, the ending of its file, and what writes it, like them."""
    rows_stand_on_each_other: bool = False
    """Whether one row can undo what another of the same command stands on (a cohort deleted, with its members)."""
    undo: Undo | None = None
    """How the command goes back on acts, its own and those of others; None: on none."""

    @property
    def lasting(self) -> frozenset[str]:
        """Codes of rows that need not come again as long as they and what they stand on stay the same."""
        return self.standing | {UNCHANGED} | {verb.code for verb in self.verbs.values() if verb.remembers}
