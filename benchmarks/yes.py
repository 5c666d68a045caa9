"""A Moodle that knows nobody and says yes at once: what is measured against it is our own work alone.

The stand-in takes longer to make accounts, as Moodle does, than we to plan, send and remember them.
"""

import asyncio
import itertools
import json
import multiprocessing
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qsl

from sync_operators.moodle.client import SITE_INFO
from sync_operators.moodle.users import CREATE, GET_BY_FIELD, GUEST
from sync_operators.tools.users import USERS

_GUEST = {"id": 1, "username": GUEST, "email": "root@localhost", "auth": "manual", "suspended": False}


@contextmanager
def saying_yes() -> Iterator[str]:
    """The address of such a Moodle, served by a process of its own until the block ends."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = multiprocessing.get_context("fork").Process(target=_serve, args=(listening,))
        server.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.terminate()
            server.join()


def _serve(listening: socket.socket) -> None:
    asyncio.run(_serving(listening, f"http://127.0.0.1:{listening.getsockname()[1]}"))


async def _serving(listening: socket.socket, url: str) -> None:
    site = {"siteurl": url, "userid": 2, "username": "ws", "functions": [{"name": name} for name in USERS.functions]}
    ids = itertools.count(10)
    answers: Mapping[str, Callable[[list[tuple[str, str]]], Any]] = {
        SITE_INFO: lambda _: site,
        GET_BY_FIELD: lambda form: [_GUEST] if GUEST in dict(form).values() else [],
        CREATE: lambda form: [
            {"id": next(ids), "username": value} for name, value in form if name.endswith("[username]")
        ],
    }

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while head := await _head(reader):
            form = parse_qsl((await reader.readexactly(_length(head))).decode())
            body = json.dumps(answers[dict(form)["wsfunction"]](form)).encode()
            kind = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: "
            writer.write(kind + str(len(body)).encode() + b"\r\n\r\n" + body)

    async with await asyncio.start_server(talk, sock=listening) as server:
        await server.serve_forever()


async def _head(reader: asyncio.StreamReader) -> bytes:
    """The head of the next request; empty when there comes none."""
    try:
        return await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return b""


def _length(head: bytes) -> int:
    lines = head.decode().lower().split("\r\n")
    return int(next(line.partition(":")[2] for line in lines if line.startswith("content-length:")))
