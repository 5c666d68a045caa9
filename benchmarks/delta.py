"""A file of unchanged rows, planned, against a bare loop over the same file."""

import csv
from collections.abc import Iterator
from pathlib import Path

from benchmarks.figure import Figure, Options, alternating, cpu_seconds, scratch, seconds
from benchmarks.planning import Planner, planner
from benchmarks.postgresql import database, missing
from benchmarks.rows import shuffled, write_people

ROWS = 1_000_000
ROUNDS = 3


def figures(options: Options) -> Iterator[Figure]:
    """In the order of the keys and shuffled, on SQLite and, where one listens, on PostgreSQL."""
    count = options.rows(ROWS)
    with scratch() as folder:
        ordered = write_people(folder / "ordered.csv", range(count))
        mixed = write_people(folder / "mixed.csv", shuffled(count))
        with planner(folder) as planning:
            planning.remember(ordered)
            yield _figure(planning, ordered, count, f"delta over {count:,} unchanged rows in key order, SQLite", 8)
            yield _figure(planning, mixed, count, "the same rows shuffled", 12)
        if reason := missing():
            yield Figure("the same on PostgreSQL", "≤ 10 ×, ≤ 15 ×", "skipped", None, reason)
            return
        with database() as ledger, planner(folder, ledger=ledger) as planning:
            planning.remember(ordered)
            yield _figure(planning, ordered, count, "the same in key order, PostgreSQL", 10)
            yield _figure(planning, mixed, count, "the same rows shuffled, PostgreSQL", 15)


def _figure(planning: Planner, path: Path, count: int, what: str, limit: float) -> Figure:
    run = planning.start()

    def plan() -> None:
        found = planning.plan(path, run)
        if found.unchanged != count:
            raise AssertionError(f"{found.unchanged} of {count} rows were found unchanged")

    # On SQLite both only compute (their files lie in the system's cache): busy time is what they take on a quiet
    # machine. PostgreSQL computes in another process.
    alone = planning.work.ledger.engine.dialect.name == "sqlite"
    measured, how = (cpu_seconds, "processor time") if alone else (seconds, "time")
    plain, planned = alternating(ROUNDS, lambda: measured(lambda: _read(path)), lambda: measured(plan))
    ratio = planned / plain
    return Figure(
        what,
        f"≤ {limit:g} × a bare csv.reader loop",
        f"{ratio:.1f} ×",
        ratio <= limit,
        f"{planned:.1f} s of {how} against {plain:.2f} s, medians of {ROUNDS} rounds in turns",
    )


def _read(path: Path) -> None:
    with path.open(encoding="utf-8", newline="") as file:
        for _ in csv.reader(file, delimiter=";"):
            pass
