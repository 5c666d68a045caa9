"""Uploads: the files of a form, handed on piece by piece while they come in; nothing is gathered in memory."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from sync_operators.web.language import N_
from sync_operators.web.refusals import Refused


class Taker(Protocol):
    """Takes in one file."""

    def write(self, chunk: bytes, /) -> None:
        """Add to its end."""

    def close(self) -> object:
        """Keep it."""

    def discard(self) -> None:
        """Forget it; nothing happens once it is kept."""


Begin = Callable[[str], Taker]


async def receive(request: Request, begin: Begin) -> int:
    """Take in every file of a form, each kept as soon as it is complete; how many there were.

    `begin` is given a file's name as the browser sends it. Raises Refused for what is no such form, and whatever
    `begin` and what it gives raise; the file that it was at is then forgotten.
    """
    kind, options = parse_options_header(request.headers.get("content-type", ""))
    boundary = options.get(b"boundary")
    if kind != b"multipart/form-data" or not boundary:
        raise _no_form()
    parts = _Parts(begin)
    parser = parts.parser(boundary)
    try:
        async for chunk in request.stream():
            await run_in_threadpool(parser.write, chunk)
    except FormParserError:
        raise _no_form() from None
    finally:
        await run_in_threadpool(parts.drop)
    if parts.kept == 0:
        raise _no_file()
    return parts.kept


@dataclass
class _Parts:
    """What the parser calls: headers of a part, its data, its end."""

    begin: Begin
    kept: int = 0
    _name: bytes = b""
    _value: bytes = b""
    _headers: dict[bytes, bytes] = field(default_factory=dict)
    _taker: Taker | None = None

    def parser(self, boundary: bytes) -> MultipartParser:
        return MultipartParser(
            boundary,
            {
                "on_part_begin": self._part_begins,
                "on_header_field": self._header_field,
                "on_header_value": self._header_value,
                "on_header_end": self._header_ends,
                "on_headers_finished": self._data_begins,
                "on_part_data": self._data,
                "on_part_end": self._part_ends,
            },
        )

    def drop(self) -> None:
        """Forget a file that has not come to its end."""
        if self._taker is not None:
            self._taker.discard()
            self._taker = None

    def _part_begins(self) -> None:
        self._headers, self._name, self._value = {}, b"", b""

    def _header_field(self, data: bytes, start: int, end: int) -> None:
        self._name += data[start:end]

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _header_ends(self) -> None:
        self._headers[self._name.lower()] = self._value
        self._name, self._value = b"", b""

    def _data_begins(self) -> None:
        _, options = parse_options_header(self._headers.get(b"content-disposition"))
        # A file field that was left empty comes with an empty name.
        if name := options.get(b"filename"):
            self._taker = self.begin(name.decode("utf-8", "replace"))

    def _data(self, data: bytes, start: int, end: int) -> None:
        if self._taker is not None:
            self._taker.write(data[start:end])

    def _part_ends(self) -> None:
        if self._taker is not None:
            self._taker.close()
            self._taker, self.kept = None, self.kept + 1


def _no_form() -> Refused:
    return Refused(
        422, N_("The upload cannot be read."), N_("It broke off, or is no form. Nothing more was kept of it.")
    )


def _no_file() -> Refused:
    return Refused(422, N_("No file was chosen."), N_("Choose one or more files, then upload them."))
