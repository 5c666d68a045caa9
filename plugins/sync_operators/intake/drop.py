"""The drop's folder over one SFTP session, with a limit on the requests under way."""

import asyncio
import os
import stat
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from enum import Enum
from typing import Any

import asyncssh

from sync_operators.intake.errors import DropLost, DropRefused, NotInDrop, drop_errors

_SMALL_FILE = 4096
_TIDY_UP = 2.0
_NO_NAME = frozenset(b"/\0")
# A listing tells a hundred names an answer, and takes four more.
_FEW = 32
_UNTOLD = -1
_PER_LISTED = 20
_EXCLUSIVELY = asyncssh.FXF_WRITE | asyncssh.FXF_CREAT | asyncssh.FXF_EXCL


class FileKind(Enum):
    """What a name in the drop stands for."""

    FILE = "file"
    DIRECTORY = "directory"
    OTHER = "other"
    NAMELESS = "nameless"  # a name that no file can have: a path, or nothing at all


_KINDS = {asyncssh.FILEXFER_TYPE_REGULAR: FileKind.FILE, asyncssh.FILEXFER_TYPE_DIRECTORY: FileKind.DIRECTORY}


@dataclass(frozen=True, slots=True)
class Found:
    """A file in the drop as one look shows it; times are whole seconds by the server's clock, 0 where it tells none.

    `raw` is its path below the drop's directory, as bytes.
    """

    raw: bytes
    kind: FileKind
    size: int
    mtime: int

    @property
    def folder(self) -> str:
        """The folder of the drop it lies in; empty for the drop's own directory."""
        return self.raw.rpartition(b"/")[0].decode("utf-8", "surrogateescape")

    @property
    def name(self) -> bytes:
        """Its name alone."""
        return self.raw if self.kind is FileKind.NAMELESS else self.raw.rpartition(b"/")[2]

    @property
    def shown(self) -> str:
        """The name for a person, on one line whatever bytes it has."""
        text = self.raw.decode("utf-8", "backslashreplace")
        return (
            text if text.isprintable() else "".join(char if char.isprintable() else repr(char)[1:-1] for char in text)
        )


class DropFolder:
    """The directory `path` of a session; every name in it is bytes, as the server has it."""

    def __init__(self, session: asyncssh.SFTPClient, path: str, *, parallel: int, patience: float = 120.0) -> None:
        self._session = session
        self._path = path.encode("utf-8", "surrogateescape").rstrip(b"/")
        self._shown = path
        self._slots = asyncio.Semaphore(parallel)
        self._patience = patience
        self._silent = False

    async def listing(self, folders: Sequence[str] = ()) -> list[Found]:
        """Every name once, sorted, as one listing shows it; of some folders in it, too, as far as they are there."""
        listed = await asyncio.gather(self._list(b""), *(self._list(os.fsencode(folder)) for folder in folders))
        return sorted((found for one in listed for found in one), key=lambda found: found.raw)

    async def _list(self, folder: bytes) -> list[Found]:
        path = self._full(folder) if folder else self._path or b"/"
        try:
            async with self._request("the listing of the drop"):
                entries = [entry async for entry in self._session.scandir(path)]
        except NotInDrop as exc:
            if folder:
                return []
            raise NotInDrop(f"drop: there is no directory {self._shown}.", reason=exc.reason) from exc
        named = ((_bytes(entry.filename), entry.attrs) for entry in entries)
        return await self._whole([_listed(folder, *one) for one in named if one[0] not in {b".", b".."}])

    async def _whole(self, listed: Sequence[Found]) -> list[Found]:
        """Look at names of which the server told nothing else; most servers tell all at once."""
        bare = [found.raw for found in listed if found.size == _UNTOLD]
        looks = dict(zip(bare, await asyncio.gather(*map(self.look, bare)), strict=True))
        return [found for one in listed if (found := looks.get(one.raw, one)) is not None]

    async def looks(self, among: Sequence[Found], *, of: int) -> dict[bytes, Found]:
        """What lies now under names seen before; `of` so many that one listing may be cheaper."""
        folders = {found.folder for found in among} - {""}
        if len(among) > _FEW and len(among) * _PER_LISTED > of:
            return {found.raw: found for found in await self.listing(sorted(folders))}
        again = await asyncio.gather(*(self.look(found.raw) for found in among))
        return {found.raw: found for found in again if found is not None}

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
            file = await self._session.open(self._full(raw), asyncssh.FXF_READ, encoding=None, block_size=0)
        opened = DropFile(self, raw, file, self._session.limits.max_read_len)
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
                try:
                    # The library tidies up after a request that is given up, and may wait for that for ever.
                    async with asyncio.timeout(self._patience + _TIDY_UP), asyncio.timeout(self._patience):
                        yield
                except TimeoutError:
                    # After one request without an answer no other is waited for.
                    self._silent = True
                    raise

    def _full(self, raw: bytes) -> bytes:
        return self._path + b"/" + raw


class DropFile:
    """A file of the drop, open to be read."""

    def __init__(self, drop: DropFolder, raw: bytes, file: asyncssh.SFTPClientFile, most: int) -> None:
        self._drop = drop
        self._raw = raw
        self._file: asyncssh.SFTPClientFile | None = file
        self._most = most

    async def read(self, size: int, offset: int) -> bytes:
        """So many bytes from there on; fewer at the end of the file."""
        if size <= self._most:
            return await self._read(size, offset)
        end = offset + size
        parts = (self._read(min(self._most, end - at), at) for at in range(offset, end, self._most))
        return b"".join(await asyncio.gather(*parts))

    async def _read(self, size: int, offset: int) -> bytes:
        """As `read`, in requests as long as the server answers whole; what it leaves out it is asked for again."""
        chunk = await self._answer(size, offset)
        while len(chunk) < size and (more := await self._answer(size - len(chunk), offset + len(chunk))):
            chunk += more
        return chunk

    async def _answer(self, size: int, offset: int) -> bytes:
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


def _listed(folder: bytes, name: bytes, attrs: asyncssh.SFTPAttrs) -> Found:
    raw = folder + b"/" + name if folder else name
    if not name or set(name) & _NO_NAME:
        return Found(raw, FileKind.NAMELESS, attrs.size or 0, attrs.mtime or 0)
    return _found(raw, attrs) if attrs.size is not None else Found(raw, FileKind.OTHER, _UNTOLD, 0)


def _found(raw: bytes, attrs: asyncssh.SFTPAttrs) -> Found:
    return Found(raw, _kind(attrs), attrs.size or 0, attrs.mtime or 0)


def _kind(attrs: Any) -> FileKind:
    # Servers of protocol version 3 tell the kind in the permissions alone.
    if attrs.permissions is not None and stat.S_IFMT(attrs.permissions):
        mode = attrs.permissions
        return FileKind.FILE if stat.S_ISREG(mode) else FileKind.DIRECTORY if stat.S_ISDIR(mode) else FileKind.OTHER
    # A server that tells nothing may still give the file.
    return FileKind.FILE if attrs.type == asyncssh.FILEXFER_TYPE_UNKNOWN else _KINDS.get(attrs.type, FileKind.OTHER)
