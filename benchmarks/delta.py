"""A file of unchanged rows, planned, against a bare loop over the same file."""

import csv
from collections.abc import Iterator
from pathlib import Path

from benchmarks.figure import Figure, Options, alternating, cpu_seconds, scratch
from benchmarks.planning import Planner, planner
from benchmarks.rows import shuffled, write_people

ROWS = 1_000_000
ROUNDS = 3


def figures(options: Options) -> Iterator[Figure]:
    """In the order of the keys and shuffled."""
    count = options.rows(ROWS)
    with scratch() as folder, planner(folder) as planning:
        ordered = write_people(folder / "ordered.csv", range(count))
        mixed = write_people(folder / "mixed.csv", shuffled(count))
        planning.remember(ordered)
        yield _figure(planning, ordered, count, f"delta over {count:,} unchanged rows in key order, SQLite", 8)
        yield _figure(planning, mixed, count, "the same rows shuffled", 12)


def _figure(planning: Planner, path: Path, count: int, what: str, limit: float) -> Figure:
    run = planning.start()

    def plan() -> None:
        found = planning.plan(path, run)
        if found.unchanged != count:
            raise AssertionError(f"{found.unchanged} of {count} rows were found unchanged")

    # Both only compute (their files lie in the system's cache): busy time is what they take on a quiet machine.
    plain, planned = alternating(ROUNDS, lambda: cpu_seconds(lambda: _read(path)), lambda: cpu_seconds(plan))
    ratio = planned / plain
    return Figure(
        what,
        f"≤ {limit:g} × a bare csv.reader loop",
        f"{ratio:.1f} ×",
        ratio <= limit,
        f"{planned:.1f} s of processor time against {plain:.2f} s, medians of {ROUNDS} rounds in turns",
    )


def _read(path: Path) -> None:
    with path.open(encoding="utf-8", newline="") as file:
        for _ in csv.reader(file, delimiter=";"):
            pass
