"""The depot as a file store: places below one root, where nothing is ever replaced."""

import hashlib
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from shutil import copyfileobj
from typing import BinaryIO

from fsspec import AbstractFileSystem
from fsspec.implementations.local import LocalFileSystem

from sync_operators.depot.errors import NotThere, OutsideDepot, depot_errors, scratch_errors
from sync_operators.depot.files import BLOCK, Entry, Files, Staged
from sync_operators.depot.local import LocalFiles
from sync_operators.depot.objects import ObjectFiles


def checked(place: str) -> str:
    """The place itself when it stays below the root; raises OutsideDepot otherwise."""
    parts = place.split("/")
    if any(part in {"", ".", ".."} or "\0" in part for part in parts) or not _is_text(place):
        raise OutsideDepot(f"depot: {place!r} is no place in the depot.")
    return place


def _is_text(place: str) -> bool:
    return not any("\ud800" <= char <= "\udfff" for char in place)


class Depot:
    """Files below `root` of a file system; places are relative POSIX paths, and no file is ever replaced."""

    def __init__(self, fs: AbstractFileSystem, root: str) -> None:
        self._files = _files(fs, root)

    @property
    def atomic(self) -> bool:
        """Whether a file appears at its place whole or not at all."""
        return self._files.atomic

    def open(self, place: str) -> BinaryIO:
        """The file's bytes, to be closed by the caller."""
        with depot_errors(place):
            return self._files.open(checked(place))

    def exists(self, place: str) -> bool:
        """Whether anything, a folder or a link too, lies at the place."""
        return self.entry(place) is not None

    def entry(self, place: str) -> Entry | None:
        """What lies at the place."""
        with depot_errors(place):
            return self._files.entry(checked(place))

    def size(self, place: str) -> int:
        """The file's size in bytes."""
        entry = self.entry(place)
        if entry is None:
            raise NotThere(f"depot: nothing lies at {place}.")
        return entry.size

    def sha256(self, place: str) -> str:
        """The file's checksum."""
        with self.open(place) as file, depot_errors(place):
            return _digest(file)

    def listing(self, folder: str = "") -> list[str]:
        """Names in a folder, sorted; none when there is no such folder."""
        return [entry.name for entry in self.entries(folder)]

    def entries(self, folder: str = "") -> list[Entry]:
        """What lies in a folder, sorted by name; links and special files are left out."""
        with depot_errors(folder or "the depot"):
            return sorted(self._files.listing(checked(folder) if folder else ""), key=lambda entry: entry.name)

    def stage(self, *, near: str = "", mode: int = 0o600) -> Staged:
        """Begin a file under a temporary name in the folder where it shall go; `move` then gives it its name."""
        with depot_errors("a temporary file"):
            return self._files.stage(checked(near) if near else "", mode)

    def resume(self, place: str, size: int) -> Staged | None:
        """Go on with a temporary file after its first `size` bytes; None where it has not so many, or cannot grow."""
        with depot_errors(place):
            return self._files.resume(checked(place), size)

    def put(self, place: str, source: BinaryIO | Path, *, mode: int = 0o644) -> None:
        """Write a file as a whole; AlreadyThere when something lies at the place."""
        if isinstance(source, Path):
            with source.open("rb") as file:
                return self.put(place, file, mode=mode)
        with depot_errors(place):
            self._files.put(checked(place), source, mode)
        return None

    def move(self, place: str, to: str) -> None:
        """Give a file another place; AlreadyThere when something lies there, NotThere when the file is gone."""
        self.duplicate(place, to)
        self.remove(place)

    def duplicate(self, place: str, to: str) -> None:
        """Let a file lie at a second place too; the first half of a move that others may have begun."""
        checked(to)
        if not self.exists(place):
            raise NotThere(f"depot: nothing lies at {place}.")
        with depot_errors(to):
            self._files.duplicate(place, to)

    def remove(self, place: str) -> None:
        """Take a file away; nothing happens when it is gone already."""
        with depot_errors(place):
            self._files.remove(checked(place))

    def sync(self, folder: str = "") -> None:
        """Make the names in a folder lasting."""
        with depot_errors(folder or "the depot"):
            self._files.sync(checked(folder) if folder else "")

    def free_bytes(self) -> int | None:
        """Space left; None where the store does not tell."""
        with depot_errors("the depot"):
            return self._files.free_bytes()

    @contextmanager
    def local_copy(self, place: str) -> Iterator[Path]:
        """The file on this machine's own file system, for readers that need a path; not to be written to."""
        with depot_errors(place):
            path = self._files.local(checked(place))
        if path is not None:
            yield path
            return
        with scratch_errors(), self.open(place) as source, tempfile.NamedTemporaryFile(prefix="sync-") as copy:
            copyfileobj(source, copy, BLOCK)
            copy.flush()
            yield Path(copy.name)


def _digest(file: BinaryIO) -> str:
    digest = hashlib.sha256()
    while chunk := file.read(BLOCK):
        digest.update(chunk)
    return digest.hexdigest()


def _files(fs: AbstractFileSystem, root: str) -> Files:
    if isinstance(fs, LocalFileSystem):
        return LocalFiles(Path(fs._strip_protocol(root)))
    return ObjectFiles(fs, fs._strip_protocol(root))


def folder_of(place: str) -> str:
    """The folder a place lies in; empty for the root."""
    parent = str(PurePosixPath(place).parent)
    return "" if parent == "." else parent
