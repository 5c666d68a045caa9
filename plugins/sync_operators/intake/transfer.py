"""One file from the drop to a temporary name in the depot, checked on the way."""

import asyncio
from collections import deque
from itertools import islice

from sync_operators.intake.deliveries import Piece
from sync_operators.intake.drop import DropFile, DropFolder, Found
from sync_operators.intake.errors import DropLost
from sync_operators.intake.parts import Filling, Parts

# Small files come in one answer, and are written in one go.
_SMALL = 1 << 18
# As much as OpenSSH gives in one answer; more would be cut up and put together again.
_CHUNK = 255 << 10
# What is on its way while what came before is written: the library lets a server send 2 MB unasked.
_CHUNKS_AHEAD = 8
_LONG_FILES_AT_ONCE = 8


class StillChanging(Exception):
    """The file is not what the listing showed: somebody is writing it."""


class Transfers:
    """Takes files of a drop into the staging folder of a depot, many at once with bounded memory."""

    def __init__(self, drop: DropFolder, parts: Parts) -> None:
        self._drop = drop
        self._parts = parts
        self._long_files = asyncio.Semaphore(_LONG_FILES_AT_ONCE)
        self.begun = False
        self.bytes = 0
        """How much has come so far."""

    async def receive(self, found: Found) -> Piece:
        """Read the file as the listing showed it; StillChanging when it has become another meanwhile."""
        self.begun = True
        return await (self._receive_small(found) if found.size <= _SMALL else self._receive_long(found))

    async def _receive_small(self, found: Found) -> Piece:
        async with self._drop.open(found.raw) as file:
            content = await _exactly(file, found.size, 0) if found.size else b""
            self.bytes += found.size
            await self._look_once_more(file, found)
        filling = await asyncio.to_thread(self._parts.whole, found, content)
        return _piece(filling)

    async def _receive_long(self, found: Found) -> Piece:
        filling = await asyncio.to_thread(self._parts.begin, found)
        try:
            async with self._drop.open(found.raw) as file, self._long_files:
                await self._fill(filling, file)
                await self._look_once_more(file, found)
            await asyncio.to_thread(filling.staged.close)
        except DropLost:
            await asyncio.shield(asyncio.to_thread(self._parts.keep, filling))
            raise
        except BaseException:
            await asyncio.shield(asyncio.to_thread(filling.staged.discard))
            raise
        return _piece(filling)

    async def _look_once_more(self, file: DropFile, found: Found) -> None:
        # The close needs no answer before the look is asked for.
        _, now = await asyncio.gather(file.close(), self._drop.look(found.raw))
        if now != found:
            raise StillChanging

    async def _fill(self, filling: Filling, file: DropFile) -> None:
        """Read on while what came before is written."""
        size = filling.found.size
        wanted = (
            asyncio.create_task(_exactly(file, min(_CHUNK, size - offset), offset))
            for offset in range(filling.size, size, _CHUNK)
        )
        coming = deque(islice(wanted, _CHUNKS_AHEAD))
        try:
            while coming:
                chunk = await coming[0]
                coming.popleft()
                coming.extend(islice(wanted, 1))
                await asyncio.to_thread(self._add, filling, chunk)
        finally:
            for task in coming:
                task.cancel()
            await asyncio.gather(*coming, return_exceptions=True)

    def _add(self, filling: Filling, chunk: bytes) -> None:
        filling.add(chunk)
        self._parts.note(filling)
        self.bytes += len(chunk)


def _piece(filling: Filling) -> Piece:
    return Piece(filling.found.name, filling.staged.place, filling.size, filling.digest.hexdigest())


async def _exactly(file: DropFile, size: int, offset: int) -> bytes:
    chunk = await file.read(size, offset)
    if len(chunk) != size:
        raise StillChanging
    return chunk
