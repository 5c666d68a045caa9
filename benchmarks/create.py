"""Creating accounts: our whole apply step against a bare client that sends the same requests, made ready before."""

import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import httpx

from benchmarks.figure import Figure, Options, alternating, scratch, seconds
from benchmarks.rows import HEADER, person
from include.sandbox.starting import Sandbox, start
from sync_operators import walk
from sync_operators.moodle.client import MoodleClient
from sync_operators.moodle.users import CREATE
from sync_operators.plans.request import Request
from tests.end_to_end.site import Site, site

ROWS = 2_000
ANSWER = 20  # milliseconds
ROUNDS = 5
_ENDPOINT = "/webservice/rest/server.php"
_FORM = {"content-type": "application/x-www-form-urlencoded", "accept": "application/json"}


def figures(options: Options) -> Iterator[Figure]:
    """Both with the connections of the settings; the stand-in starts empty each time."""
    count = options.rows(ROWS)
    with scratch() as folder, start(folder / "sandbox") as sandbox:
        bodies: list[bytes] = []
        _ours(sandbox, folder, count, record=bodies)
        bare, ours = alternating(ROUNDS, lambda: _bare(sandbox, bodies), lambda: _ours(sandbox, folder, count))
    ratio = bare / ours
    yield Figure(
        f"create {count:,} users at a {ANSWER} ms answer: rows/s against a bare httpx client",
        "≥ 0.9",
        f"{ratio:.2f}",
        ratio >= 0.9,
        f"{count / ours:.0f} rows/s against {count / bare:.0f}, {len(bodies)} requests; medians of {ROUNDS}",
    )


def _ours(sandbox: Sandbox, folder: Path, count: int, *, record: list[bytes] | None = None) -> float:
    """Seconds of the apply step: leases, digest, marks, calls, settling, and the memory of what was applied."""
    _empty(sandbox)
    shutil.rmtree(folder / "site", ignore_errors=True)
    with site(sandbox, folder / "site") as opened:
        if record is not None:
            opened.work = replace(opened.work, moodle=_recording(opened, record))
        opened.put("userimport.csv", "\n".join([HEADER, *map(person, range(count)), ""]))
        opened.capture()
        step = walk.plan(opened.work, Request("users", dag_id="figures", dag_run_id="1"))
        if step is None or walk.gate(opened.work, step.run_id).verdict != "go":
            raise AssertionError(f"this was to be applied: {step}")
        took = seconds(lambda: walk.apply(opened.work, step.run_id))
    _all_there(sandbox, count)
    return took


def _bare(sandbox: Sandbox, bodies: list[bytes]) -> float:
    _empty(sandbox)
    connections = 2
    limits = httpx.Limits(max_connections=connections, max_keepalive_connections=connections)
    with (
        httpx.Client(base_url=sandbox.moodle_url, limits=limits, trust_env=False, timeout=60) as client,
        ThreadPoolExecutor(connections) as pool,
    ):

        def send(body: bytes) -> None:
            client.post(_ENDPOINT, content=body, headers=_FORM).raise_for_status().json()

        return seconds(lambda: list(pool.map(send, bodies)))


def _empty(sandbox: Sandbox) -> None:
    sandbox.control.reset()
    sandbox.control.set_answer_delay(ANSWER)


def _all_there(sandbox: Sandbox, count: int) -> None:
    if (found := sum(name.startswith("person") for name in sandbox.control.people())) != count:
        raise AssertionError(f"{found} of {count} accounts were made")


def _recording(opened: Site, bodies: list[bytes]) -> MoodleClient:
    """A client that keeps the bodies of its creating requests."""

    class Recording(httpx.HTTPTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            if CREATE.encode() in (body := request.read()):
                bodies.append(body)
            return super().handle_request(request)

    return MoodleClient(opened.sandbox.moodle_url, opened.sandbox.token, transport=Recording())
