"""The table of figures, with the machine they were taken on."""

import os
import platform
import re
import sqlite3
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from benchmarks.figure import Figure


@dataclass(slots=True)
class Measured:
    """Figures as they come in, with when and under what load."""

    quick: bool
    begun: datetime
    load: float
    figures: list[Figure] = field(default_factory=list)

    @classmethod
    def begin(cls, *, quick: bool) -> Self:
        """Nothing measured yet."""
        return cls(quick, datetime.now(UTC), os.getloadavg()[0])

    def add(self, figure: Figure) -> None:
        """One more."""
        self.figures.append(figure)


def as_text(figure: Figure) -> str:
    """A figure as a line of the printed table."""
    line = f"{figure.verdict:<7} {figure.what:<68} {figure.found:>9}  wanted {figure.wanted}"
    return f"{line}\n        {figure.detail}" if figure.detail else line


def write_results(path: Path, measured: Measured) -> None:
    """Write the page."""
    rows = "".join(
        f"| {each.what} | {each.wanted} | **{each.found}** | {each.verdict} | {each.detail} |\n"
        for each in measured.figures
    )
    path.write_text(
        f"# Figures\n\nMade by `make bench`; ratios are of one run. {_when(measured)}\n\n{_machine()}\n\n"
        f"| figure | wanted | found | | how |\n|---|---|---|---|---|\n{rows}",
        encoding="utf-8",
    )


def _when(measured: Measured) -> str:
    ended = datetime.now(UTC)
    minutes = (ended - measured.begun).total_seconds() / 60
    return (
        f"{measured.begun:%Y-%m-%d %H:%M} UTC, {minutes:.0f} minutes; load of the machine {measured.load:.1f} before, "
        f"{os.getloadavg()[0]:.1f} at the end (its own part included)."
    )


def _machine() -> str:
    return (
        f"{os.cpu_count()} cores ({_processor()}), {_memory():.0f} GB, {platform.system()} {platform.release()}, "
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}."
    )


def _processor() -> str:
    told = Path("/proc/cpuinfo")
    found = re.search(r"model name\s*:\s*(.+)", told.read_text()) if told.exists() else None
    return found[1] if found else platform.processor() or platform.machine()


def _memory() -> float:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
