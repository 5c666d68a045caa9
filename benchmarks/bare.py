"""A bare client that sends requests made ready before: what no step of ours can be faster than."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import httpx

from benchmarks.figure import seconds
from include.sandbox.starting import Sandbox
from sync_operators.moodle.client import MoodleClient

CONNECTIONS = 2
"""As many as by default."""
_ENDPOINT = "/webservice/rest/server.php"
_FORM = {"content-type": "application/x-www-form-urlencoded", "accept": "application/json"}


def send_all(sandbox: Sandbox, bodies: Sequence[bytes]) -> float:
    """Seconds to send these requests and read the answers."""
    limits = httpx.Limits(max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS)
    with (
        httpx.Client(base_url=sandbox.moodle_url, limits=limits, trust_env=False, timeout=60) as client,
        ThreadPoolExecutor(CONNECTIONS) as pool,
    ):

        def send(body: bytes) -> None:
            client.post(_ENDPOINT, content=body, headers=_FORM).raise_for_status().json()

        return seconds(lambda: list(pool.map(send, bodies)))


def recording(sandbox: Sandbox, function: str, bodies: list[bytes]) -> MoodleClient:
    """A client that keeps the bodies of its requests to a function."""

    class Recording(httpx.HTTPTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            if function.encode() in (body := request.read()):
                bodies.append(body)
            return super().handle_request(request)

    return MoodleClient(sandbox.moodle_url, sandbox.token, transport=Recording())
