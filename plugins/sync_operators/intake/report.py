"""What a capture did with each name of the drop."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from sync_operators.codes import Fault
from sync_operators.intake.drop import Found


@dataclass(frozen=True, slots=True)
class Taken:
    """A name in the drop and what became of it; `reason` is the server's own word where it refused something."""

    name: str
    code: str
    bytes: int = 0
    sha256: str = ""
    place: str = ""
    reason: str = ""
    found: Found | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class CaptureReport:
    """Every name of the drop in name order, and what is to be said about the drop as a whole."""

    items: tuple[Taken, ...] = ()
    warnings: tuple[Fault, ...] = ()

    @property
    def counts(self) -> Mapping[str, int]:
        """How many names had each code."""
        return dict(Counter(item.code for item in self.items))
