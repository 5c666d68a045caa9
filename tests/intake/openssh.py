"""A drop on OpenSSH's own server: it runs without root, on a free port, with keys made for it."""

import getpass
import os
import shlex
import shutil
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import asyncssh
import pytest

from include.sandbox.faults import DropFault

_SSHD = shutil.which("sshd", path=f"{os.defpath}:/usr/sbin:/usr/local/sbin")
_SFTP_SERVERS = ("/usr/lib/openssh/sftp-server", "/usr/libexec/openssh/sftp-server", "/usr/lib/ssh/sftp-server")
_SFTP_SERVER = next(filter(os.path.exists, _SFTP_SERVERS), None)
_SPOILING = Path(__file__).with_name("spoiling.py")


def require_sshd():
    """Skip, and say so loudly, where it is not installed."""
    if _SSHD is None or _SFTP_SERVER is None:
        pytest.skip(
            "NO OPENSSH SERVER on this machine (package openssh-server): the drop is tested on the sandbox only"
        )


class OpenSsh:
    """An sshd with one folder, to be used in place of the sandbox's server; `spoilt` ones do what a fault says."""

    def __init__(self, root, *, spoilt=True, options=()):
        self.root, self.folder, self.path = root, root / "drop", str(root / "drop")
        self.orders = root / "orders.json"
        self.username = getpass.getuser()
        self.faults = self
        self.drop = self
        self._options = options
        self._command = shlex.join(["exec", sys.executable, "-SE", str(_SPOILING), _SFTP_SERVER, str(self.orders)])
        self._force = self._command if spoilt else "internal-sftp"
        root.mkdir(parents=True, exist_ok=True)
        self.client_key, self.host_key = self._make_key("client"), self._make_key("host")
        (root / "authorized").write_bytes(self.client_key.with_suffix(".pub").read_bytes())
        self.port = _free_port()
        self.reset()
        self.start()

    @property
    def login(self):
        """How asyncssh logs in here."""
        return {"username": self.username, "password": None, "client_keys": [str(self.client_key)]}

    def reset(self):
        """Empty the folder, forget the fault."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        self.clear()

    def add(self, fault: DropFault):
        """Let this go wrong in the sessions to come."""
        self.orders.write_text(fault.model_dump_json())

    def clear(self):
        """Let all be well in the sessions to come."""
        self.orders.unlink(missing_ok=True)

    def wake(self):
        """Requests that hang end with their session."""

    def change_host_key(self):
        """Become another server at the same address."""
        self.host_key = self._make_key("other")
        self.close()
        self.start()

    def start(self):
        config = self.root / "sshd_config"
        config.write_text("\n".join([*self._settings(), *self._options, ""]))
        if os.geteuid() == 0:
            # What the service would make, and Debian's policy keeps it from being started.
            Path("/run/sshd").mkdir(exist_ok=True)
        self._sshd = subprocess.Popen([_SSHD, "-D", "-E", str(self.root / "log"), "-f", str(config)])
        self._wait()

    def close(self):
        self._sshd.terminate()
        self._sshd.wait(10)

    def _settings(self):
        return (
            f"Port {self.port}",
            "ListenAddress 127.0.0.1",
            f"HostKey {self.host_key}",
            f"AuthorizedKeysFile {self.root / 'authorized'}",
            f"PidFile {self.root / 'pid'}",
            "StrictModes no",
            "UsePAM no",
            "PermitRootLogin yes",
            "MaxStartups 100",
            "Subsystem sftp internal-sftp",
            f"ForceCommand {self._force}",
        )

    def _make_key(self, name):
        path, key = self.root / name, asyncssh.generate_private_key("ssh-ed25519")
        key.write_private_key(str(path))
        key.write_public_key(f"{path}.pub")
        path.chmod(0o600)
        return path

    def _wait(self):
        until = time.monotonic() + 30
        while time.monotonic() < until and self._sshd.poll() is None:
            with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1) as line:
                if line.recv(4) == b"SSH-":
                    return
            time.sleep(0.02)
        raise AssertionError((self.root / "log").read_text())


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
