"""The drop's folder over one SFTP session, with a limit on the requests under way."""

import asyncio
import stat
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from enum import Enum
from typing import Any

import asyncssh

from sync_operators.intake.errors import DropLost, DropRefused, NotInDrop, drop_errors

_SMALL_FILE = 4096
_TIDY_UP = 2.0
_EXCLUSIVELY = asyncssh.FXF_WRITE | asyncssh.FXF_CREAT | asyncssh.FXF_EXCL


class FileKind(Enum):
    """What a name in the drop stands for."""

    FILE = "file"
    DIRECTORY = "directory"
    OTHER = "other"


_KINDS = {asyncssh.FILEXFER_TYPE_REGULAR: FileKind.FILE, asyncssh.FILEXFER_TYPE_DIRECTORY: FileKind.DIRECTORY}


@dataclass(frozen=True, slots=True)
class Found:
    """A file in the drop as one look shows it; times are whole seconds by the server's clock."""

    raw: bytes
    kind: FileKind
    size: int
    mtime: int

    @property
    def shown(self) -> str:
        """The name for a person, on one line whatever bytes it has."""
        text = self.raw.decode("utf-8", "backslashreplace")
        return "".join(char if char.isprintable() else repr(char)[1:-1] for char in text)


class DropFolder:
    """The directory `path` of a session; every name in it is bytes, as the server has it."""

    def __init__(self, session: asyncssh.SFTPClient, path: str, *, parallel: int, patience: float = 120.0) -> None:
        self._session = session
        self._path = path.encode("utf-8", "surrogateescape").rstrip(b"/")
        self._shown = path
        self._slots = asyncio.Semaphore(parallel)
        self._patience = patience
        self._silent = False

    async def listing(self) -> list[Found]:
        """Every name once, sorted, as one listing shows it."""
        try:
            async with self._request("the listing of the drop"):
                entries = [entry async for entry in self._session.scandir(self._path or b"/")]
        except NotInDrop as exc:
            raise NotInDrop(f"drop: there is no directory {self._shown}.", reason=exc.reason) from exc
        found = [_found(_bytes(entry.filename), entry.attrs) for entry in entries]
        return sorted((one for one in found if one.raw not in {b".", b".."}), key=lambda one: one.raw)

    async def look(self, raw: bytes) -> Found | None:
        """What lies under a name now."""
        try:
            async with self._request(f"a look at {raw!r}"):
                return _found(raw, await self._session.lstat(self._full(raw)))
        except NotInDrop:
            return None

    async def remove(self, raw: bytes) -> None:
        """Delete a file; gone already is fine."""
        with suppress(NotInDrop):
            async with self._request(f"the deletion of {raw!r}"):
                await self._session.remove(self._full(raw))

    async def rename(self, raw: bytes, to: bytes) -> None:
        """Give a file a name that nobody has; DropRefused when somebody has it, or it may not be."""
        async with self._request(f"the renaming of {raw!r}"):
            await self._session.rename(self._full(raw), self._full(to))

    async def create(self, raw: bytes, content: bytes) -> None:
        """Make a file that was not there; DropRefused when it was, or may not be."""
        what = f"the making of {raw!r}"
        async with self._request(what):
            file = await self._session.open(self._full(raw), _EXCLUSIVELY, encoding=None)
        try:
            async with self._request(what):
                await file.write(content)
                await file.close()
        except DropRefused:
            await self.remove(raw)
            raise

    async def content(self, raw: bytes) -> bytes:
        """The beginning of a small file; nothing when it is not there."""
        try:
            async with self.open(raw) as file:
                return await file.read(_SMALL_FILE, 0)
        except NotInDrop:
            return b""

    @asynccontextmanager
    async def open(self, raw: bytes) -> AsyncIterator["DropFile"]:
        """Open a file to be read."""
        async with self._request(f"the opening of {raw!r}"):
            file = await self._session.open(self._full(raw), asyncssh.FXF_READ, encoding=None)
        opened = DropFile(self, raw, file)
        try:
            yield opened
        finally:
            await opened.close()

    @asynccontextmanager
    async def _request(self, what: str) -> AsyncIterator[None]:
        with drop_errors(what):
            async with self._slots:
                if self._silent:
                    raise TimeoutError
                with self._noting_silence():
                    # The library tidies up after a request that is given up, and may wait for that for ever.
                    async with asyncio.timeout(self._patience + _TIDY_UP), asyncio.timeout(self._patience):
                        yield

    @contextmanager
    def _noting_silence(self) -> Iterator[None]:
        """After one request without an answer no other is waited for."""
        try:
            yield
        except TimeoutError:
            self._silent = True
            raise

    def _full(self, raw: bytes) -> bytes:
        return self._path + b"/" + raw


class DropFile:
    """A file of the drop, open to be read."""

    def __init__(self, drop: DropFolder, raw: bytes, file: asyncssh.SFTPClientFile) -> None:
        self._drop = drop
        self._raw = raw
        self._file: asyncssh.SFTPClientFile | None = file

    async def read(self, size: int, offset: int) -> bytes:
        """So many bytes from there on; fewer at the end of the file."""
        if self._file is None:
            raise ValueError("the file is closed")
        async with self._drop._request(f"the reading of {self._raw!r}"):
            return _bytes(await self._file.read(size, offset))

    async def close(self) -> None:
        """Let go of it; a server that refuses this has nothing to tell."""
        file, self._file = self._file, None
        if file is None:
            return
        try:
            async with self._drop._request(f"the closing of {self._raw!r}"):
                await file.close()
        except (DropRefused, DropLost):
            return


def _bytes(told: bytes | str) -> bytes:
    # Asked in bytes, the library answers in bytes; its types cannot say so.
    return told if isinstance(told, bytes) else told.encode("utf-8", "surrogateescape")


def _found(raw: bytes, attrs: asyncssh.SFTPAttrs) -> Found:
    return Found(raw, _kind(attrs), attrs.size or 0, attrs.mtime or 0)


def _kind(attrs: Any) -> FileKind:
    # Servers of protocol version 3 tell the kind in the permissions alone.
    if attrs.permissions is not None and stat.S_IFMT(attrs.permissions):
        mode = attrs.permissions
        return FileKind.FILE if stat.S_ISREG(mode) else FileKind.DIRECTORY if stat.S_ISDIR(mode) else FileKind.OTHER
    return _KINDS.get(attrs.type, FileKind.OTHER)
