"""Courses of one category: each new one renumbers the others, so they are made in small batches, one after another."""

from collections.abc import Iterator
from pathlib import Path

from benchmarks.figure import Figure, Options, scratch, seconds
from include.sandbox.starting import Sandbox, start
from sync_operators.moodle.course_writes import CREATE
from tests.end_to_end.site import site

ROWS = 500
BEST = 20
"""A Moodle makes as many a second in tens as in hundreds, and only singly fewer; a failed hundred is the dearer one."""


def figures(options: Options) -> Iterator[Figure]:
    """One file, into one category that is not there yet."""
    count = options.rows(ROWS)
    with scratch() as folder, start(folder / "sandbox") as sandbox:
        taken = _made(sandbox, folder, count)
        written = [entry for entry in sandbox.control.journal() if entry["function"] == CREATE]
    largest = max(entry["rows"] for entry in written)
    yield Figure(
        f"{count:,} courses in one category: courses of a call",
        f"≤ {BEST}",
        str(largest),
        largest <= BEST,
        f"{len(written)} calls, {taken:.1f} s for the whole walk",
    )


def _made(sandbox: Sandbox, folder: Path, count: int) -> float:
    rows = [f"C-{number};Course {number};Autumn" for number in range(count)]
    with site(sandbox, folder / "site") as opened:
        content = "\n".join(["shortname;fullname;category", *rows, ""])
        told: list[dict[str, object]] = []
        taken = seconds(lambda: told.append(opened.deliver("uploadcourses.csv", content, "courses_create")))
    if told[0]["counts"] != {"category_created": 1, "created": count - 1}:
        raise AssertionError(f"the run did not end well: {told}")
    return taken
