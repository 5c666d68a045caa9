"""Starts the sandbox as a process of its own, for tests and demos."""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from include.sandbox.control import Control

_ROOT = Path(__file__).resolve().parents[2]
_STOP_WITHIN = 10


@dataclass(frozen=True, slots=True)
class Sftp:
    """Where the drop is, and how to log in; `client_key` is the file of a key it takes instead of the password."""

    host: str
    port: int
    username: str
    password: str
    host_key: str
    path: str
    client_key: Path


@dataclass(frozen=True, slots=True)
class Sandbox:
    """A running sandbox: addresses, secrets, its control client, and the drop's folder on this machine."""

    moodle_url: str
    token: str
    nocaps_token: str
    minimal_token: str
    sftp: Sftp
    control_url: str
    control: Control
    drop: Path
    state: Path
    process: "subprocess.Popen[str]"

    def kill(self) -> None:
        """SIGKILL the sandbox; `start(state, ports=sandbox.ports)` goes on with its state and addresses."""
        self.process.kill()
        self.process.wait()

    @property
    def ports(self) -> tuple[int, int, int]:
        """Ports of Moodle, drop and control endpoint."""
        moodle, control = (int(url.rpartition(":")[2]) for url in (self.moodle_url, self.control_url))
        return moodle, self.sftp.port, control


@contextmanager
def start(state: Path, *, ports: tuple[int, int, int] = (0, 0, 0), where: Path | None = None) -> Iterator[Sandbox]:
    """Serve from `state` (kept; seeded when new) until the block ends, or until this process does.

    `where`: a file that tells others of this checkout where the sandbox is.
    """
    process = _spawn(state, ports, [] if where is None else ["--where", str(where)])
    try:
        line = process.stdout.readline() if process.stdout else ""
        if not line:
            raise RuntimeError(f"the sandbox ended with {process.wait()} before it served; its folder: {state}")
        with Control(json.loads(line)["control_url"]) as control:
            yield _sandbox(json.loads(line), control, state, process)
    finally:
        _stop(process)


def _spawn(state: Path, ports: tuple[int, int, int], more: Sequence[str]) -> "subprocess.Popen[str]":
    names = ("--moodle-port", "--sftp-port", "--control-port")
    options = [text for name, port in zip(names, ports, strict=True) for text in (name, str(port))]
    command = [sys.executable, "-m", "include.sandbox", "--state", str(state.resolve()), "--until-stdin-closes"]
    # The pipe to its stdin closes when this process dies, whatever kills it.
    return subprocess.Popen(
        [*command, *options, *more], cwd=_ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def _sandbox(told: Mapping[str, Any], control: Control, state: Path, process: "subprocess.Popen[str]") -> Sandbox:
    return Sandbox(
        moodle_url=told["moodle_url"],
        token=told["token"],
        nocaps_token=told["nocaps_token"],
        minimal_token=told["minimal_token"],
        sftp=Sftp(**told["sftp"], client_key=state / "drop_client_key"),
        control_url=told["control_url"],
        control=control,
        drop=state / "sftp" / told["sftp"]["path"].lstrip("/"),
        state=state,
        process=process,
    )


def _stop(process: "subprocess.Popen[str]") -> None:
    process.terminate()
    try:
        process.wait(_STOP_WITHIN)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()
