"""One file from the drop to a temporary name in the depot, checked on the way."""

import asyncio
import hashlib
from dataclasses import dataclass

from sync_operators.depot.files import Staged
from sync_operators.depot.names import QUEUED
from sync_operators.depot.storage import Depot
from sync_operators.intake.drop import DropFile, DropFolder, Found

# Small files are written without a detour over a thread.
_SMALL = 1 << 18
_CHUNK = 2 << 20
_BIG_CHUNKS_AT_ONCE = 8

STAGING = f"{QUEUED}/staging"
"""Temporary files of captures lie beside this place, apart from those of others."""


class StillChanging(Exception):
    """The file is not what the listing showed: somebody is writing it."""


@dataclass(frozen=True, slots=True)
class Received:
    """A whole file under a temporary name."""

    found: Found
    place: str
    sha256: str


class Transfers:
    """Takes files of a drop into the staging folder of a depot, many at once with bounded memory."""

    def __init__(self, drop: DropFolder, depot: Depot) -> None:
        self._drop = drop
        self._depot = depot
        self._big_chunks = asyncio.Semaphore(_BIG_CHUNKS_AT_ONCE)

    async def receive(self, found: Found) -> Received:
        """Read the file as the listing showed it; StillChanging when it has become another meanwhile."""
        staged = await asyncio.to_thread(self._depot.stage, near=STAGING)
        try:
            sha256 = await self._fill(staged, found)
            await asyncio.to_thread(staged.close)
        except BaseException:
            await asyncio.shield(asyncio.to_thread(staged.discard))
            raise
        return Received(found, staged.place, sha256)

    async def _fill(self, staged: Staged, found: Found) -> str:
        digest = hashlib.sha256()
        async with self._drop.open(found.raw) as file:
            for offset in range(0, found.size, _CHUNK):
                await self._copy(file, offset, min(_CHUNK, found.size - offset), staged, digest)
            # The close needs no answer before the last look is asked for.
            _, now = await asyncio.gather(file.close(), self._drop.look(found.raw))
        if now != found:
            raise StillChanging
        return digest.hexdigest()

    async def _copy(self, file: DropFile, offset: int, size: int, staged: Staged, digest: "hashlib._Hash") -> None:
        if size <= _SMALL:
            _add(await _exactly(file, size, offset), staged, digest)
            return
        async with self._big_chunks:
            await asyncio.to_thread(_add, await _exactly(file, size, offset), staged, digest)


async def _exactly(file: DropFile, size: int, offset: int) -> bytes:
    chunk = await file.read(size, offset)
    if len(chunk) != size:
        raise StillChanging
    return chunk


def _add(chunk: bytes, staged: Staged, digest: "hashlib._Hash") -> None:
    digest.update(chunk)
    staged.write(chunk)
