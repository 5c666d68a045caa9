"""A TCP relay that delivers everything late, in order, as a long line does."""

import asyncio
import contextlib
from collections.abc import Callable

import asyncssh

_READ_SIZE = 1 << 16


class SlowLine:
    """Relays a port to another one; `delay` is asked for each piece, in seconds one way."""

    def __init__(self, *, to: tuple[str, int], delay: Callable[[], float], server: asyncssh.SSHAcceptor) -> None:
        self._to = to
        self._delay = delay
        self._target = server
        self._relay: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def open(self, host: str, port: int) -> None:
        """Listen on a port, any free one when it is 0."""
        self._relay = await asyncio.start_server(self._connect, host, port)

    @property
    def port(self) -> int:
        """The port people connect to."""
        return int(self._relay.sockets[0].getsockname()[1]) if self._relay else 0

    async def close(self) -> None:
        """Hang up on everybody."""
        if self._relay is not None:
            self._relay.close()
        self._target.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection(*self._to)
        for source, sink in ((reader, far_writer), (far_reader, writer)):
            task = asyncio.create_task(self._carry(source, sink))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _carry(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        pieces: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
        delivery = asyncio.create_task(_deliver(pieces, sink))
        try:
            while data := await _read(source):
                pieces.put_nowait((_now() + self._delay(), data))
            pieces.put_nowait((_now() + self._delay(), b""))
            await delivery
        finally:
            delivery.cancel()
            sink.close()


async def _deliver(pieces: "asyncio.Queue[tuple[float, bytes]]", sink: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while True:
            due, data = await pieces.get()
            await asyncio.sleep(max(0.0, due - _now()))
            if not data:
                return
            sink.write(data)
            await sink.drain()


async def _read(source: asyncio.StreamReader) -> bytes:
    try:
        return await source.read(_READ_SIZE)
    except ConnectionError:
        return b""


def _now() -> float:
    return asyncio.get_running_loop().time()
