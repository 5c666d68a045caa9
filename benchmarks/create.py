"""Creating accounts: our whole apply step against a bare client that sends the same requests, made ready before."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from benchmarks.bare import recording, send_all
from benchmarks.figure import Figure, Options, alternating, scratch, seconds
from benchmarks.rows import HEADER, person
from include.sandbox.starting import Sandbox, start
from sync_operators import walk
from sync_operators.moodle.users import CREATE
from sync_operators.plans.request import Request
from tests.end_to_end.site import site

ROWS = 2_000
ANSWER = 20  # milliseconds
ROUNDS = 5


def figures(options: Options) -> Iterator[Figure]:
    """Both with the connections of the settings; the stand-in starts empty each time."""
    count = options.rows(ROWS)
    with scratch() as folder, start(folder / "sandbox") as sandbox:
        bodies: list[bytes] = []
        _ours(sandbox, folder, count, record=bodies)
        bare, ours = alternating(ROUNDS, lambda: _bare(sandbox, bodies), lambda: _ours(sandbox, folder, count))
    ratio = bare / ours
    yield Figure(
        f"create {count:,} users at a {ANSWER} ms answer: rows/s against a bare httpx client",
        "≥ 0.9",
        f"{ratio:.2f}",
        ratio >= 0.9,
        f"{count / ours:.0f} rows/s against {count / bare:.0f}, {len(bodies)} requests; medians of {ROUNDS}",
    )


def _ours(sandbox: Sandbox, folder: Path, count: int, *, record: list[bytes] | None = None) -> float:
    """Seconds of the apply step: leases, digest, marks, calls, settling, and the memory of what was applied."""
    _empty(sandbox)
    shutil.rmtree(folder / "site", ignore_errors=True)
    with site(sandbox, folder / "site") as opened:
        if record is not None:
            opened.work = replace(opened.work, moodle=recording(sandbox, CREATE, record))
        opened.put("userimport.csv", "\n".join([HEADER, *map(person, range(count)), ""]))
        opened.capture()
        step = walk.plan(opened.work, Request("users", dag_id="figures", dag_run_id="1"))
        if step is None or walk.gate(opened.work, step.run_id).verdict != "go":
            raise AssertionError(f"this was to be applied: {step}")
        took = seconds(lambda: walk.apply(opened.work, step.run_id))
    _all_there(sandbox, count)
    return took


def _bare(sandbox: Sandbox, bodies: list[bytes]) -> float:
    _empty(sandbox)
    return send_all(sandbox, bodies)


def _empty(sandbox: Sandbox) -> None:
    sandbox.control.reset()
    sandbox.control.set_answer_delay(ANSWER)


def _all_there(sandbox: Sandbox, count: int) -> None:
    if (found := sum(name.startswith("person") for name in sandbox.control.people())) != count:
        raise AssertionError(f"{found} of {count} accounts were made")
