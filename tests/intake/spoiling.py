"""Stands between OpenSSH's sshd and its sftp-server, and spoils the request that a file of orders names.

`python -S -E spoiling.py <sftp-server> <orders>`: the orders are a `DropFault` as JSON, counted in each session
anew; with no such file every request goes through. Nothing but the standard library: each session starts it.
"""

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

_NAMES = {
    3: "open", 4: "close", 5: "read", 6: "write", 7: "lstat", 8: "fstat", 9: "setstat", 10: "fsetstat", 11: "scandir",
    12: "readdir", 13: "remove", 14: "mkdir", 15: "rmdir", 16: "realpath", 17: "stat", 18: "rename", 19: "readlink",
    20: "symlink", 200: "extended",
}  # fmt: skip
_STATUS, _FAILURES = 101, {"fail": (4, b"Failure"), "deny": (3, b"Permission denied")}
_NOBODY = b"\0\0\0\0"


def _packet(source):
    size = source.read(4)
    return size + source.read(int.from_bytes(size, "big")) if len(size) == 4 else b""


def _failure(packet, kind):
    number, text = _FAILURES[kind]
    body = bytes([_STATUS]) + packet[5:9] + number.to_bytes(4, "big") + len(text).to_bytes(4, "big") + text + _NOBODY
    return len(body).to_bytes(4, "big") + body


class _Line:
    def __init__(self, server, fault):
        self._server, self._fault, self._seen = server, fault, 0
        self._out, self._writing = sys.stdout.buffer, threading.Lock()
        self._awaited = b""

    def forth(self):
        while packet := _packet(sys.stdin.buffer):
            if self._strikes(packet):
                if self._fault["when"] == "before":
                    self._spoil(packet)
                    continue
                self._awaited = packet[5:9]
            self._server.stdin.write(packet)
            self._server.stdin.flush()
        self._server.stdin.close()

    def back(self):
        while packet := _packet(self._server.stdout):
            if self._awaited and packet[5:9] == self._awaited:
                self._awaited = b""
                self._spoil(packet)
                if self._fault["kind"] != "kill":
                    continue
            self._answer(packet)

    def _strikes(self, packet):
        name = _NAMES.get(packet[4])
        if self._fault is None or name is None or self._fault["of"] not in {"", name}:
            return False
        self._seen += 1
        return 0 <= self._seen - self._fault["nth"] < self._fault["times"]

    def _spoil(self, packet):
        kind = self._fault["kind"]
        if kind in _FAILURES:
            self._answer(_failure(packet, kind))
        if kind == "kill":
            os.kill(self._fault["pid"], signal.SIGKILL)
        if kind == "drop":
            # Our parent is the sshd of this one connection: with it goes the line.
            os.kill(os.getppid(), signal.SIGKILL)
            os._exit(1)

    def _answer(self, packet):
        with self._writing:
            self._out.write(packet)
            self._out.flush()


def _main(program, orders):
    path = Path(orders)
    fault = json.loads(path.read_text()) if path.exists() else None
    with subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as server:
        line = _Line(server, fault)
        forth = threading.Thread(target=line.forth, daemon=True)
        forth.start()
        line.back()


if __name__ == "__main__":
    _main(*sys.argv[1:])
