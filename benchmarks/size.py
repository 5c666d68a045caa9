"""Walks at size: whole files, from plan to close with reports, each in a process of its own."""

import csv
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

from benchmarks.alone import Walked, walk_alone
from benchmarks.bare import recording, send_all
from benchmarks.figure import Figure, Options, scratch, seconds
from benchmarks.planning import Planner
from benchmarks.rows import HEADER, person
from benchmarks.yes import saying_yes
from include.sandbox.starting import Sandbox, start
from sync_operators import walk
from sync_operators.ledger import applied
from sync_operators.moodle.users import CREATE
from sync_operators.plans.request import Request
from tests.end_to_end.site import Site, site

CHANGED = 100
"""One row in so many."""

ANSWER = 20  # milliseconds
FILE = "userimport.csv"


def figures(options: Options) -> Iterator[Figure]:
    """A small change in a large file, a large change, one that was killed, and how it grows."""
    yield from _changed(options)
    yield from _created(options)
    yield _resumed(options)
    yield from _growth(options)


def _changed(options: Options) -> Iterator[Figure]:
    few, many = options.rows(50_000), options.rows(1_000_000)
    with scratch() as folder, start(folder / "sandbox") as sandbox:
        ours, plain, calls = _measured(sandbox, folder / "few", few)
        limit = 5 * (plain + calls)
        yield Figure(
            f"{few:,} users, 1 % changed, a {ANSWER} ms answer: the whole walk",
            "≤ 5 × reading the file + sending the changed rows bare",
            f"{ours.seconds / (plain + calls):.1f} ×",
            ours.seconds <= limit,
            f"{_told(ours)}; reading {plain:.2f} s, sending {calls:.2f} s",
        )
        ours, plain, calls = _measured(sandbox, folder / "many", many, reads=True)
        ratio = (ours.seconds - calls) / plain
        yield Figure(
            f"{many:,} users, 1 % changed: the whole walk without the calls' own time",
            "≤ 16 × a bare csv.reader loop",
            f"{ratio:.1f} ×",
            ratio <= 16,
            f"{_told(ours)}; reading {plain:.2f} s, the same calls bare {calls:.2f} s",
        )
        yield Figure("peak memory of that", "≤ 150 MB", f"{ours.megabytes:.0f} MB", ours.megabytes <= 150)


def _created(options: Options) -> Iterator[Figure]:
    most = options.rows(200_000)
    with scratch() as folder, start(folder / "sandbox") as sandbox, saying_yes() as url:
        willing = replace(sandbox, moodle_url=url)
        fewer, all_of = (_created_by(willing, folder / str(count), count) for count in (most // 10, most))
    rate, growth = most / all_of.seconds, all_of.megabytes / fewer.megabytes
    yield Figure(
        f"{most:,} accounts created at a Moodle that says yes at once: plan to close",
        "≥ 3,000 rows/s",
        f"{rate:.0f}/s",
        rate >= 3000,
        _told(all_of),
    )
    yield Figure(
        "peak memory of that, against a tenth of the rows",
        "flat (≤ 1.3 ×)",
        f"{growth:.2f} ×",
        growth <= 1.3,
        f"{all_of.megabytes:.0f} MB against {fewer.megabytes:.0f} MB",
    )


def _created_by(sandbox: Sandbox, folder: Path, count: int, *, answer: int = 0) -> Walked:
    _wait_for_creation(sandbox, folder, count, answer=answer)
    return _walked(sandbox, folder)


def _wait_for_creation(sandbox: Sandbox, folder: Path, count: int, *, answer: int) -> None:
    """Let a file of new accounts wait, and let Moodle answer after so many milliseconds."""
    sandbox.control.reset(bare=True)
    sandbox.control.set_answer_delay(answer)
    with site(sandbox, folder) as opened:
        _deliver(opened, map(person, range(count)))


def _resumed(options: Options) -> Figure:
    count = options.rows(50_000)
    with scratch() as folder, start(folder / "sandbox") as sandbox:
        whole = _created_by(sandbox, folder / "whole", count, answer=ANSWER)
        _wait_for_creation(sandbox, folder / "killed", count, answer=ANSWER)
        half = whole.calls[CREATE] // 2
        kill = partial(sandbox.control.kill_caller, when="after", of=CREATE, nth=half)
        if walk_alone(sandbox, folder / "killed", before=kill):
            raise AssertionError("the walk was not killed")
        rest = _walked(sandbox, folder / "killed")
    share = rest.seconds / whole.seconds
    return Figure(
        f"resume of {count:,} creations killed at half, a {ANSWER} ms answer",
        "≤ 55 % of a full run",
        f"{share:.0%}",
        share <= 0.55,
        f"{_told(rest)}; the full run {_told(whole)}",
    )


def _growth(options: Options) -> Iterator[Figure]:
    base = options.rows(50_000)
    with scratch() as folder, start(folder / "sandbox") as sandbox:
        small = _median(sandbox, folder / "small", base)
        large = _median(sandbox, folder / "large", 10 * base)
        yield _grown("ten times the rows", 11, large, small)
        short = _median(sandbox, folder / "short", base, history=options.rows(500_000), runs=100)
        long = _median(sandbox, folder / "long", base, history=options.rows(5_000_000), runs=1_000)
        yield _grown("ten times the history in the ledger (5 million applied rows, 1,000 runs)", 1.3, long, short)


def _grown(what: str, limit: float, more: Walked, less: Walked) -> Figure:
    ratio = more.seconds / less.seconds
    told = f"{_told(more)} against {_told(less)}"
    return Figure(f"growth: {what}", f"≤ {limit:g} ×", f"{ratio:.2f} ×", ratio <= limit, told)


def _median(sandbox: Sandbox, folder: Path, count: int, *, history: int = 0, runs: int = 0) -> Walked:
    """The middle one of three walks with one row in a hundred changed, none of which knows of the others."""
    _prepare(sandbox, folder / "ready", count, history=history, runs=runs)
    walks = [_once(sandbox, folder, count) for _ in range(3)]
    return sorted(walks, key=lambda walked: walked.seconds)[1]


def _once(sandbox: Sandbox, folder: Path, count: int) -> Walked:
    _accounts(sandbox, count)
    with _copy(folder) as copied:
        return _walked(sandbox, copied)


def _measured(sandbox: Sandbox, folder: Path, count: int, *, reads: bool = False) -> tuple[Walked, float, float]:
    """A walk with one row in a hundred changed, the seconds to read its file, and those of its calls sent bare.

    `reads`: all of its calls, not only those that write.
    """
    _prepare(sandbox, folder / "ready", count)
    bodies = _bodies(sandbox, folder, "" if reads else "core_user_update_users")
    walked = _once(sandbox, folder, count)
    file = next((folder / "ready").rglob(FILE))
    _accounts(sandbox, count)
    return walked, seconds(lambda: _read(file)), send_all(sandbox, bodies)


def _bodies(sandbox: Sandbox, folder: Path, function: str) -> list[bytes]:
    """What such a walk sends."""
    bodies: list[bytes] = []
    with _copy(folder) as copied, site(sandbox, copied) as opened:
        opened.work = replace(opened.work, moodle=recording(sandbox, function, bodies))
        if (step := walk.plan(opened.work, Request("users", dag_id="figures", dag_run_id="1"))) is None:
            raise AssertionError("no file waits")
        walk.gate(opened.work, step.run_id)
        walk.apply(opened.work, step.run_id)
    return bodies


def _prepare(sandbox: Sandbox, folder: Path, count: int, *, history: int = 0, runs: int = 0) -> None:
    """A ledger that knows all rows of a file, and that file with one row in a hundred changed, waiting."""
    ids = _accounts(sandbox, count)
    with site(sandbox, folder) as opened, scratch() as aside:
        former = aside / "former.csv"
        former.write_text("\n".join([HEADER, *map(person, range(count)), ""]), encoding="utf-8")
        planning = Planner(opened.work)
        planning.remember(former, lambda row: (("user", ids.get(row, 10_000_000 + row)),))
        _remember_others(planning, history, runs)
        _deliver(opened, map(_later, range(count)))


def _accounts(sandbox: Sandbox, count: int) -> dict[int, int]:
    """A site of those accounts that the file changes, as they are before; their ids, the same each time."""
    sandbox.control.reset(bare=True)
    sandbox.control.set_answer_delay(ANSWER)
    numbers = range(0, count, CHANGED)
    accounts = [dict(zip(HEADER.split(";"), person(number).split(";"), strict=True)) for number in numbers]
    return dict(zip(numbers, sandbox.control.add_accounts(accounts), strict=True))


def _later(number: int) -> str:
    return person(number) if number % CHANGED else person(number).replace("Firstname", "Renamed")


def _remember_others(planning: Planner, count: int, runs: int) -> None:
    """Rows of former files, in as many runs."""
    each = count // runs if runs else 0
    for number in range(runs):
        run, first = planning.start(), number * each
        rows = [(f"former{at:08d}", at, (("user", 20_000_000 + at),)) for at in range(first, first + each)]
        with planning.work.ledger.write() as tx:
            applied.record(tx, planning.work.site_id, "users", run.id, rows)


def _deliver(opened: Site, rows: Iterator[str]) -> None:
    opened.put(FILE, "\n".join([HEADER, *rows, ""]))
    if opened.capture() != {"captured": 1}:
        raise AssertionError("the file was to be captured")


@contextmanager
def _copy(folder: Path) -> Iterator[Path]:
    copied = folder / "copy"
    shutil.copytree(folder / "ready", copied)
    os.sync()  # else the first checkpoint of the walk waits for what was copied
    try:
        yield copied
    finally:
        shutil.rmtree(copied)


def _walked(sandbox: Sandbox, folder: Path) -> Walked:
    walked = walk_alone(sandbox, folder)
    if walked is None:
        raise AssertionError("the walk was killed")
    return walked


def _told(walked: Walked) -> str:
    steps = ", ".join(f"{name} {taken:.2f}" for name, taken in walked.steps.items())
    return f"{walked.seconds:.2f} s ({steps})"


def _read(path: Path) -> None:
    with path.open(encoding="utf-8", newline="") as file:
        for _ in csv.reader(file, delimiter=";"):
            pass
