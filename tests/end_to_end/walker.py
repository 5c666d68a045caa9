"""The walk in processes of their own, to be killed: a helper that has imported everything forks one per order.

`python -m tests.end_to_end.walker` reads orders from its input, one JSON object a line, answers each with
`{"pid": …}`, waits for a line, lets the walk run, and says how the process ended. So the pid is known before the
first request, and no process costs more than its work.

A walk is a capture, for each command in turn plan, gate, apply, close, and then the way back into the drop. Its own
effects (commits of the ledger and what it does to files of the depot) are told by listening, each just before it
happens. At one of them the walk kills itself, or waits for what befalls the world meanwhile.
"""

import asyncio
import json
import logging
import os
import resource
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from sqlalchemy import event

from sync_operators import walk
from sync_operators.errors import SyncError
from sync_operators.intake.answering import LEASE, PATIENCE, AnsweredDrop, WayBack
from sync_operators.intake.errors import drop_connection_errors
from sync_operators.intake.session import open_sftp
from sync_operators.ledger import Ledger
from sync_operators.ledger.leases import hold
from sync_operators.plans.request import Request
from sync_operators.plans.workplace import utc_now
from tests.end_to_end.site import Site, capture_of, connection, open_work

log = logging.getLogger(__name__)

ROOT = Path(__file__).parents[2]
WAY_BACK = "way back"
PLANS, JUDGES, BEGINS, NOTES = "plans", "judges", "begins", "notes"
"""What a commit says: that a run is planned; that the gate has judged it; that operations are about to be sent; that
some are done."""

_SAYING = (PLANS, JUDGES, BEGINS, NOTES)
_TOLD = """
SELECT (SELECT count(planned_at) FROM runs), (SELECT count(verdict) FROM runs),
    (SELECT count(*) FROM operations WHERE state <> 'planned'), (SELECT count(*) FROM operations WHERE state = 'done')
"""

Place = tuple[str, str, int]
"""An effect of a walk: in which step, what words tell of it, and the how many-th such one."""

Befalls = Callable[[], Mapping[str, Any]]
"""What happens to the world while a walk waits; gives what the walk itself is to obey, see `_Child.obey`."""


def _nothing() -> Mapping[str, Any]:
    return {}


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
    """The number of the effect before which it kills itself; 0: none."""
    die_before: Place | None = None
    """The same by name."""
    wait_before: Place | None = None
    ledger: str = ""
    hours_back: float = 0
    """By how much the clock is wrong."""


@dataclass(frozen=True)
class Ended:
    """How a process ended: its exit code (-9 when it was killed), its own effects by step and kind, what it said."""

    status: int
    trail: tuple[str, ...]
    said: str

    @property
    def effects(self) -> int:
        """How many they were."""
        return len(self.trail)


class Walkers:
    """Our end of the helper."""

    def __init__(self) -> None:
        paths = os.pathsep.join((str(ROOT), str(ROOT / "plugins")))
        self._helper = subprocess.Popen(
            [sys.executable, "-m", "tests.end_to_end.walker"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=os.environ | {"PYTHONPATH": paths},
        )  # fmt: skip

    def run(
        self, order: Order, before: Callable[[int], None] = lambda _pid: None, meanwhile: Befalls = _nothing
    ) -> Ended:
        """Let a walk run, killed at one of its effects or by what `before` arranges for its pid."""
        before(self._ask(asdict(order))["pid"])
        told = self._ask("go")
        while "waits" in told:
            told = self._ask(meanwhile())
        return Ended(told["status"], tuple(told["trail"]), told["said"])

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


def is_such(effect: str, place: Place) -> bool:
    """Whether an effect is of a place's step and kind."""
    step, what, _ = place
    return effect.startswith(f"{step}: ") and what in effect


def such(trail: Sequence[str], place: Place) -> int:
    """How many effects of a place's step and kind there are."""
    return sum(is_such(effect, place) for effect in trail)


class Effects:
    """Tells what a process does to ledger and depot, and strikes before the one that was ordered."""

    def __init__(self, order: Order, wait: Callable[[], None]) -> None:
        self.step, self.trail = "capture", list[str]()
        self._order, self._wait = order, wait
        self._told = (0,) * len(_SAYING)

    def note(self, what: str) -> None:
        self.trail.append(f"{self.step}: {what}")
        if len(self.trail) == self._order.die_at or self._is_at(self._order.die_before):
            os.kill(os.getpid(), signal.SIGKILL)
        if self._is_at(self._order.wait_before):
            self._wait()

    def _is_at(self, place: Place | None) -> bool:
        return place is not None and is_such(self.trail[-1], place) and such(self.trail, place) == place[2]

    def audit(self, name: str, args: tuple[Any, ...]) -> None:
        if name in {"os.link", "os.remove", "os.rename"} and str(args[0]).startswith(self._order.folder):
            target = Path(str(args[0 if name == "os.remove" else 1]))
            below = target.relative_to(self._order.folder).parts[1:-1]
            self.note(f"{name} {below[0] if below else '.'}")

    def watch(self, ledger: Ledger) -> None:
        event.listen(ledger.engine, "commit", self._commit)
        sys.addaudithook(self.audit)

    def _commit(self, connection: Any) -> None:
        # Reading changes nothing: killed there is killed at the commit before.
        if connection.get_execution_options().get("writes"):
            self.note(" ".join(["commit", *self._said(connection)]))

    def _said(self, connection: Any) -> list[str]:
        """What the transaction says of runs and operations, by their numbers before and now."""
        now = tuple(connection.exec_driver_sql(_TOLD).one())
        said = [what for what, has, had in zip(_SAYING, now, self._told, strict=True) if has > had]
        self._told = now
        return said


class _Child:
    """The process of one walk."""

    def __init__(self, order: Order, gate: int, answer: int) -> None:
        self.order, self._gate, self._answer = order, gate, answer
        self._set_back = timedelta(hours=order.hours_back)
        self.effects = Effects(order, self.wait)

    def wait(self) -> None:
        """Say that the point is reached, and go on when told."""
        self.say({"waits": True})
        self.obey(json.loads(self.hear()))

    def obey(self, told: Mapping[str, Any]) -> None:
        """`hours_back`: the clock is set back. `room`: no file may grow beyond so many bytes."""
        self._set_back = timedelta(hours=told.get("hours_back", self.order.hours_back))
        if "room" in told:
            hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
            resource.setrlimit(resource.RLIMIT_FSIZE, (told["room"], hard))

    def clock(self) -> datetime:
        return utc_now() - self._set_back

    def hear(self) -> str:
        heard = b""
        while not heard.endswith(b"\n"):
            heard += os.read(self._gate, 1)
        return heard.decode()

    def say(self, told: Mapping[str, Any]) -> None:
        with os.fdopen(os.dup(self._answer), "w") as out:
            out.write(json.dumps(told) + "\n")

    def walk(self) -> None:
        order, folder = self.order, Path(self.order.folder)
        sandbox: Any = SimpleNamespace(
            moodle_url=order.moodle_url, token=order.token, sftp=SimpleNamespace(**order.sftp)
        )
        opened = open_work(sandbox, folder, environ=order.environ, ledger=order.ledger, sleep=_nap, clock=self.clock)
        with opened as work:
            ours = replace(work, ledger=replace(work.ledger, clock=self.clock))
            self.effects.watch(ours.ledger)
            site = Site(sandbox, folder, ours)
            asyncio.run(capture_of(site))
            for command in order.commands:
                self._one(ours, command)
            self.effects.step = WAY_BACK
            asyncio.run(answer(site))

    def _one(self, work: Any, command: str) -> None:
        """A tick of one command, again while files wait, as the DAG does it."""
        self.effects.step = f"{command}.plan"
        while (step := walk.plan(work, Request(command, dag_id="walker", dag_run_id=str(os.getpid())))) is not None:
            for each in (walk.gate, walk.apply, walk.close):
                self.effects.step = f"{command}.{each.__name__}"
                step = each(work, step.run_id)
            if not step.finished_file or not walk.waits_more(work, command):
                return
            self.effects.step = f"{command}.plan"


async def answer(site: Site) -> None:
    """The way back, over SFTP; the hook that does so in Airflow has its own tests."""
    work = site.work
    back = WayBack(work.ledger, work.depot, work.holder, work.clock)
    if not back.owed():
        return
    with drop_connection_errors():
        ssh = await connection(site.sandbox)
    async with ssh, await open_sftp(ssh) as session:
        drop = AnsweredDrop(session, site.sandbox.sftp.path, parallel=8, patience=PATIENCE)
        with hold(work.ledger, LEASE, holder=work.holder, wait=60):
            await back.write(drop)


def _nap(seconds: float) -> None:
    time.sleep(min(seconds, 0.01))


def _live(order: Order, gate: int, answer: int) -> None:
    """Be the process of a walk, to its end."""
    child = _Child(order, gate, answer)
    child.hear()
    # A log that no room is left for is no news.
    logging.raiseExceptions = False
    logging.basicConfig(filename=f"{order.folder}/walk.log", level=logging.INFO, force=True)
    status, said = 0, ""
    try:
        child.walk()
    except SyncError as error:
        status, said = 1, str(error)
    except BaseException:
        log.exception("a bug")
        status, said = 2, traceback.format_exc()[-900:]
    child.say({"trail": child.effects.trail, "said": said})
    os._exit(status)


def _serve() -> None:
    for line in sys.stdin:
        (gate, opened), (answer, written) = os.pipe(), os.pipe()
        pid = os.fork()
        if pid == 0:
            _live(Order(**json.loads(line)), gate, written)
        os.close(written)
        _say({"pid": pid})
        _say(_outlived(pid, opened, answer))
        for end in (gate, opened):
            os.close(end)


def _outlived(pid: int, opened: int, answer: int) -> dict[str, Any]:
    """Hand on what the process and those who ordered it say to each other; how it ended."""
    last: dict[str, Any] = {"trail": [], "said": ""}
    os.write(opened, sys.stdin.readline().encode())
    with os.fdopen(answer) as lines:
        for line in lines:
            last = json.loads(line)
            if "waits" in last:
                _say(last)
                os.write(opened, sys.stdin.readline().encode())
                last = {"trail": [], "said": ""}
    return last | {"status": os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])}


def _say(told: Mapping[str, Any]) -> None:
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    _serve()
