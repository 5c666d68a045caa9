"""The rows a page lists: as many as can be read, the worst first, however many there are."""

from dataclasses import dataclass, field

from sync_operators.codes import Kind
from sync_operators.reports.facts import RowOutcome, Rows

MOST_PROBLEMS = 1000
MOST_OTHERS = 500
_MOST = {Kind.ERROR: MOST_PROBLEMS, Kind.WARN: MOST_OTHERS, Kind.OK: MOST_OTHERS}
_KEY_COLUMNS = 4


@dataclass(slots=True)
class Section:
    """Rows of one kind: those listed, and how many there are."""

    kind: Kind
    total: int = 0
    listed: list[RowOutcome] = field(default_factory=list)

    def add(self, row: RowOutcome) -> None:
        """Count a row; list it while there is room."""
        self.total += 1
        if len(self.listed) < _MOST[self.kind]:
            self.listed.append(row)

    @property
    def keys(self) -> list[str]:
        """The names of the rows' keys, in order of appearance: one column each."""
        names = dict.fromkeys(name for row in self.listed for name in row.key)
        return list(names)[:_KEY_COLUMNS]

    @property
    def has_entries(self) -> bool:
        """Whether rows are entries of a zip, which have a name and no line."""
        return any(row.entry is not None for row in self.listed)


@dataclass(frozen=True, slots=True)
class Listing:
    """What one pass over the rows leaves in memory."""

    errors: Section
    warned: Section
    others: Section


def listed(rows: Rows, *, list_unchanged: bool = False) -> Listing:
    """Read the rows once and keep the first of each kind."""
    sections = {kind: Section(kind) for kind in _MOST}
    for row in rows():
        if list_unchanged or not row.quiet:
            sections[row.kind if row.kind in sections else Kind.OK].add(row)
    return Listing(sections[Kind.ERROR], sections[Kind.WARN], sections[Kind.OK])
