"""The story of the demo: a registrar's export runs twice. What happened, and what of it is not as it should be."""

import sys
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from include.sandbox.samples import Sample, export, left_in_the_drop
from sync_operators.reports.overview import overview

if TYPE_CHECKING:
    from include.sandbox.demo import Erp


@dataclass(frozen=True, slots=True)
class Night:
    """One run of `sync_all`: its colour, what it told the ERP, what it cost in seconds and calls of Moodle."""

    colour: str
    result: Mapping[str, Any]
    seconds: float
    reads: int
    writes: int

    @property
    def counts(self) -> dict[str, dict[str, int]]:
        """Rows by code of each command."""
        return {run["command"]: run["counts"] for run in self.result.get("runs", [])}


def tell(erp: "Erp", depot: Path) -> list[str]:
    """Drop the export, run it, and once more, printing what happens; what is not as it should be."""
    files = ", ".join(sample.file for sample in export())
    say(f"\nThe registrar drops tonight’s export over SFTP: {files}.\nOne run of sync_all takes them in order …")
    first = _night(erp, "registrar-1", *left_in_the_drop())
    _say_night(first)
    _say_products(first, depot)
    say("\nThe next night brings the same files, and sync_all runs once more …")
    second = _night(erp, "registrar-2")
    _say_night(second)
    say("  Rows that were well cost no call: it was asked who we are, and about the rows still in error or skipped.")
    return [*_faults(first, "lines", depot), *_faults(second, "again", depot), *_faults_of_both(second, erp, depot)]


def say(text: str) -> None:
    """A line on the screen, at once."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def _night(erp: "Erp", run_id: str, *others: str) -> Night:
    before = erp.sandbox.control.counts()
    erp.drop(*(sample.file for sample in export()), *others)
    begun = time.monotonic()
    erp.trigger("sync_all", {"correlation_id": run_id}, run_id)
    colour, result = erp.result("sync_all", run_id)
    seconds = time.monotonic() - begun
    after = erp.sandbox.control.counts()
    writes = after.writes - before.writes
    return Night(colour, result, seconds, after.total - before.total - writes, writes)


def _say_night(night: Night) -> None:
    say(f"\nsync_all ended {night.colour} after {night.seconds:.0f} s:\n")
    for line in overview(night.result.get("runs", [])):
        say(f"  {line}")
    say(f"  Moodle was written to {night.writes} times and asked {night.reads} times.")


def _say_products(night: Night, depot: Path) -> None:
    say("\nEach report says which lines were refused, why, and what to do:")
    for run in night.result.get("runs", []):
        say(f"  {run['command']:14}  {(depot / run['report']).as_uri()}")
    say("Each tryback holds just those lines, to be mended and dropped again:")
    for run in night.result.get("runs", []):
        if run["tryback"]:
            say(f"  {run['command']:14}  {depot / run['tryback']}")


def _faults(night: Night, which: str, depot: Path) -> list[str]:
    expected = {sample.command: _counts(sample, which) for sample in export()}
    reports = [depot / run["report"] for run in night.result.get("runs", [])]
    return _not_so(
        {
            f"the run is green, found {night.colour}": night.colour == "success",
            f"counts are {expected}, found {night.counts}": night.counts == expected,
            "every report is there": all(report.stat().st_size > 1000 for report in reports),
        }
    )


def _faults_of_both(second: Night, erp: "Erp", depot: Path) -> list[str]:
    archived = Counter(path.name.partition("_")[2] for path in depot.glob("archives/*/*/*"))
    twice = {sample.file: 2 for sample in export()}
    there = sorted(path.name for path in erp.sandbox.drop.iterdir())
    answers = [name for name in there if name.startswith(("_report_", "_tryback_"))]
    left = [name for name in there if name not in answers]
    reports, files = sum(name.endswith(".html") for name in answers), sum(twice.values())
    return _not_so(
        {
            f"the second night writes nothing, found {second.writes} writes": second.writes == 0,
            f"archived are {twice}, found {dict(archived)}": archived == twice,
            f"left in the drop are {left_in_the_drop()}, found {left}": left == left_in_the_drop(),
            f"the drop has a report of each of {files} files, found {reports}": reports == files,
            "the accounts are in Moodle": {"nora.lind", "lars.holm"} <= set(erp.sandbox.control.people()),
            "the courses are in Moodle": {"CHEM-101", "LANG-JP1"} <= set(erp.sandbox.control.site_state()["courses"]),
        }
    )


def _counts(sample: Sample, which: str) -> dict[str, int]:
    return dict(Counter(getattr(sample, which).values()))


def _not_so(checks: Mapping[str, bool]) -> list[str]:
    return [f"not so: {text}" for text, holds in checks.items() if not holds]
