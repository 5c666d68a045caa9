"""One file from the drop to a temporary name in the depot, checked on the way."""

import asyncio

from sync_operators.intake.deliveries import Piece
from sync_operators.intake.drop import DropFile, DropFolder, Found
from sync_operators.intake.errors import DropLost
from sync_operators.intake.parts import Filling, Parts

# Small files are written without a detour over a thread.
_SMALL = 1 << 18
_CHUNK = 2 << 20
_BIG_CHUNKS_AT_ONCE = 8


class StillChanging(Exception):
    """The file is not what the listing showed: somebody is writing it."""


class Transfers:
    """Takes files of a drop into the staging folder of a depot, many at once with bounded memory."""

    def __init__(self, drop: DropFolder, parts: Parts) -> None:
        self._drop = drop
        self._parts = parts
        self._big_chunks = asyncio.Semaphore(_BIG_CHUNKS_AT_ONCE)
        self.begun = False
        self.bytes = 0
        """How much has come so far."""

    async def receive(self, found: Found) -> Piece:
        """Read the file as the listing showed it; StillChanging when it has become another meanwhile."""
        self.begun = True
        filling = await asyncio.to_thread(self._parts.begin, found)
        try:
            await self._fill(filling, found)
            await asyncio.to_thread(filling.staged.close)
        except DropLost:
            await asyncio.shield(asyncio.to_thread(self._parts.keep, filling))
            raise
        except BaseException:
            await asyncio.shield(asyncio.to_thread(filling.staged.discard))
            raise
        return Piece(found.name, filling.staged.place, found.size, filling.digest.hexdigest())

    async def _fill(self, filling: Filling, found: Found) -> None:
        async with self._drop.open(found.raw) as file:
            for offset in range(filling.size, found.size, _CHUNK):
                await self._copy(file, offset, min(_CHUNK, found.size - offset), filling)
            # The close needs no answer before the last look is asked for.
            _, now = await asyncio.gather(file.close(), self._drop.look(found.raw))
        if now != found:
            raise StillChanging

    async def _copy(self, file: DropFile, offset: int, size: int, filling: Filling) -> None:
        if size <= _SMALL:
            filling.add(await _exactly(file, size, offset))
        else:
            async with self._big_chunks:
                await asyncio.to_thread(self._add, filling, await _exactly(file, size, offset))
        self.bytes += size

    def _add(self, filling: Filling, chunk: bytes) -> None:
        filling.add(chunk)
        self._parts.note(filling)


async def _exactly(file: DropFile, size: int, offset: int) -> bytes:
    chunk = await file.read(size, offset)
    if len(chunk) != size:
        raise StillChanging
    return chunk
