"""Which process we are, and whether another one of this host still lives."""

import os
import socket
from dataclasses import dataclass
from functools import cache
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Process:
    """A process so named that no other is ever taken for it."""

    host: str
    pid: int
    started: str


def this_process() -> Process:
    """Name the process that asks."""
    return Process(this_host(), os.getpid(), _started(os.getpid()) or "")


@cache
def this_host() -> str:
    """Name the space in which process ids mean something: host, boot, and container.

    Two containers may bear the same host name, and each sees only its own processes.
    """
    marks = (_boot(), _namespace())
    return "/".join([socket.gethostname(), *(mark for mark in marks if mark)])


def is_dead(process: Process) -> bool:
    """Whether a process of this host has surely ended; of other hosts nobody can say."""
    if process.host != this_host():
        return False
    try:
        os.kill(process.pid, 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False  # another account's, of which /proc may tell nothing
    started = _started(process.pid)
    return started is None or (started != process.started and bool(started and process.started))


def _started(pid: int) -> str | None:
    """When a process started, in ticks since boot: a process id may be used again. None for one that has ended.

    Empty where nothing tells (no /proc): then a process id that is used again counts as alive, until the lease expires.
    """
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except ProcessLookupError:
        return None  # it ended while we looked
    except OSError:
        return ""
    # The name in brackets may hold anything, brackets too; behind it come state (3) and, as number 22, the start.
    state, *numbers = text.rpartition(")")[2].split()
    return None if state in ("Z", "X") else numbers[18]


def _boot() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()[:8]
    except OSError:
        return ""


def _namespace() -> str:
    try:
        return str(Path("/proc/self/ns/pid").readlink()).strip("pid:[]")
    except OSError:
        return ""
