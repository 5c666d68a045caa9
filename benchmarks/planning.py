"""The planning path by itself: a real ledger that knows every row of a file, and a Moodle that must not be asked."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import httpx
from fsspec.implementations.local import LocalFileSystem

from sync_operators.depot.storage import Depot
from sync_operators.ledger import applied, open_ledger, runs
from sync_operators.ledger.runs import Run
from sync_operators.moodle.client import SITE_INFO, MoodleClient
from sync_operators.plans.garbage import seldom_collected
from sync_operators.plans.opening import Opened, open_file
from sync_operators.plans.planning import Planned, make_plan
from sync_operators.plans.workplace import Workplace, utc_now
from sync_operators.settings import load_settings

_KEY = b"figures" * 5
_URL = "http://moodle"
_SITE = {"siteurl": _URL, "userid": 2, "username": "ws", "functions": []}
_CHUNK = 10_000

Refs = tuple[tuple[str, int], ...]
"""Kind and Moodle id of what a row stands on."""


@dataclass(frozen=True, slots=True)
class Planner:
    """Plans files against one ledger."""

    work: Workplace
    command: str = "users"

    def open(self, path: Path) -> Opened:
        """The file with its header checked."""
        return open_file(self.work, self.command, lambda: path.open("rb"))

    def plan(self, path: Path, run: Run) -> Planned:
        """The whole of planning, as the walk does it."""
        with seldom_collected():
            return make_plan(self.work, run, self.open(path))

    def start(self) -> Run:
        """A run to plan in."""
        now, site_id = utc_now(), self.work.site_id
        with self.work.ledger.write() as tx:
            return runs.start(
                tx,
                run_id=runs.new_run_id(now),
                file_id=None,
                site_id=site_id,
                command=self.command,
                mode="delta",
                simulate=False,
                settings_digest=self.work.settings.digest(self.command),
                correlation_id=None,
                started_by=None,
                at=now,
            )

    def remember(self, path: Path, stands_on: Callable[[int], Refs] = lambda row: (("user", row),)) -> None:
        """Let the ledger know all rows of a file as applied, and on what each stands: an account of its own."""
        opened, run, site_id = self.open(path), self.start(), self.work.site_id
        records, made = opened.file.records(), 0
        while chunk := list(islice(records, _CHUNK)):
            names, prints = opened.keys.of(chunk)
            refs = [stands_on(made + place) for place in range(len(names))]
            with self.work.ledger.write() as tx:
                applied.record(tx, site_id, self.command, run.id, list(zip(names, prints, refs, strict=True)))
            made += len(chunk)


@contextmanager
def planner(folder: Path, *, ledger: str = "", command: str = "users") -> Iterator[Planner]:
    """A planner with its ledger in a folder, or wherever else."""
    settings = load_settings(None, {"SYNC__DEPOT__URL": folder.as_uri()})
    url = ledger or f"sqlite:///{folder}/ledger.sqlite3"
    transport = httpx.MockTransport(_only_site_info)
    with (
        MoodleClient(_URL, "token", transport=transport, tries=1) as moodle,
        open_ledger(url, fingerprint_key=_KEY[:32], clock=utc_now) as memory,
    ):
        yield Planner(Workplace(settings, memory, Depot(LocalFileSystem(), str(folder)), moodle, "figures"), command)


def _only_site_info(request: httpx.Request) -> httpx.Response:
    if SITE_INFO.encode() not in request.read():
        raise AssertionError("planning unchanged rows asked Moodle about them")
    return httpx.Response(200, json=_SITE)
