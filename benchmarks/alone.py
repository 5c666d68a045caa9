"""A whole walk in a process of its own: how long each step takes, and the most memory it ever needs.

`python -m benchmarks.alone` reads what is to be done from its input, says `{"pid": …}`, waits for a line, walks, and
tells its figures as one line of JSON. So the pid is known before the first call, to whoever wants to kill it.
"""

import json
import os
import resource
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from benchmarks.figure import seconds
from include.sandbox.starting import Sandbox
from sync_operators import walk
from sync_operators.plans.request import Request
from sync_operators.tools import tools
from tests.end_to_end.site import open_work

# A process inherits the peak of the one it was started from; a shell's is small.
_SHELL = ("sh", "-c", '"$@"; exit $?', "sh")


@dataclass(frozen=True, slots=True)
class Walked:
    """Seconds by step, megabytes at the most, calls by function."""

    steps: dict[str, float]
    megabytes: float
    calls: dict[str, int]

    @property
    def seconds(self) -> float:
        """All steps."""
        return sum(self.steps.values())


def walk_alone(
    sandbox: Sandbox, folder: Path, *, ledger: str = "", before: Callable[[int], None] | None = None
) -> Walked | None:
    """Walk the file of users that waits in the depot of a folder; None when the process was killed.

    `before` is given the pid.
    """
    order = {"folder": str(folder), "moodle_url": sandbox.moodle_url, "token": sandbox.token, "ledger": ledger}
    with subprocess.Popen(
        [*_SHELL, sys.executable, "-m", "benchmarks.alone"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        if process.stdin is None or process.stdout is None:
            raise AssertionError("there are no pipes to the process")
        print(json.dumps(order), file=process.stdin, flush=True)
        pid = json.loads(process.stdout.readline())["pid"]
        if before:
            before(pid)
        print("go", file=process.stdin, flush=True)
        told = process.stdout.readline()
        process.stdin.close()
        ended = process.wait()
    if not told and before:
        return None
    if ended or not told:
        raise AssertionError(f"the walk ended with {ended}")
    return Walked(**json.loads(told))


def _walk(order: dict[str, str]) -> Walked:
    tools()  # each reads its module when it is first asked for: a process starts with that, not a walk
    sandbox: Any = SimpleNamespace(moodle_url=order["moodle_url"], token=order["token"])
    with open_work(sandbox, Path(order["folder"]), ledger=order["ledger"]) as work:
        found: list[walk.Step] = []

        def plan() -> None:
            step = walk.plan(work, Request("users", dag_id="figures", dag_run_id="1"))
            if step is None:
                raise AssertionError("no file waits")
            found.append(step)

        steps = {"plan": seconds(plan)}
        run_id = found[0].run_id
        for name in ("gate", "apply", "close"):
            step = getattr(walk, name)
            steps[name] = seconds(lambda step=step: step(work, run_id))  # type: ignore[misc]
        if (last := walk.close(work, run_id)).state != "done":
            raise AssertionError(f"this was to be done: {last}")
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        return Walked(steps, peak, dict(work.moodle.calls))


def _main() -> None:
    order = json.loads(sys.stdin.readline())
    print(json.dumps({"pid": os.getpid()}), flush=True)
    sys.stdin.readline()
    print(json.dumps(asdict(_walk(order))), flush=True)


if __name__ == "__main__":
    _main()
