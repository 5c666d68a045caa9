"""How a fault shows on the wire: no answer, a proxy's page, half an answer, a lost connection, a late answer."""

import asyncio
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.auto import AutoHTTPProtocol

from include.sandbox.faults import MoodleFault, kill
from include.sandbox.moodle import answers

# Peer address: its connection. ASGI has no word for "hang up", so the protocol below notes the connections.
_CONNECTIONS: dict[tuple[str, int], asyncio.BaseTransport] = {}


class HangUpProtocol(AutoHTTPProtocol):  # type: ignore[misc, valid-type]
    """uvicorn's own protocol, with its connections noted."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Note the connection."""
        super().connection_made(transport)
        _CONNECTIONS[transport.get_extra_info("peername")[:2]] = transport

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        _CONNECTIONS.pop(self.transport.get_extra_info("peername")[:2], None)
        super().connection_lost(exc)


class Misbehaviour:
    """One fault on one request."""

    def __init__(self, request: Request, fault: MoodleFault, stopping: asyncio.Event) -> None:
        self._request = request
        self._fault = fault
        self._stopping = stopping

    async def before(self) -> Response | None:
        """Misbehave before the call takes effect; an answer means that it takes none."""
        if self._fault.when == "after":
            return None
        if self._fault.kind == "slow":
            await self._wait(self._fault.ms / 1000)
            return None
        return await self._instead()

    async def after(self, response: Response) -> Response:
        """Misbehave after the call took effect: `response` is what would have been answered."""
        if self._fault.when == "before":
            return response
        if self._fault.kind == "slow":
            await self._wait(self._fault.ms / 1000)
            return response
        if self._fault.kind == "cut":
            return _CutResponse(response, _CONNECTIONS.get(self._peer()))
        return await self._instead()

    async def _instead(self) -> Response:
        if self._fault.kind == "page":
            return _gateway_page(self._fault.status, self._fault.retry_after)
        if self._fault.kind == "timeout":
            await self._wait(600)
        if self._fault.kind == "kill":
            kill(self._fault.pid)
        return self._hang_up()

    async def _wait(self, seconds: float) -> None:
        """Wait, but not longer than the client or the sandbox lasts."""
        ends = asyncio.get_running_loop().time() + seconds
        while asyncio.get_running_loop().time() < ends and not self._stopping.is_set():
            if await self._request.is_disconnected():
                return
            await asyncio.sleep(min(0.05, seconds))

    def _hang_up(self) -> Response:
        connection = _CONNECTIONS.get(self._peer())
        if isinstance(connection, asyncio.Transport):
            connection.abort()
        return Response(status_code=500)

    def _peer(self) -> tuple[str, int]:
        client = self._request.client
        return (client.host, client.port) if client else ("", 0)


class _CutResponse(Response):
    """The first half of an answer, then the end of the connection."""

    def __init__(self, whole: Response, connection: asyncio.BaseTransport | None) -> None:
        super().__init__(whole.body, status_code=whole.status_code, media_type=whole.media_type)
        self._connection = connection

    async def __call__(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        half = bytes(self.body)[: len(self.body) // 2]
        await send({"type": "http.response.body", "body": half, "more_body": True})
        if self._connection is not None:
            self._connection.close()


def _gateway_page(status: int, retry_after: int) -> Response:
    page = answers.page(status, f"{status} {HTTPStatus(status).phrase}")
    if retry_after:
        page.headers["retry-after"] = str(retry_after)
    return page
