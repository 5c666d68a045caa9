"""Lines of a command file as text that turns back into the same bytes, at constant memory."""

import io
from collections import deque
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import BinaryIO, Final

from sync_operators.codes import Fault
from sync_operators.command_files.encodings import Encoding, decode_errors
from sync_operators.errors import FileRefused

_CHUNK: Final = 1 << 16
# So many characters of lines are looked at together. Fewer cost more calls, more cost cache and memory.
_BLOCK: Final = 1 << 14
_FIELDS_A_LINE: Final = 8
_LONGEST_LINE: Final = 1 << 23  # at least, so that a small `max_field_bytes` does not refuse rows of many columns


def text_of(stream: BinaryIO, encoding: Encoding, max_field_bytes: int) -> io.TextIOWrapper:
    """The text after the BOM: line ends as they are, undecodable bytes as lone surrogates."""
    stream.seek(len(encoding.bom_bytes))
    bounded = _Bounded(stream, max(max_field_bytes * _FIELDS_A_LINE, _LONGEST_LINE))
    text = io.TextIOWrapper(bounded, encoding.name, decode_errors(encoding.name), newline="")
    text._CHUNK_SIZE = _CHUNK  # type: ignore[attr-defined]  # its own 8 KiB make eight times the calls
    return text


class _Bounded(io.BufferedIOBase):
    """Refuses a line that would not fit into memory: Python reads a line whole, however long it is."""

    name = "command file"

    def __init__(self, stream: BinaryIO, longest: int) -> None:
        self._stream = stream
        self._longest = longest
        self._since_line_end = 0

    def readable(self) -> bool:
        return True

    def read1(self, size: int = -1, /) -> bytes:
        chunk = self._stream.read(size)
        end = max(chunk.rfind(b"\n"), chunk.rfind(b"\r"))
        self._since_line_end = len(chunk) - end - 1 + (self._since_line_end if end < 0 else 0)
        if self._since_line_end > self._longest:
            args = {"what": "one line without an end", "limit": str(self._longest), "unit": "bytes"}
            raise FileRefused(Fault("error_not_a_command_file", args))
        return chunk

    def close(self) -> None:
        self._stream.close()
        super().close()


class Lines:
    """The lines of a text in order, with a way to hand some back."""

    def __init__(self, text: io.TextIOWrapper, encoding: str) -> None:
        self._text = text
        self.encoding = encoding
        self.back: deque[str] = deque()
        """Handed back, and not read again yet."""

    def block(self) -> list[str]:
        """Some more lines, none at the end; only while nothing is handed back."""
        return self._text.readlines(_BLOCK)

    def hand_back(self, lines: Iterable[str]) -> None:
        """Let these lines be the next ones."""
        self.back.extendleft(reversed(list(lines)))

    def take(self, most: int) -> list[str]:
        """The next lines of those handed back, so many at most."""
        return [self.back.popleft() for _ in range(min(most, len(self.back)))]

    def one_by_one(self) -> Iterator[str]:
        """Lines handed back, then those of the text; it takes none before it is asked for it."""
        return chain(self._drained(), self._text)

    def _drained(self) -> Iterator[str]:
        while self.back:
            yield self.back.popleft()

    def close(self) -> None:
        """Close the file below."""
        self._text.close()
