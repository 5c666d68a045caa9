"""All stand-ins in one process and one event loop, until a signal."""

import asyncio
import contextlib
import json
import logging
import secrets
import signal
import socket
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import asyncssh
import uvicorn
from fastapi import FastAPI

from include.sandbox import pointing
from include.sandbox.control_app import make_control_app
from include.sandbox.drop import FOLDER, USERNAME, Drop, listen
from include.sandbox.moodle.app import Site, make_app
from include.sandbox.moodle.misbehaving import HangUpProtocol
from include.sandbox.seed import seed, seed_bare
from include.sandbox.settings import TokenName
from include.sandbox.store import Store

HOST = "127.0.0.1"
CLIENT_KEY = "drop_client_key"
# nginx's own; shorter ones make a client meet a connection that closes just as it is used again.
_KEEP_ALIVE = 75


@dataclass(frozen=True, slots=True)
class Ports:
    """Where to listen; 0 is any free port."""

    moodle: int = 0
    sftp: int = 0
    control: int = 0


@dataclass(frozen=True, slots=True)
class Secrets:
    """Tokens, password and host key; made once per state folder, so that a restart keeps them."""

    tokens: dict[TokenName, str]
    password: str
    host_key: asyncssh.SSHKey

    @classmethod
    def of(cls, state: Path) -> "Secrets":
        """The folder's own, made when it has none."""
        path = state / "secrets.json"
        if not path.exists():
            _make_client_key(state)
            path.write_text(json.dumps(_new_secrets()), encoding="utf-8")
            path.chmod(0o600)
        known = json.loads(path.read_text(encoding="utf-8"))
        return cls(known["tokens"], known["password"], asyncssh.import_private_key(known["host_key"]))

    def public_host_key(self) -> str:
        """The host key as `known_hosts` writes it, without a comment."""
        return " ".join(self.host_key.export_public_key().decode().split()[:2])


def _new_secrets() -> dict[str, object]:
    return {
        "tokens": {name: secrets.token_hex(16) for name in ("main", "nocaps", "minimal")},
        "password": secrets.token_urlsafe(12),
        "host_key": asyncssh.generate_private_key("ssh-ed25519").export_private_key().decode(),
    }


def _make_client_key(state: Path) -> None:
    key = asyncssh.generate_private_key("ssh-ed25519")
    key.write_private_key(state / CLIENT_KEY)
    key.write_public_key(state / f"{CLIENT_KEY}.pub")
    (state / CLIENT_KEY).chmod(0o600)


class _Server(uvicorn.Server):
    """uvicorn without signal handlers of its own: one place here ends everything."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def serve(
    state: Path, ports: Ports, *, bare: bool = False, until_stdin_closes: bool = False, where: Path | None = None
) -> None:
    """Start all, print the one line that says where (and keep it in a file), and serve until SIGINT or SIGTERM."""
    logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
    stopping = _stop_event(until_stdin_closes=until_stdin_closes)
    state.mkdir(parents=True, exist_ok=True)
    known = Secrets.of(state)
    drop = Drop(state / "sftp", known.password, stopping)
    drop.folder.mkdir(parents=True, exist_ok=True)
    with _listening(ports.moodle) as moodle, _listening(ports.control) as control:
        store = _open_store(state, bare=bare)
        site = Site(store, known.tokens, _url(moodle), stopping)
        async with _drop_line(drop, known, state, ports.sftp) as sftp_port:
            apps = ((make_app(site), moodle), (make_control_app(site, drop), control))
            async with _serving(apps):
                _announce(site, known, sftp_port, _url(control), where)
                await stopping.wait()
        store.close()


def _stop_event(*, until_stdin_closes: bool) -> asyncio.Event:
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopping.set)
    if until_stdin_closes:
        loop.add_reader(sys.stdin.fileno(), stopping.set)
    return stopping


def _open_store(state: Path, *, bare: bool) -> Store:
    fresh = not (state / "moodle.sqlite").exists()
    store = Store(state / "moodle.sqlite")
    if fresh:
        (seed_bare if bare else seed)(store)
    return store


def _listening(port: int) -> socket.socket:
    # asyncio turns Nagle's delay off only where the protocol is named.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    # A restart takes the same port while connections of the killed process linger.
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((HOST, port))
    return listener


def _url(listener: socket.socket) -> str:
    return f"http://{HOST}:{listener.getsockname()[1]}"


@contextlib.asynccontextmanager
async def _drop_line(drop: Drop, known: Secrets, state: Path, port: int) -> AsyncIterator[int]:
    line = await listen(drop, host=HOST, port=port, host_key=known.host_key, client_key=state / f"{CLIENT_KEY}.pub")
    try:
        yield line.port
    finally:
        await line.close()


@contextlib.asynccontextmanager
async def _serving(apps: tuple[tuple[FastAPI, socket.socket], ...]) -> AsyncIterator[None]:
    servers = [_Server(_config(app)) for app, _ in apps]
    tasks = [
        asyncio.create_task(server.serve(sockets=[listener]))
        for server, (_, listener) in zip(servers, apps, strict=True)
    ]
    while not all(server.started for server in servers):
        await asyncio.sleep(0.005)
    try:
        yield
    finally:
        for server in servers:
            server.should_exit = True
        await asyncio.gather(*tasks)


def _config(app: FastAPI) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=HangUpProtocol,
        lifespan="off",
        log_config=None,
        access_log=False,
        timeout_keep_alive=_KEEP_ALIVE,
        timeout_graceful_shutdown=1,
    )


def _announce(site: Site, known: Secrets, sftp_port: int, control_url: str, where: Path | None) -> None:
    line = {
        "moodle_url": site.url,
        "token": known.tokens["main"],
        "nocaps_token": known.tokens["nocaps"],
        "minimal_token": known.tokens["minimal"],
        "sftp": {
            "host": HOST,
            "port": sftp_port,
            "username": USERNAME,
            "password": known.password,
            "host_key": known.public_host_key(),
            "path": f"/{FOLDER}",
        },
        "control_url": control_url,
    }
    if where is not None:
        pointing.keep(where, line)
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()
