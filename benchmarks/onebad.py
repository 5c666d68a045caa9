"""One account that Moodle refuses among a hundred in one request: what it costs to find it, wherever it stands."""

import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from benchmarks.figure import Figure, Options, scratch
from benchmarks.rows import HEADER, person
from include.sandbox.starting import Sandbox, start
from sync_operators import walk
from sync_operators.moodle.users import CREATE
from sync_operators.plans.request import Request
from tests.end_to_end.site import Site, site

ROWS = 100
MOST = 16


def figures(options: Options) -> Iterator[Figure]:
    """Somebody takes a user name between plan and apply: so does Moodle come to refuse what looked well."""
    places = range(0, ROWS, 10 if options.quick else 1)
    with scratch() as folder, start(folder / "sandbox") as sandbox:
        # So many rows of eight columns are more fields than the default lets through.
        sandbox.control.set_max_input_vars(5000)
        calls = [_calls(sandbox, folder, place) for place in places]
    creating, in_all = max(each[CREATE] for each in calls), max(map(Counter.total, calls))
    yield Figure(
        f"one bad row in a batch of {ROWS}: calls to isolate it, at the worst of {len(places)} places",
        f"≤ {MOST}",
        str(creating),
        creating <= MOST,
        f"{in_all} with the look-ups that explain it; each time the other {ROWS - 1} were created, once",
    )


def _calls(sandbox: Sandbox, folder: Path, place: int) -> Counter[str]:
    """Calls of the apply step, by function."""
    sandbox.control.reset()
    sandbox.control.set_max_input_vars(5000)
    shutil.rmtree(folder / "site", ignore_errors=True)
    with site(sandbox, folder / "site", environ={"SYNC__MOODLE__MAX_FIELDS": "4000"}) as opened:
        opened.put("userimport.csv", "\n".join([HEADER, *map(person, range(ROWS)), ""]))
        opened.capture()
        step = walk.plan(opened.work, Request("users", dag_id="figures", dag_run_id="1"))
        if step is None or walk.gate(opened.work, step.run_id).verdict != "go":
            raise AssertionError(f"this was to be applied: {step}")
        username = person(place).split(";")[1]
        sandbox.control.add_accounts([{"username": username, "email": "another@example.org", "lastname": "Other"}])
        before = opened.work.moodle.calls
        walk.apply(opened.work, step.run_id)
        _check(opened, step.run_id, place)
        return opened.work.moodle.calls - before


def _check(opened: Site, run_id: str, place: int) -> None:
    """Every other row was created, by one write that took effect."""
    codes = [code for _, code in opened.outcomes(run_id)]
    wanted = ["error_username_collision" if at == place else "created" for at in range(ROWS)]
    made = Counter(
        user["username"]
        for entry in opened.sandbox.control.journal()
        if entry["function"] == CREATE
        for user in entry["args"]["users"]
    )
    if codes != wanted or sorted(made.values()) != [1] * (ROWS - 1):
        raise AssertionError(f"with row {place} bad: {Counter(codes)}, created {made.total()}")
