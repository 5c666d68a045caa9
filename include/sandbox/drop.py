"""The drop: an SFTP server on one folder, with faults and delays on request."""

import asyncio
import os
import shutil
import stat
from collections.abc import AsyncIterator, Awaitable, Callable
from contextvars import ContextVar
from dataclasses import dataclass, field
from inspect import isawaitable
from pathlib import Path
from typing import Any

import asyncssh

from include.sandbox.faults import FaultQueue, kill
from include.sandbox.settings import DropSettings
from include.sandbox.slow_line import SlowLine

FOLDER = "drop"
USERNAME = "erp"
_OPERATIONS = (
    "open", "close", "read", "write", "lstat", "fstat", "stat", "setstat", "lsetstat", "fsetstat", "remove",
    "mkdir", "rmdir", "realpath", "rename", "posix_rename", "readlink", "symlink", "link", "fsync",
)  # fmt: skip
_WRITES = {
    "write", "setstat", "lsetstat", "fsetstat", "remove", "mkdir", "rmdir", "rename", "posix_rename", "symlink", "link",
}  # fmt: skip


_OWN: ContextVar[bool] = ContextVar("_OWN", default=False)


@dataclass(slots=True)
class Drop:
    """The folder people see over SFTP, and what goes wrong next."""

    root: Path
    password: str
    stopping: asyncio.Event
    settings: DropSettings = field(default_factory=DropSettings)
    faults: FaultQueue = field(default_factory=FaultQueue)
    requests: list[str] = field(default_factory=list)

    @property
    def folder(self) -> Path:
        """The folder on this machine."""
        return self.root / FOLDER

    def reset(self) -> None:
        """Empty the folder, forget settings, faults and counts."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        self.settings = DropSettings()
        self.faults.clear()
        self.requests.clear()


class _Accounts(asyncssh.SSHServer):
    def __init__(self, drop: Drop) -> None:
        self._drop = drop

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        return (username, password) == (USERNAME, self._drop.password)


class _Requests(asyncssh.SFTPServer):
    """asyncssh's server with each request counted, and perhaps spoilt."""

    def __init__(self, channel: "asyncssh.SSHServerChannel[Any]", drop: Drop) -> None:
        super().__init__(channel, chroot=os.fsencode(drop.root))
        self._drop = drop

    async def carry_out(self, name: str, *args: Any) -> Any:
        """Do one request, or what a fault makes of it."""
        self._drop.requests.append(name)
        writes = _writes(name, args)
        fault = self._drop.faults.next(name, writes=writes)
        if fault is not None and fault.when == "before":
            await self._spoil(fault.kind, fault.pid)
        if writes and self._drop.settings.read_only:
            raise asyncssh.SFTPPermissionDenied("The drop is read-only")
        if name == "open":
            self._refuse_pipe(args[0])
        result = getattr(super(), name)(*args)
        result = await result if isawaitable(result) else result
        if fault is not None and fault.when == "after":
            await self._spoil(fault.kind, fault.pid)
        return result

    async def scandir(self, path: bytes) -> AsyncIterator[asyncssh.SFTPName]:
        """List a folder: one request, however many answers it takes."""
        self._drop.requests.append("scandir")
        fault = self._drop.faults.next("scandir", writes=False)
        if fault is not None and fault.when == "before":
            await self._spoil(fault.kind, fault.pid)
        for name in await self._entries(path):
            yield name
        if fault is not None and fault.when == "after":
            await self._spoil(fault.kind, fault.pid)

    async def _entries(self, path: bytes) -> list[asyncssh.SFTPName]:
        # asyncssh asks itself for the attributes of "." and "..": no requests of a client.
        token = _OWN.set(True)
        try:
            return [name async for name in super().scandir(path)]
        finally:
            _OWN.reset(token)

    async def _spoil(self, kind: str, pid: int) -> None:
        if kind == "fail":
            raise asyncssh.SFTPFailure("Failure")
        if kind == "deny":
            raise asyncssh.SFTPPermissionDenied("Permission denied")
        if kind == "hang":
            await self._drop.stopping.wait()
        if kind == "kill":
            kill(pid)
        self.connection.abort()
        raise asyncssh.SFTPFailure("The connection is gone")

    def _refuse_pipe(self, path: bytes) -> None:
        # Opening a FIFO would stop the whole sandbox until somebody writes to it.
        local = Path(os.fsdecode(self.map_path(path)))
        if local.exists() and stat.S_ISFIFO(local.stat().st_mode):
            raise asyncssh.SFTPFailure("Not a regular file")


def _counted(name: str) -> Callable[..., Awaitable[Any]]:
    async def request(self: _Requests, *args: Any) -> Any:
        if _OWN.get():
            return getattr(asyncssh.SFTPServer, name)(self, *args)
        return await self.carry_out(name, *args)

    return request


for _name in _OPERATIONS:
    setattr(_Requests, _name, _counted(_name))


def _writes(name: str, args: tuple[Any, ...]) -> bool:
    if name == "open":
        return bool(args[1] & ~asyncssh.FXF_READ)
    return name in _WRITES


async def listen(drop: Drop, *, host: str, port: int, host_key: asyncssh.SSHKey, client_key: Path) -> SlowLine:
    """Serve the drop; the public port is a slow line to a hidden one."""
    server = await asyncssh.listen(
        host,
        0,
        server_factory=lambda: _Accounts(drop),
        server_host_keys=[host_key],
        authorized_client_keys=os.fspath(client_key),
        sftp_factory=lambda channel: _Requests(channel, drop),
        sftp_version=3,
    )
    line = SlowLine(to=(host, server.get_port()), delay=lambda: drop.settings.round_trip_ms / 2000, server=server)
    await line.open(host, port)
    return line
