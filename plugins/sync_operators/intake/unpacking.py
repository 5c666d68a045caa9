"""Packed deliveries: bundles, and single command files in a zip or by gzip, within limits."""

import gzip
import hashlib
import logging
import lzma
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO

from sync_operators.codes import Fault
from sync_operators.configuration.sections import Drop
from sync_operators.depot.errors import DepotFull, depot_errors
from sync_operators.depot.files import BLOCK
from sync_operators.depot.storage import Depot
from sync_operators.intake.deliveries import Piece, Received
from sync_operators.intake.parts import STAGING
from sync_operators.intake.rules import Marks

# Below it no ratio hurts anybody: a file that says the same in every row packs as well as a bomb.
_HARMLESS = 10 << 20
_PACKED = (b".csv.gz", b".zip")
_TEXT = (b".csv", b".txt")
_BROKEN = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, gzip.BadGzipFile, EOFError, NotImplementedError)

log = logging.getLogger(__name__)

_Opener = Callable[[], AbstractContextManager[IO[bytes] | gzip.GzipFile]]


class BadArchive(Exception):
    """What came cannot be unpacked, or not within the limits; the message is the reason."""


@dataclass(slots=True)
class _Budget:
    """How much may still come out of an archive."""

    left: int
    exceeded: str

    def spend(self, size: int) -> None:
        self.left -= size
        if self.left < 0:
            raise BadArchive(self.exceeded)


@dataclass(frozen=True, slots=True)
class Unpacking:
    """Unpacks what was received; zips whose name begins with `pictures` are pictures, and stay as they are."""

    depot: Depot
    rules: Drop
    pictures: str
    reserve: int = 0

    def is_packed(self, received: Received) -> bool:
        """Whether `unpack` has anything to do, by the file's name."""
        name = received.whole.name
        return name.lower().endswith(_PACKED) and not self._is_pictures(name)

    def _is_pictures(self, name: bytes) -> bool:
        return name.lower().endswith(b".zip") and name.startswith(self.pictures.encode())

    def unpack(self, received: Received) -> Received:
        """The delivery with what was packed in it, or refused; DepotFull when there is no space for that."""
        name = received.whole.name.lower()
        if name.endswith(b".csv.gz"):
            return self._with(received, self._gunzipped)
        return self._with(replace(received, is_bundle=name.startswith(b"bundle_")), self._unzipped)

    def _with(self, received: Received, unpack: "Callable[[Received, Path, list[Piece]], None]") -> Received:
        pieces: list[Piece] = []
        try:
            with self.depot.local_copy(received.whole.place) as path, _broken():
                unpack(received, path, pieces)
        except BaseException as exc:
            self.discard(pieces)
            if not isinstance(exc, BadArchive):
                raise
            return replace(received, is_bundle=False, refused=Fault("error_archive", {"reason": str(exc)}))
        return replace(received, unpacked=tuple(pieces))

    def discard(self, pieces: "list[Piece] | tuple[Piece, ...]") -> None:
        """Take unpacked files away again."""
        for piece in pieces:
            self.depot.remove(piece.place)

    def _gunzipped(self, received: Received, path: Path, pieces: list[Piece]) -> None:
        pieces.append(self._written(received.whole.name[:-3], lambda: gzip.GzipFile(path), self._budget(received)))

    def _unzipped(self, received: Received, path: Path, pieces: list[Piece]) -> None:
        with zipfile.ZipFile(path) as archive:
            entries = [entry for entry in archive.infolist() if not self._is_left(entry)]
            if not received.is_bundle and not _is_one_command_file(entries):
                log.warning("capture: file=%s entries=%d is taken as it is", received.found.shown, len(entries))
                return
            self._check(entries)
            budget = self._budget(received)
            for entry in entries:
                # One by one: what is there already goes when a later entry is no good.
                pieces += [self._written(_name(entry), _opener(archive, entry), budget)]

    def _is_left(self, entry: zipfile.ZipInfo) -> bool:
        parts = entry.filename.encode("utf-8", "surrogateescape").replace(b"\\", b"/").split(b"/")
        hidden = any(part[:1] in {b".", b"_"} and part not in {b".", b".."} for part in parts)
        return entry.is_dir() or hidden or parts[-1].lower().endswith(Marks.of(self.rules).partial)

    def _check(self, entries: list[zipfile.ZipInfo]) -> None:
        if not entries:
            raise BadArchive("no file is in it")
        if len(entries) > self.rules.max_entries:
            raise BadArchive(f"{len(entries)} entries are more than drop.max_entries, {self.rules.max_entries}")
        if any(entry.flag_bits & 1 for entry in entries):
            raise BadArchive("it is encrypted")
        needed, free = sum(entry.file_size for entry in entries), self.depot.free_bytes()
        if free is not None and self.rules.max_bytes >= needed > free - self.reserve:
            raise DepotFull(
                f"depot: no space to unpack {needed} bytes, {free} are free. The archive stays in the drop.",
                remedy="Free space in the depot, then run again.",
            )

    def _budget(self, received: Received) -> _Budget:
        by_ratio = max(received.whole.size * self.rules.max_ratio, _HARMLESS)
        if by_ratio < self.rules.max_bytes:
            return _Budget(by_ratio, f"it unpacks to more than drop.max_ratio, {self.rules.max_ratio} times its size")
        return _Budget(self.rules.max_bytes, f"it unpacks to more than drop.max_bytes, {self.rules.max_bytes}")

    def _written(self, name: bytes, opened: _Opener, budget: _Budget) -> Piece:
        staged, digest, size = self.depot.stage(near=STAGING), hashlib.sha256(), 0
        try:
            with opened() as packed:
                while chunk := packed.read(BLOCK):
                    budget.spend(len(chunk))
                    digest.update(chunk)
                    size += len(chunk)
                    with depot_errors(staged.place):
                        staged.write(chunk)
            staged.close()
        except BaseException:
            staged.discard()
            raise
        return Piece(name, staged.place, size, digest.hexdigest())


@contextmanager
def _broken() -> Iterator[None]:
    try:
        yield
    except _BROKEN as exc:
        raise BadArchive(f"it is damaged ({exc or type(exc).__name__})") from exc


def _is_one_command_file(entries: list[zipfile.ZipInfo]) -> bool:
    return len(entries) == 1 and _name(entries[0]).lower().endswith(_TEXT)


def _name(entry: zipfile.ZipInfo) -> bytes:
    """The name of an entry without the folders it lies in there."""
    return entry.filename.encode("utf-8", "surrogateescape").replace(b"\\", b"/").rpartition(b"/")[2]


def _opener(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> _Opener:
    return lambda: archive.open(entry)
