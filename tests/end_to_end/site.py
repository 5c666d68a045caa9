"""A whole site for tests of the walk: sandbox, depot, ledger, on real sockets; the walk in plain Python."""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import asyncssh
from fsspec.implementations.local import LocalFileSystem

from include.sandbox.starting import Sandbox
from sync_operators import walk
from sync_operators.depot.storage import Depot
from sync_operators.errors import SyncError
from sync_operators.intake.capture import capture
from sync_operators.intake.session import CIPHERS, open_sftp
from sync_operators.ledger import open_ledger, operations, runs
from sync_operators.moodle.client import MoodleClient
from sync_operators.plans.request import Request
from sync_operators.plans.result import is_red, result
from sync_operators.plans.workplace import Workplace, utc_now
from sync_operators.settings import load_settings


@dataclass
class Site:
    """One depot and ledger pointed at a sandbox."""

    sandbox: Sandbox
    folder: Path
    work: Workplace
    dag_run: int = field(default=0)
    errors: list[SyncError] = field(default_factory=list)

    @property
    def depot(self) -> Path:
        return self.folder / "depot"

    def put(self, name: str, content: bytes | str) -> None:
        """Drop a file as the ERP would, all at once."""
        path = self.sandbox.drop / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)

    def capture(self) -> Mapping[str, int]:
        """One capture over SFTP."""
        return asyncio.run(capture_of(self)).counts

    def run(self, command: str, **wishes: Any) -> dict[str, Any]:
        """Plan, gate, apply, close; what the ERP would be told of the run."""
        self.dag_run += 1
        dag_run_id = f"run-{self.dag_run}"
        step = walk.plan(self.work, Request(command, dag_id="test", dag_run_id=dag_run_id, started_by="test", **wishes))
        if step is None:
            return {"state": "none", "runs": []}
        for each in (walk.gate, walk.apply, walk.close):
            each(self.work, step.run_id)
        return result(self.work, "test", dag_run_id, failed_tasks=0)

    def deliver(self, name: str, content: bytes | str, command: str = "users", **wishes: Any) -> dict[str, Any]:
        """Drop a file, capture it, run the command; what the ERP would be told of the run."""
        self.put(name, content)
        self.capture()
        told = self.run(command, **wishes)
        return told["runs"][0] if told["runs"] else told

    def tick(self, command: str = "users", **wishes: Any) -> dict[str, Any]:
        """Like `run`, but as a DAG run does it: a failed step keeps the others from running, all but `close`."""
        self.dag_run += 1
        # A process of its own knows nothing of Moodle yet.
        self.work = replace(self.work, _known={})
        named = {"dag_id": "test", "dag_run_id": f"run-{self.dag_run}", "started_by": "test"}
        failed = self._steps(Request(command, **named, **wishes))
        run_id = walk.run_of(self.work, "test", named["dag_run_id"], None)
        failed += self._close(run_id) if run_id else 0
        told = result(self.work, "test", named["dag_run_id"], failed_tasks=failed)
        return told | {"red": bool(failed) or is_red(self.work, told), "run": next(iter(told["runs"]), {})}

    def _steps(self, request: Request) -> int:
        with self._noting() as failed:
            if step := walk.plan(self.work, request):
                walk.gate(self.work, step.run_id)
                walk.apply(self.work, step.run_id)
        return len(failed)

    def _close(self, run_id: str) -> int:
        with self._noting() as failed:
            walk.close(self.work, run_id)
        return len(failed)

    @contextmanager
    def _noting(self) -> Iterator[list[SyncError]]:
        failed: list[SyncError] = []
        try:
            yield failed
        except SyncError as error:
            failed.append(error)
        self.errors += failed

    def outcomes(self, run_id: str) -> list[tuple[int, str]]:
        """(line, code) of every row in the ledger, in file order."""
        with self.work.ledger.read() as tx:
            return [(entry.line, entry.code) for entry in operations.rows(tx, run_id)]

    def find_run(self, run_id: str) -> runs.Run:
        with self.work.ledger.read() as tx:
            return runs.get(tx, run_id)

    def names(self, folder: str) -> list[str]:
        """Names of the files below a folder of the depot, without the run's id in front."""
        found = [path for path in (self.depot / folder).rglob("*") if path.is_file()]
        return sorted(path.name.partition("_")[2] or path.name for path in found)


@contextmanager
def site(
    sandbox: Sandbox, folder: Path, *, environ: Mapping[str, str] | None = None, ledger: str = "", **parts: Any
) -> Iterator[Site]:
    """A site whose depot and ledger lie in `folder`; `environ` overrides settings as `SYNC__…` does."""
    with open_work(sandbox, folder, environ=environ, ledger=ledger, **parts) as work:
        yield Site(sandbox, folder, work)


@contextmanager
def open_work(
    sandbox: Sandbox, folder: Path, *, environ: Mapping[str, str] | None = None, ledger: str = "", **parts: Any
) -> Iterator[Workplace]:
    """What the steps of the walk are given."""
    depot = folder / "depot"
    depot.mkdir(parents=True, exist_ok=True)
    settings = load_settings(
        None, {"SYNC__DROP__SETTLE_SECONDS": "0.1", "SYNC__DEPOT__URL": depot.as_uri(), **(environ or {})}
    )
    limits = settings.moodle
    path = depot / ".ledger" / "ledger.sqlite3"
    if not ledger and not path.exists():
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(_new_ledger())
    with (
        MoodleClient(
            sandbox.moodle_url,
            parts.pop("token", sandbox.token),
            connections=limits.connections,
            max_fields=limits.max_fields,
            timeout=limits.timeout,
            sleep=parts.get("sleep", lambda _: None),
        ) as moodle,
        open_ledger(
            ledger or f"sqlite:///{path}", fingerprint_key=b"k" * 32 if ledger else None, clock=utc_now
        ) as memory,
    ):
        yield Workplace(settings, memory, Depot(LocalFileSystem(), str(depot)), moodle, "test", **parts)


@cache
def _new_ledger() -> bytes:
    """A ledger with nothing in it: to make one takes longer than most of what is done with it here."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "ledger.sqlite3"
        open_ledger(f"sqlite:///{path}", clock=utc_now).close()
        return path.read_bytes()


async def capture_of(site: Site) -> Any:
    """One capture over SFTP; its report."""
    sftp = site.sandbox.sftp
    async with connection(site.sandbox) as ssh, await open_sftp(ssh) as session:
        work = site.work
        return await capture(
            session,
            sftp.path,
            depot=work.depot,
            ledger=work.ledger,
            rules=work.settings.drop,
            holder=work.holder,
            clock=work.clock,
        )


def connection(sandbox: Sandbox) -> Any:
    """An SSH connection to the drop, its host key verified."""
    sftp = sandbox.sftp
    known = asyncssh.import_known_hosts(f"[{sftp.host}]:{sftp.port} {sftp.host_key}\n")
    login = {
        "username": sftp.username,
        "password": sftp.password,
        "client_keys": None,
        "encryption_algs": CIPHERS,
    }
    return asyncssh.connect(sftp.host, sftp.port, known_hosts=known, config=None, **login)
