"""What a capture did with each name of the drop."""

import logging
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sync_operators.codes import Fault, Kind, code
from sync_operators.intake.drop import Found

log = logging.getLogger(__name__)

_TOLD = 100
_SAID = 1000
_RANKS = {Kind.ERROR: 0, Kind.WARN: 1, Kind.OK: 2, Kind.SKIP: 3}


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

    # Python's own runner writes down what it was given, to no avail: of a drop of thousands that takes a while.
    items: tuple[Taken, ...] = field(default=(), repr=False)
    warnings: tuple[Fault, ...] = ()

    @property
    def counts(self) -> Mapping[str, int]:
        """How many names had each code."""
        return dict(Counter(item.code for item in self.items))

    @property
    def bytes_taken(self) -> int:
        """How much this capture brought into the depot."""
        return sum(item.bytes for item in self.items if item.code == "captured" or item.place)

    def as_dict(self) -> dict[str, Any]:
        """Counts by code, and the first hundred names with their code and reason: what asks for a look goes first."""
        ranked = sorted(self.items, key=lambda item: (_RANKS[code(item.code).kind], item.name))
        told = [{"name": item.name, "code": item.code, "reason": item.reason} for item in ranked[:_TOLD]]
        return {"counts": dict(self.counts), "files": told, "left_out": len(self.items) - len(told)}

    def say(self) -> None:
        """Log what was left in the drop and why; what was taken was said when it was."""
        remaining = [item for item in self.items if not item.place]
        for item in remaining[:_SAID]:
            log.info("%s: file=%s bytes=%d %s", item.code, item.name, item.bytes, item.reason)
        if len(remaining) > _SAID:
            log.info("capture: %d more names were left in the drop", len(remaining) - _SAID)
        for warning in self.warnings:
            log.warning("%s: %s", warning.code, warning.message("en"))
        log.info("capture: %s", " ".join(f"{name}={number}" for name, number in self.counts.items()) or "nothing there")
