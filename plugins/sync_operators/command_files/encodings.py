"""Finds the encoding of a command file.

A BOM decides. Else a pinned encoding does, and nothing is searched. Else the file is read through once: strict UTF-8,
UTF-16 by its pattern of NULs, or Windows-1252. The whole file, not its head: the first accent of a million rows may
stand in the last one, and a dialect that turns out wrong in the middle of a plan is worth nothing. The reading costs
under a tenth of what the rows themselves cost (100 MB in some 60 ms), at constant memory.
"""

import codecs
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import BinaryIO, Final

from sync_operators.codes import Fault
from sync_operators.errors import ConfigurationError, FileRefused

WINDOWS: Final = "windows-1252"
UTF16: Final = ("utf-16-le", "utf-16-be")
BOMS: Final = {"utf-8": codecs.BOM_UTF8, "utf-16-le": codecs.BOM_UTF16_LE, "utf-16-be": codecs.BOM_UTF16_BE}
UNDECODED: Final = re.compile("[\ud800-\udfff]")
"""What an undecodable byte or half a UTF-16 pair becomes in the text; valid text has none of these."""

_CHUNK: Final = 1 << 20
_LINE_ENDS: Final = re.compile("[\r\n]+")
# Windows-1252 leaves five bytes undefined.
_NOT_WINDOWS: Final = re.compile(b"[\x81\x8d\x8f\x90\x9d]")
_ALIASES: Final = {"iso8859-1": WINDOWS, "cp1252": WINDOWS, "ascii": "utf-8", "utf-8-sig": "utf-8"}


@dataclass(frozen=True, slots=True)
class Encoding:
    """An encoding by its lasting name, and whether a BOM stands before the text."""

    name: str
    bom: bool

    @property
    def bom_bytes(self) -> bytes:
        """The BOM as it stands in the file; empty without one."""
        return BOMS[self.name] if self.bom else b""


def encoded(text: str, encoding: str) -> bytes:
    """The original bytes of text read by `decode_errors`, undecodable ones included."""
    return text.encode(encoding, decode_errors(encoding))


def decode_errors(encoding: str) -> str:
    """The error handler that lets every byte come back as it was."""
    return "surrogatepass" if encoding in UTF16 else "surrogateescape"


def known_encoding(name: str) -> str:
    """The lasting name of a pinned encoding; ConfigurationError when its bytes could not be given back exactly."""
    try:
        found = codecs.lookup(name).name
    except LookupError:
        raise _unknown(name) from None
    found = _ALIASES.get(found, found)
    if found in ("utf-16", "utf-8", WINDOWS, *UTF16) or _single_byte(found):
        return found
    raise _unknown(name)


def _unknown(name: str) -> ConfigurationError:
    return ConfigurationError(
        f"dialect.encoding: `{name}` cannot be used.",
        remedy="Use utf-8, utf-16, windows-1252 or another encoding of one byte a character.",
    )


def _single_byte(name: str) -> bool:
    every = bytes(range(256))
    try:
        text = every.decode(name, "surrogateescape")
        exact = len(text) == 256 and text.encode(name, "surrogateescape") == every
        return exact and text[:128] == every[:128].decode("ascii")
    except (LookupError, UnicodeError):
        return False


def wide_pattern(head: bytes) -> str:
    """The UTF-16 that the NULs among the first bytes show; empty for none."""
    # Headers are ASCII nearly always, whatever the rows hold: the first bytes alone may show what a longer piece hides.
    return _wide(head[:64]) or _wide(head[:4096])


def _wide(sample: bytes) -> str:
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    enough = max(2, len(sample) // 8)
    if odd >= enough and even * 10 <= odd:
        return "utf-16-le"
    return "utf-16-be" if even >= enough and odd * 10 <= even else ""


def find_encoding(stream: BinaryIO, head: bytes, pinned: str | None) -> Encoding:
    """The encoding of a seekable stream whose first bytes are `head`."""
    found = _by_bom(head) or _by_pin(head, pinned) or _by_reading(stream, head)
    if found.name in UTF16:
        _refuse_half_characters(stream, found.name)
    return found


def _by_bom(head: bytes) -> Encoding | None:
    return next((Encoding(name, bom=True) for name, bom in BOMS.items() if head.startswith(bom)), None)


def _by_pin(head: bytes, pinned: str | None) -> Encoding | None:
    if pinned == "utf-16":
        return Encoding(wide_pattern(head) or "utf-16-le", bom=False)
    return Encoding(pinned, bom=False) if pinned else None


def _by_reading(stream: BinaryIO, head: bytes) -> Encoding:
    # Before UTF-8, which takes the NULs of UTF-16 for characters.
    if wide := wide_pattern(head):
        return Encoding(wide, bom=False)
    return Encoding("utf-8" if _is_utf8(stream) else _weighed(stream), bom=False)


def _chunks(stream: BinaryIO) -> Iterator[bytes]:
    stream.seek(0)
    return iter(partial(stream.read, _CHUNK), b"")


def _is_utf8(stream: BinaryIO) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for chunk in _chunks(stream):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _weighed(stream: BinaryIO) -> str:
    """What a file is that is not UTF-8 throughout.

    No line with valid characters of several bytes: Windows-1252. At least as many such lines as broken ones: UTF-8, and
    the broken ones become bad rows (Windows-1252 text that is valid UTF-8 by chance is rare, a line pasted in from
    elsewhere is not). Fewer: nobody can say what was meant, and guessing would spoil names in Moodle.
    """
    scale = _Scale()
    for chunk in _chunks(stream):
        scale.add(chunk)
    scale.end()
    if scale.good >= scale.bad:
        return "utf-8"
    if scale.good or scale.undefined is not None:
        raise FileRefused(scale.fault())
    return WINDOWS


class _Scale:
    """Counts lines that prove UTF-8 (`good`) and lines that break it (`bad`), chunk by chunk."""

    def __init__(self) -> None:
        self.good = self.bad = 0
        self.undefined: int | None = None
        self._first: dict[str, str] = {}
        # The newline decoder holds a CR back until it sees what follows: a CRLF cut by a chunk stays one line end.
        decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
        self._decoder = io.IncrementalNewlineDecoder(decoder, translate=False)
        self._offset = self._read = self._lines = 0
        self._line_good = self._line_bad = False

    def add(self, chunk: bytes) -> None:
        if self.undefined is None and (found := _NOT_WINDOWS.search(chunk)):
            self.undefined = self._read + found.start()
        self._read += len(chunk)
        self._weigh(self._decoder.decode(chunk))

    def end(self) -> None:
        self._weigh(self._decoder.decode(b"", final=True))
        self._close_line()

    def _weigh(self, text: str) -> None:
        if not self._first and (broken := UNDECODED.search(text)):
            self._note_first(text, broken.start())
        first, *others = _LINE_ENDS.split(text)
        self._weigh_piece(first)
        for piece in others:
            self._close_line()
            self._weigh_piece(piece)
        self._offset += len(encoded(text, "utf-8"))
        self._lines += _line_ends(text)

    def _weigh_piece(self, piece: str) -> None:
        if not piece.isascii():
            broken = UNDECODED.search(piece) is not None
            self._line_bad |= broken
            self._line_good |= not broken

    def _close_line(self) -> None:
        self.bad += self._line_bad
        self.good += self._line_good and not self._line_bad
        self._line_good = self._line_bad = False

    def _note_first(self, text: str, at: int) -> None:
        before = text[:at]
        offset = self._offset + len(encoded(before, "utf-8"))
        byte = byte_name(text[at], "utf-8")
        self._first = {"byte": byte, "offset": str(offset), "line": str(self._lines + _line_ends(before) + 1)}

    def fault(self) -> Fault:
        reason = (
            "lines in UTF-8 among more lines in another encoding" if self.good else "neither UTF-8 nor Windows-1252"
        )
        return Fault("error_encoding", {"reason": reason, **self._first})


def _line_ends(text: str) -> int:
    return text.count("\n") + text.count("\r") - text.count("\r\n")


def byte_name(undecoded: str, encoding: str) -> str:
    """`0xE9` for the character an undecodable byte became, `0xD83D` for half a UTF-16 pair."""
    unit = ord(undecoded)
    return f"0x{unit if encoding in UTF16 else unit & 0xFF:02X}"


def _refuse_half_characters(stream: BinaryIO, name: str) -> None:
    size = stream.seek(0, 2)
    if size % 2:
        stream.seek(size - 1)
        args = {"byte": f"0x{stream.read(1)[0]:02X}", "offset": str(size - 1), "expected": name}
        reason = "the file ends in the middle of a character"
        raise FileRefused(Fault("error_encoding", {"reason": reason, **args}))
