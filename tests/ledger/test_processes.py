"""Who is dead: only what this host can know for sure."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from sync_operators.ledger.processes import Process, is_dead, this_process


def test_we_live() -> None:
    assert this_process().pid == os.getpid()
    assert not is_dead(this_process())


def test_a_process_whose_name_looks_like_its_state_lives() -> None:
    code = "import ctypes; ctypes.CDLL(None).prctl(15, b'a) Z 1 (b', 0, 0, 0); print('named', flush=True); input()"
    process = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "named\n"
    started = this_process()
    found = is_dead(replace(started, pid=process.pid, started=""))
    process.kill()
    process.communicate()
    assert not found
    assert is_dead(replace(started, pid=process.pid, started=""))


@pytest.mark.parametrize("host", ["elsewhere", ""])
def test_of_another_hosts_process_nobody_can_say(host: str) -> None:
    assert not is_dead(Process(host, 2**22 + 1, "1"))


def test_two_containers_of_one_host_name_are_two_hosts() -> None:
    if not Path("/proc/self/ns").exists():
        pytest.skip("no process namespaces here")
    name, boot, namespace = this_process().host.rsplit("/", 2)
    assert name
    assert len(boot) == 8
    assert namespace.isdigit()
