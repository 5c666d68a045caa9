"""What every answer carries, and which writes are refused before they reach a route."""

from fastapi import Request
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sync_operators.web.refusals import cross_site

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'self'"
)
_READS = frozenset({"GET", "HEAD"})


def same_origin(request: Request) -> None:
    """Refuse a write of another site that rides on the session cookie; a bearer token is no such ride."""
    if request.method in _READS or "authorization" in request.headers:
        return
    if request.headers.get("sec-fetch-site", "none") not in {"same-origin", "none"}:
        raise cross_site()
    origin = request.headers.get("origin")
    if origin and origin.split("://")[-1] != request.headers.get("host"):
        raise cross_site()


class SafeHeaders:
    """Adds to every answer: no foreign frame, no inline script, no guessing of types, no copy in shared caches."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                _add(MutableHeaders(scope=message), static="/static/" in scope["path"])
            await send(message)

        await self._app(scope, receive, sending if scope["type"] == "http" else send)


def _add(headers: MutableHeaders, *, static: bool) -> None:
    headers["Content-Security-Policy"] = POLICY
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Referrer-Policy"] = "same-origin"
    headers["Cache-Control"] = "no-cache" if static else "no-store"
    if not static:
        headers.add_vary_header("X-Fragment")
