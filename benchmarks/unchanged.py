"""What a file costs that brings nothing new: rows read, and calls to Moodle."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

from benchmarks.figure import Figure, Options, scratch
from benchmarks.rows import HEADER, person
from include.sandbox.starting import Sandbox, start
from sync_operators.command_files.reader import CommandFile, Record
from sync_operators.moodle.client import SITE_INFO
from tests.end_to_end.site import site

ROWS = 2_000
_NUMBERS = count()


def figures(options: Options) -> Iterator[Figure]:
    """A whole walk over real sockets: first the rows, then the very same file, then the same rows in another order."""
    rows = [person(number) for number in range(options.rows(ROWS))]
    with scratch() as folder, start(folder / "sandbox") as sandbox:
        _walk(sandbox, folder, rows)
        yield _again(sandbox, folder, rows)
        yield _calls(sandbox, folder, rows)


def _again(sandbox: Sandbox, folder: Path, rows: list[str]) -> Figure:
    with _rows_counted() as read:
        told, _ = _walk(sandbox, folder, rows)
    what = "the same file again, byte for byte: rows read"
    return Figure(what, "0", str(read["rows"]), read["rows"] == 0, f"of {len(rows):,}; counts {told['counts']}")


def _calls(sandbox: Sandbox, folder: Path, rows: list[str]) -> Figure:
    with _rows_counted() as read:
        told, calls = _walk(sandbox, folder, rows[::-1])
    more = sum(number for function, number in calls.items() if function != SITE_INFO)
    return Figure(
        "Moodle calls for an unchanged file in delta",
        "0 beyond site info",
        str(more),
        more == 0 and read["rows"] >= len(rows),
        f"{len(rows):,} rows in another order, all read; calls {dict(calls)}; counts {told['counts']}",
    )


def _walk(sandbox: Sandbox, folder: Path, rows: list[str]) -> tuple[dict[str, Any], Counter[str]]:
    """Drop, capture, plan, gate, apply and close; what the ERP is told, and the calls to Moodle."""
    with site(sandbox, folder / "site") as opened:
        opened.dag_run = next(_NUMBERS)
        told = opened.deliver("userimport.csv", "\n".join([HEADER, *rows, ""]))
        if told["state"] != "done":
            raise AssertionError(f"the run did not end well: {told}")
        return told, opened.work.moodle.calls


@contextmanager
def _rows_counted() -> Iterator[Counter[str]]:
    read, genuine = Counter[str](), CommandFile.records

    def counting(file: CommandFile) -> Iterator[Record]:
        for record in genuine(file):
            read["rows"] += 1
            yield record

    CommandFile.records = counting  # type: ignore[assignment,method-assign]
    try:
        yield read
    finally:
        CommandFile.records = genuine  # type: ignore[assignment,method-assign]
