"""Enrolments: the apply step against a bare client, and a file of unchanged rows against one of accounts."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from benchmarks.bare import recording, send_all
from benchmarks.figure import Figure, Options, alternating, cpu_seconds, scratch, seconds
from benchmarks.planning import Planner, planner
from benchmarks.rows import write_people
from include.sandbox.starting import Sandbox, start
from sync_operators import walk
from sync_operators.moodle.enrolments import ENROL
from sync_operators.plans.request import Request
from tests.end_to_end.site import site

ROWS = 5_000
COURSES = 50
ANSWER = 20  # milliseconds
ROUNDS = 3
UNCHANGED = 100_000
_HEADER = "cmd;uid;cid;rolename"


def figures(options: Options) -> Iterator[Figure]:
    """New ones by the connections of the settings; unchanged ones without Moodle."""
    yield _added(options.rows(ROWS))
    yield _unchanged(options.rows(UNCHANGED))


def _added(count: int) -> Figure:
    with scratch() as folder, start(folder / "sandbox") as sandbox:
        bodies: list[bytes] = []
        _ours(sandbox, folder, count, record=bodies)
        bare, ours = alternating(ROUNDS, lambda: _bare(sandbox, bodies, count), lambda: _ours(sandbox, folder, count))
    ratio = bare / ours
    return Figure(
        f"enrol {count:,} in {COURSES} courses at a {ANSWER} ms answer: rows/s against a bare httpx client",
        "≥ 0.9",
        f"{ratio:.2f}",
        ratio >= 0.9,
        f"{count / ours:.0f} rows/s against {count / bare:.0f}, {len(bodies)} requests; medians of {ROUNDS}",
    )


def _ours(sandbox: Sandbox, folder: Path, count: int, *, record: list[bytes] | None = None) -> float:
    """Seconds of the apply step."""
    _empty(sandbox, count)
    shutil.rmtree(folder / "site", ignore_errors=True)
    with site(sandbox, folder / "site") as opened:
        if record is not None:
            opened.work = replace(opened.work, moodle=recording(sandbox, ENROL, record))
        opened.put("enrols.csv", "\n".join([_HEADER, *map(_row, range(count)), ""]))
        opened.capture()
        step = walk.plan(opened.work, Request("enrolments", dag_id="figures", dag_run_id="1"))
        if step is None or walk.gate(opened.work, step.run_id).verdict != "go":
            raise AssertionError(f"this was to be applied: {step}")
        took = seconds(lambda: walk.apply(opened.work, step.run_id))
    if (found := len(sandbox.control.rows("user_enrolments"))) != count:
        raise AssertionError(f"{found} of {count} were enrolled")
    return took


def _bare(sandbox: Sandbox, bodies: list[bytes], count: int) -> float:
    _empty(sandbox, count)
    return send_all(sandbox, bodies)


def _empty(sandbox: Sandbox, count: int) -> None:
    """A site of these courses and accounts, always with the same ids."""
    control = sandbox.control
    control.reset(bare=True)
    control.add_accounts([_account(number) for number in range(count // COURSES)])
    for number in range(COURSES):
        control.add_row("courses", fullname=f"Course {number}", shortname=f"C-{number}")
    control.set_answer_delay(ANSWER)


def _account(number: int) -> dict[str, str]:
    name = f"person{number}"
    names = {"username": name, "firstname": "A", "lastname": f"B{number}", "email": f"{name}@example.org"}
    return {**names, "idnumber": f"E{number:07d}"}


def _row(number: int) -> str:
    return f"add;E{number // COURSES:07d};C-{number % COURSES};student"


def _unchanged(count: int) -> Figure:
    with scratch() as folder:
        for name in ("one", "two"):
            (folder / name).mkdir()
        people, enrols = write_people(folder / "people.csv", range(count)), folder / "enrols.csv"
        enrols.write_text("\n".join([_HEADER, *map(_row, range(count)), ""]), encoding="utf-8")
        with planner(folder / "one") as users, planner(folder / "two", command="enrolments") as enrolments:
            users.remember(people)
            enrolments.remember(enrols, lambda row: (("user", row // COURSES), ("course", row % COURSES)))
            plain, ours = alternating(
                ROUNDS, lambda: _planned(users, people, count), lambda: _planned(enrolments, enrols, count)
            )
    ratio = plain / ours
    return Figure(
        f"delta over {count:,} unchanged enrolments, SQLite: rows/s against users",
        "≥ 0.67",
        f"{ratio:.2f}",
        ratio >= 2 / 3,
        f"{count / ours:.0f} rows/s against {count / plain:.0f}, of processor time; medians of {ROUNDS}",
    )


def _planned(planning: Planner, path: Path, count: int) -> float:
    run = planning.start()

    def plan() -> None:
        found = planning.plan(path, run)
        if found.unchanged != count:
            raise AssertionError(f"{found.unchanged} of {count} rows were found unchanged")

    return cpu_seconds(plan)
