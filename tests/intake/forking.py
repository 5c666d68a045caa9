"""Captures in processes of their own, to be killed: a helper that has imported everything forks one per order.

`python -m tests.intake.forking` reads orders from its input, one JSON object a line, and answers each with
`{"pid": …}`, waits for a line, lets the capture run, and says how the process ended.
"""

import asyncio
import json
import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

from fsspec.implementations.local import LocalFileSystem
from sqlalchemy import event

from sync_operators.configuration.sections import Drop as Rules
from sync_operators.depot.storage import Depot
from sync_operators.intake.capture import capture
from sync_operators.ledger import open_ledger
from tests.intake.world import connected, now

REPOSITORY = Path(__file__).parents[2]


class Forker:
    """Our end of the helper."""

    def __init__(self):
        paths = os.pathsep.join((str(REPOSITORY), str(REPOSITORY / "plugins")))
        self._helper = subprocess.Popen(
            [sys.executable, "-m", "tests.intake.forking"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=os.environ | {"PYTHONPATH": paths},
        )  # fmt: skip

    def run(self, world, *, die_at=0, before=lambda _pid: None, rules=None):
        """Run a capture, killed at its n-th local effect or by what `before` arranges; the exit status and effects."""
        server = world.server
        where = {"port": server.port, "path": server.path, "login": server.login}
        order = {
            **where,
            "root": str(world.root),
            "url": world.url,
            "die_at": die_at,
            "rules": rules or {"settle_seconds": 0},
        }
        before(self._ask(order)["pid"])
        return self._ask("go")

    def _ask(self, order):
        self._helper.stdin.write(json.dumps(order) + "\n")
        self._helper.stdin.flush()
        return json.loads(self._helper.stdout.readline())

    def close(self):
        self._helper.stdin.close()
        self._helper.wait(30)


class Effects:
    """Counts what a process does to files and ledger, and ends it at the n-th."""

    def __init__(self, die_at, root):
        self.count = 0
        self._die_at = die_at
        self._root = root

    def note(self):
        self.count += 1
        if self.count == self._die_at:
            os.kill(os.getpid(), signal.SIGKILL)

    def audit(self, name, args):
        if name in {"open", "os.link", "os.remove", "os.rename"} and str(args[0]).startswith(self._root):
            self.note()

    def watch_commits(self, engine):
        event.listen(engine, "commit", lambda _connection: self.note())
        # And once more when it has taken effect: the next statement of any kind finds it done.
        event.listen(engine, "begin", lambda _connection: self.note())


def _capture(order):
    effects = Effects(order["die_at"], order["root"])
    depot = Depot(LocalFileSystem(), order["root"])
    with open_ledger(order["url"], clock=now) as ledger:
        effects.watch_commits(ledger.engine)
        sys.addaudithook(effects.audit)
        asyncio.run(_one(order, depot, ledger))
    return effects.count


async def _one(order, depot, ledger):
    async with connected(order["port"], order["login"]) as session:
        await capture(
            session,
            order["path"],
            depot=depot,
            ledger=ledger,
            rules=Rules.model_validate(order["rules"]),
            holder="child",
            clock=now,
        )


def _child(order, gate, answer):
    os.read(gate, 1)
    try:
        os.write(answer, str(_capture(order)).encode())
    except BaseException as exc:  # noqa: BLE001  (told to the test)
        os.write(answer, f"! {exc!r}".encode())
        os._exit(1)
    os._exit(0)


def _serve():
    for line in sys.stdin:
        (gate, opened), (answer, written) = os.pipe(), os.pipe()
        pid = os.fork()
        if pid == 0:
            _child(json.loads(line), gate, written)
        print(json.dumps({"pid": pid}), flush=True)
        sys.stdin.readline()
        os.write(opened, b"1")
        os.close(written)
        status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        said = os.read(answer, 1000).decode()
        for end in (gate, opened, answer):
            os.close(end)
        print(json.dumps({"status": status, "said": said}), flush=True)


if __name__ == "__main__":
    assert sqlite3.threadsafety
    _serve()
