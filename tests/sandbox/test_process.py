"""The sandbox as a process: one line of JSON, a clean end, and a state that survives a kill."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from include.sandbox.starting import start
from tests.sandbox.conftest import Caller, person

ROOT = Path(__file__).resolve().parents[2]
KEYS = {"moodle_url", "token", "nocaps_token", "minimal_token", "sftp", "control_url"}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_cleanly_even_with_a_call_in_the_air(number):
    process = subprocess.Popen(
        [sys.executable, "-m", "include.sandbox"], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    told = json.loads(process.stdout.readline())
    assert told.keys() == KEYS
    assert told["sftp"].keys() == {"host", "port", "username", "password", "host_key", "path"}
    assert told["sftp"]["host_key"].startswith("ssh-ed25519 AAAA")
    httpx.post(f"{told['control_url']}/faults", json={"kind": "timeout"}, trust_env=False)
    with pytest.raises(httpx.ReadTimeout):
        httpx.get(f"{told['moodle_url']}/webservice/rest/server.php", timeout=0.3, trust_env=False)
    process.send_signal(number)
    rest, errors = process.communicate(timeout=10)
    assert (process.returncode, rest, errors) == (0, "", "")
    with pytest.raises(httpx.ConnectError):
        httpx.get(told["moodle_url"], trust_env=False)


def test_a_killed_sandbox_goes_on_with_its_state_addresses_and_secrets(tmp_path):
    with start(tmp_path) as first, httpx.Client(trust_env=False) as http:
        Caller(first, http).call("core_user_create_users", users=[person("kept")])
        first.control.set_max_input_vars(500)
        first.kill()
    with start(tmp_path, ports=first.ports) as second:
        assert (second.moodle_url, second.token, second.sftp) == (first.moodle_url, first.token, first.sftp)
        assert "kept" in second.control.people()
        assert second.control.site()["max_input_vars"] == 500
        assert len(second.control.journal()) == 1


def test_it_ends_with_the_process_that_started_it(tmp_path):
    script = (
        "import os, sys, pathlib\nfrom include.sandbox.starting import start\n"
        "with start(pathlib.Path(sys.argv[1])) as sandbox:\n"
        "    print(sandbox.process.pid, flush=True)\n    os.kill(os.getpid(), 9)\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False
    )
    assert ended.returncode == -9
    pid = int(ended.stdout)
    for _ in range(100):
        if not _runs(pid):
            return
        time.sleep(0.1)
    os.kill(pid, signal.SIGKILL)
    pytest.fail("the sandbox outlived its starter")


def _runs(pid):
    try:
        return "sandbox" in Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:
        return False
