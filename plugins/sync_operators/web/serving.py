"""Files of the depot as downloads: streamed, as attachments, never shown by the browser in our name."""

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import BinaryIO
from urllib.parse import quote

from fastapi.responses import StreamingResponse

from sync_operators.depot.storage import Depot

_BLOCK = 1 << 18
_TYPES = {".html": "text/html; charset=utf-8", ".csv": "text/csv", ".jsonl": "application/jsonl", ".txt": "text/plain"}


def download(depot: Depot, place: str) -> StreamingResponse:
    """The file at a place of the depot. Raises NotThere before anything is sent."""
    name = PurePosixPath(place).name
    size = depot.size(place)
    headers = {"Content-Disposition": disposition(name), "Content-Length": str(size)}
    return StreamingResponse(_blocks(depot.open(place)), headers=headers, media_type=_type(name))


def streamed(blocks: Iterator[bytes], name: str) -> StreamingResponse:
    """What is made while it is sent."""
    return StreamingResponse(blocks, headers={"Content-Disposition": disposition(name)}, media_type=_type(name))


def disposition(name: str) -> str:
    """The header that makes a browser save the answer under that name, whatever is in it."""
    plain = "".join(char if char.isascii() and char.isprintable() and char not in '"\\' else "_" for char in name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def _type(name: str) -> str:
    return _TYPES.get(PurePosixPath(name).suffix, "application/octet-stream")


def _blocks(file: BinaryIO) -> Iterator[bytes]:
    with file:
        while block := file.read(_BLOCK):
            yield block
