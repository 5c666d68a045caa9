"""The walk in processes of their own, to be killed: a helper that has imported everything forks one per order.

`python -m tests.end_to_end.walker` reads orders from its input, one JSON object a line, answers each with
`{"pid": …}`, waits for a line, lets the walk run, and says how the process ended. So the pid is known before the
first request, and no process costs more than its work.

A walk is a capture and, for each command in turn, plan, gate, apply, close. Its own effects (commits of the ledger and
what it does to files of the depot) are counted by listening; at the n-th it kills itself.
"""

import asyncio
import json
import logging
import os
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from sqlalchemy import event

from sync_operators import walk
from sync_operators.errors import SyncError
from sync_operators.ledger import Ledger
from sync_operators.plans.request import Request
from tests.end_to_end.site import Site, capture_of, open_work

log = logging.getLogger(__name__)

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Order:
    """What one process is to do."""

    folder: str
    moodle_url: str
    token: str
    sftp: Mapping[str, Any]
    commands: tuple[str, ...]
    environ: Mapping[str, str] = field(default_factory=dict)
    die_at: int = 0


@dataclass(frozen=True)
class Ended:
    """How a process ended: its exit code (-9 when it was killed), and how many effects of its own it had."""

    status: int
    effects: int
    said: str


class Walkers:
    """Our end of the helper."""

    def __init__(self) -> None:
        paths = os.pathsep.join((str(ROOT), str(ROOT / "plugins")))
        self._helper = subprocess.Popen(
            [sys.executable, "-m", "tests.end_to_end.walker"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=os.environ | {"PYTHONPATH": paths},
        )  # fmt: skip

    def run(self, order: Order, before: Callable[[int], None] = lambda _pid: None) -> Ended:
        """Let a walk run, killed at its n-th effect or by what `before` arranges for its pid."""
        before(self._ask(asdict(order))["pid"])
        return Ended(**self._ask("go"))

    def close(self) -> None:
        """End the helper."""
        self._helper.stdin.close()
        self._helper.wait(30)
        self._helper.stdout.close()

    def _ask(self, order: Any) -> dict[str, Any]:
        self._helper.stdin.write(json.dumps(order) + "\n")
        self._helper.stdin.flush()
        answer: dict[str, Any] = json.loads(self._helper.stdout.readline())
        return answer


class Effects:
    """Counts what a process does to ledger and depot, and kills it at the n-th."""

    def __init__(self, die_at: int, root: str) -> None:
        self.count = 0
        self._die_at, self._root = die_at, root

    def note(self, *_: object) -> None:
        self.count += 1
        if self.count == self._die_at:
            os.kill(os.getpid(), signal.SIGKILL)

    def audit(self, name: str, args: tuple[Any, ...]) -> None:
        if name in {"os.link", "os.remove", "os.rename"} and str(args[0]).startswith(self._root):
            self.note()

    def watch(self, ledger: Ledger) -> None:
        event.listen(ledger.engine, "commit", self._commit)
        sys.addaudithook(self.audit)

    def _commit(self, connection: Any) -> None:
        # Reading changes nothing: killed there is killed at the commit before.
        if connection.get_execution_options().get("writes"):
            self.note()


def _walk(order: Order) -> int:
    effects = Effects(order.die_at, order.folder)
    sandbox: Any = SimpleNamespace(moodle_url=order.moodle_url, token=order.token, sftp=SimpleNamespace(**order.sftp))
    with open_work(sandbox, Path(order.folder), environ=order.environ, sleep=_nap) as work:
        effects.watch(work.ledger)
        asyncio.run(capture_of(Site(sandbox, Path(order.folder), work)))
        for command in order.commands:
            _one(work, command)
        return effects.count


def _nap(seconds: float) -> None:
    time.sleep(min(seconds, 0.01))


def _one(work: Any, command: str) -> None:
    """A tick of one command, again while files wait, as the DAG does it."""
    while (step := walk.plan(work, Request(command, dag_id="walker", dag_run_id=str(os.getpid())))) is not None:
        for each in (walk.gate, walk.apply, walk.close):
            step = each(work, step.run_id)
        if not step.finished_file or not walk.waits_more(work, command):
            return


def _child(order: Order, gate: int, answer: int) -> None:
    os.read(gate, 1)
    logging.basicConfig(filename=f"{order.folder}/walk.log", level=logging.INFO, force=True)
    try:
        os.write(answer, f"{_walk(order)} ".encode())
    except SyncError as error:
        os.write(answer, f"0 {error}"[:900].encode())
        os._exit(1)
    except BaseException:
        log.exception("a bug")
        os.write(answer, f"0 {traceback.format_exc()[-900:]}".encode())
        os._exit(2)
    os._exit(0)


def _serve() -> None:
    for line in sys.stdin:
        (gate, opened), (answer, written) = os.pipe(), os.pipe()
        pid = os.fork()
        if pid == 0:
            _child(Order(**json.loads(line)), gate, written)
        _say({"pid": pid})
        sys.stdin.readline()
        os.write(opened, b"1")
        os.close(written)
        status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        effects, _, said = os.read(answer, 1000).decode().partition(" ")
        for end in (gate, opened, answer):
            os.close(end)
        _say({"status": status, "effects": int(effects or 0), "said": said})


def _say(told: Mapping[str, Any]) -> None:
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    _serve()
