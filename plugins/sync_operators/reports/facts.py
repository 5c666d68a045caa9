"""What a report is made of: the facts of the run, one outcome for each row."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from sync_operators.codes import Code, Kind, code

UNCHANGED = "unchanged"
_NOT_DONE = (UNCHANGED, "planned")


# A named tuple: a report makes one for each row and each of its forms, and a frozen dataclass takes five times as long.
class RowOutcome(NamedTuple):
    """What became of one row.

    `code` is its principal code; `parts` holds every part: a mapping with `code` and, where there are any, `args`
    and `moodle`.
    """

    line: int | None
    last_line: int | None
    entry: str | None
    code: str
    kind: Kind
    key: Mapping[str, str]
    args: Mapping[str, str]
    warnings: tuple[str, ...] = ()
    parts: tuple[Mapping[str, Any], ...] = ()
    moodle: str | None = None

    @property
    def quiet(self) -> bool:
        """Whether the row is listed only on request: nothing was to be done, nothing is to be said."""
        return self.code == UNCHANGED and self.kind is Kind.OK

    @property
    def lines(self) -> int:
        """How many lines of its file the row spans."""
        return 1 if self.line is None or self.last_line is None else self.last_line - self.line + 1

    def message(self, language: str) -> str:
        """What happened, for a person."""
        return code(self.code).message(language, self.args)

    def remedy(self, language: str) -> str:
        """What a person does next; empty when there is nothing to do."""
        return code(self.code).remedy(language, self.args)

    def details(self, language: str) -> list[str]:
        """What else is to be said: the other parts that are no plain success, then the warnings."""
        if not self.parts and not self.warnings:
            return []
        parts = [part_text(part, language) for part in self.parts if part_code(part).kind is not Kind.OK]
        said = [self.message(language)]
        return [text for text in dict.fromkeys([*parts, *self._warning_texts(language)]) if text not in said]

    def remedies(self, language: str) -> str:
        """What a person does next about the row and about the warnings beside it."""
        if not self.warnings:
            return self.remedy(language)
        warnings = [code(name).remedy(language) for name in self.warnings]
        return " ".join(dict.fromkeys(filter(None, [self.remedy(language), *warnings])))

    def reason(self, language: str) -> str:
        """Every fault of the row in one text, the principal first."""
        faults = [part_text(part, language) for part in self.parts if part_code(part).kind is Kind.ERROR]
        return " ".join(dict.fromkeys([self.message(language), *faults]))

    def _warning_texts(self, language: str) -> list[str]:
        # The arguments are those of the principal code: beside an error they would tell of another column.
        args = {} if code(self.code).kind is Kind.ERROR else self.args
        return [code(name).message(language, args) for name in self.warnings]


Rows = Callable[[], Iterable[RowOutcome]]  # called for each pass: a report of a million rows holds none of them


def part_code(part: Mapping[str, Any]) -> Code:
    """The code of a row's part."""
    return code(part["code"])


def part_text(part: Mapping[str, Any], language: str) -> str:
    """The message of a row's part."""
    return part_code(part).message(language, part.get("args") or {})


@dataclass(frozen=True, slots=True)
class RunFacts:
    """What is known of the run as a whole; `code` and `args` are set when they concern the whole file."""

    run_id: str
    dag_id: str | None
    dag_run_id: str | None
    command: str
    file: str | None
    sha256: str | None
    bytes: int | None
    dialect: Mapping[str, Any]
    mode: str
    simulate: bool
    correlation_id: str | None
    started: datetime
    ended: datetime | None
    state: str
    code: str | None
    args: Mapping[str, str]
    warnings: Mapping[str, int]
    counts: Mapping[str, int]
    warning_counts: Mapping[str, int]
    calls: Mapping[str, int]
    site_name: str = ""
    site_url: str = ""
    decided_by: str | None = None
    decided_at: datetime | None = None
    reason: str | None = None
    holds: int = 0
    tryback: str | None = None
    """Where in the depot the refused rows lie."""
    undo: Sequence[Mapping[str, str]] = ()
    """The undo files, each with `command` and `file`, in the order in which they are to be run."""
    not_undoable: Mapping[str, int] = field(default_factory=dict)
    """Acts that nothing takes back, counted by what they are: `delete user`."""
    before_unknown: Mapping[str, int] = field(default_factory=dict)
    """Acts that go back but for values that Moodle does not tell."""
    spent: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    """Of each function in `calls`, the `rows` that its calls held and the `seconds` until they were answered."""

    @property
    def rows(self) -> int:
        """How many rows were read: each is counted once, under its principal code."""
        return sum(self.counts.values())

    @property
    def seconds(self) -> float | None:
        """How long the run took; None while it goes on."""
        return None if self.ended is None else (self.ended - self.started).total_seconds()

    @property
    def call_seconds(self) -> float:
        """Seconds until all calls were answered, one after the other: some were under way side by side."""
        return sum(each["seconds"] for each in self.spent.values())

    def counted(self, *kinds: Kind) -> int:
        """How many rows have a principal code of these kinds."""
        return sum(count for name, count in self.counts.items() if code(name).kind in kinds)

    @property
    def changed(self) -> int:
        """How many rows changed something in Moodle, or would have."""
        return self.counted(Kind.OK, Kind.WARN) - sum(self.counts.get(name, 0) for name in _NOT_DONE)

    def message(self, language: str) -> str | None:
        """What is to be said of the file as a whole."""
        return code(self.code).message(language, self.args) if self.code else None

    def remedy(self, language: str) -> str | None:
        """What a person does next about the file as a whole."""
        return (code(self.code).remedy(language, self.args) or None) if self.code else None

    def warning(self, name: str, language: str) -> str:
        """The text of one of the run's warnings, with its count."""
        return code(name).message(language, {**self.args, "count": str(self.warnings[name])})
