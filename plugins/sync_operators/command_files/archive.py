"""A zip archive as a file of records: each entry is one, checked and hashed as it streams by, one at a time in memory.

What an archive says of itself is believed only as far as it can do no harm: its list of entries is bounded before it
is read, each entry is read no further than its announced size, and none is ever written under its own name.
"""

import hashlib
import shutil
import struct
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, BinaryIO, Final, NamedTuple
from zipfile import BadZipFile, ZipFile, ZipInfo

from sync_operators.codes import Fault
from sync_operators.command_files.entries import is_junk, name_of, stem_of, why_unsafe
from sync_operators.errors import FileRefused

HEADER: Final = ("entry", "name", "bytes", "sha256")
"""What a record is made of: the entry's whole name, the last part of it without extension, its size, its checksum."""

NO_ZIP: Final = "it is no zip archive, or its end is missing"
DAMAGED: Final = "it is damaged"
ENCRYPTED: Final = "it is encrypted"
NO_FILE: Final = "there is no file in it"
BAD_NAMES: Final = "a name marked as UTF-8 is not"
TOO_MANY: Final = "there are too many files in it"
TOGETHER: Final = "the entries before it are too many, or too large together"

_END: Final = b"PK\x05\x06"
_END_BYTES: Final = 22 + 65_535
_UNTOLD: Final = 65_535
"""What stands for the number of entries where only the larger format can tell it."""
_LONGEST_LIST: Final = 32 * 1024**2
_ENCRYPTED: Final = 0x1
_BROKEN: Final = (BadZipFile, zlib.error, EOFError)

Opener = Callable[[], BinaryIO]


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of an archive is taken."""

    entries: int = 50_000
    entry_bytes: int = 32 * 1024**2
    all_bytes: int = 4 * 1024**3
    ratio: int = 200


class Entry(NamedTuple):
    """One entry of an archive, folders left out."""

    row: int
    """Counts the entries from 1."""
    entry: str
    values: tuple[str, ...]
    fault: Fault | None

    @property
    def line(self) -> None:
        """An archive has no lines."""

    @property
    def last_line(self) -> None:
        """An archive has no lines."""


class Archive:
    """The entries of a zip archive; FileRefused at once when it is none, or an encrypted one.

    `check` says what is wrong with the bytes of an entry. Of entries whose names mean the same by `same`, the first
    that is well counts, and the others are `error_duplicate`.
    """

    header = HEADER
    header_lines = 0

    def __init__(
        self,
        opener: Opener,
        check: Callable[[bytes], Fault | None],
        *,
        same: Callable[[str], str] = str,
        limits: Limits = Limits(),
    ) -> None:
        self._open, self._check, self._same, self._limits = opener, check, same, limits
        self._infos = _listed(opener)
        self._entries: list[Entry] = []
        self._kept: tuple[BinaryIO, ZipFile] | None = None

    @property
    def facts(self) -> dict[str, Any]:
        """The format and the number of entries."""
        return {"format": "zip", "entries": len(self._infos)}

    def names(self) -> Iterator[str]:
        """What the entries are called, from the archive's own list."""
        return (name_of(info) for info in self._infos)

    def records(self) -> Iterator[Entry]:
        """Every entry in the order of the archive; the archive is read once."""
        if not self._entries:
            with _reading(self._open) as archive:
                self._entries = list(self._all(archive))
        return iter(self._entries)

    def content(self, row: int) -> bytes:
        """The bytes of an entry; the archive stays open for the next."""
        if self._kept is None:
            file = self._open()
            self._kept = file, ZipFile(file)
        return self._kept[1].read(self._infos[row - 1])

    def write_tryback(self, rows: Iterable[int], out: BinaryIO) -> int:
        """Write an archive of these entries in their original bytes; those that cannot be unpacked stay out of it."""
        readable, written = {each.row: each.entry for each in self.records() if each.values[-1]}, 0
        with _reading(self._open) as archive, ZipFile(out, "w") as target:
            for row in rows:
                if row in readable:
                    info = self._infos[row - 1]
                    with archive.open(info) as source, target.open(ZipInfo(readable[row], info.date_time), "w") as copy:
                        shutil.copyfileobj(source, copy)
                    written += 1
        return written

    def close(self) -> None:
        """Close what `content` reads from."""
        if self._kept is not None:
            file, archive = self._kept
            self._kept = None
            archive.close()
            file.close()

    def _all(self, archive: ZipFile) -> Iterator[Entry]:
        first: dict[str, str] = {}
        taken = 0
        for row, info in enumerate(self._infos, start=1):
            name, unpacked = name_of(info), taken + info.file_size
            beyond = row > self._limits.entries or unpacked > self._limits.all_bytes
            sha256, fault = ("", _unsafe(TOGETHER)) if beyond else self._read(archive, info, name)
            if sha256:
                taken = unpacked
                fault = fault or self._repeated(first, name)
            yield Entry(row, name, (name, stem_of(name), str(info.file_size), sha256), fault)

    def _read(self, archive: ZipFile, info: ZipInfo, name: str) -> tuple[str, Fault | None]:
        """Checksum and fault of an entry; no checksum when it was not read."""
        if reason := why_unsafe(info, largest=self._limits.entry_bytes, ratio=self._limits.ratio):
            return "", _unsafe(reason)
        if is_junk(name):
            return "", Fault("skipped_junk")
        try:
            content = archive.read(info)
        except _BROKEN:
            return "", Fault("error_bad_image", {"reason": DAMAGED})
        return hashlib.sha256(content).hexdigest(), self._check(content)

    def _repeated(self, first: dict[str, str], name: str) -> Fault | None:
        kept = first.setdefault(self._same(stem_of(name)), name)
        return None if kept is name else Fault("error_duplicate", {"kept": kept})


def _listed(opener: Opener) -> list[ZipInfo]:
    """The entries of an archive but for folders; FileRefused when it cannot be read as a whole."""
    with _reading(opener) as archive:
        infos = [info for info in archive.infolist() if not info.is_dir()]
    if any(info.flag_bits & _ENCRYPTED for info in infos):
        raise _bad(ENCRYPTED)
    if not infos:
        raise _bad(NO_FILE)
    return infos


@contextmanager
def _reading(opener: Opener) -> Iterator[ZipFile]:
    with opener() as file:
        _bound(file)
        try:
            archive = ZipFile(file)
        except BadZipFile:
            raise _bad(NO_ZIP) from None
        except UnicodeDecodeError:
            raise _bad(BAD_NAMES) from None
        with archive:
            yield archive


def _bound(file: BinaryIO) -> None:
    """Refuse an archive whose list of entries would fill the memory: it is read at once."""
    size = file.seek(0, 2)
    file.seek(max(0, size - _END_BYTES))
    tail = file.read(_END_BYTES)
    at = tail.rfind(_END)
    if at < 0 or len(tail) < at + 16:
        raise _bad(NO_ZIP)
    count, length = struct.unpack("<HI", tail[at + 10 : at + 16])
    if count == _UNTOLD or length > _LONGEST_LIST:
        raise _bad(TOO_MANY)
    file.seek(0)


def _unsafe(reason: str) -> Fault:
    return Fault("error_unsafe_entry", {"reason": reason})


def _bad(reason: str) -> FileRefused:
    return FileRefused(Fault("error_bad_zip", {"reason": reason}))
