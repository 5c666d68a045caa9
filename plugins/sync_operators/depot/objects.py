"""The depot on an object store: a file is there when it was written whole, a move is a copy."""

import secrets
from datetime import datetime
from pathlib import Path
from shutil import copyfileobj
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from sync_operators.depot.files import BLOCK, Entry
from sync_operators.depot.names import TEMPORARY

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem


class ObjectFiles:
    """Objects below a prefix of any fsspec file system; there are no modes and nothing to fsync."""

    atomic = False

    def __init__(self, fs: "AbstractFileSystem", root: str) -> None:
        self._fs = fs
        self._root = root.rstrip("/")

    def open(self, place: str) -> BinaryIO:
        """The object's bytes."""
        return cast("BinaryIO", self._fs.open(self._path(place), "rb"))

    def entry(self, place: str) -> Entry | None:
        """What lies at the place."""
        # Another process may have written since: listings that fsspec remembers would hide it.
        self._fs.invalidate_cache()
        try:
            return _entry(self._fs.info(self._path(place)))
        except FileNotFoundError:
            return None

    def listing(self, folder: str) -> list[Entry]:
        """Objects and prefixes."""
        self._fs.invalidate_cache()
        try:
            found = self._fs.ls(self._path(folder), detail=True)
        except (FileNotFoundError, NotADirectoryError):
            return []
        return [entry for entry in map(_entry, found) if entry.name]

    def stage(self, near: str, mode: int) -> "ObjectStaged":  # noqa: ARG002  (objects have no mode)
        """Begin an object under a temporary name."""
        folder = near.rpartition("/")[0]
        place = f"{folder}/{TEMPORARY}{secrets.token_hex(8)}".lstrip("/")
        self._make_folder(place)
        return ObjectStaged(self._fs, self._path(place), place)

    def resume(self, place: str, size: int) -> None:
        """Objects cannot be added to."""

    def put(self, place: str, source: BinaryIO, mode: int) -> None:  # noqa: ARG002  (objects have no mode)
        """Write the object where none lies."""
        self._refuse_taken(place)
        self._make_folder(place)
        with self._fs.open(self._path(place), "wb") as file:
            copyfileobj(source, file, BLOCK)

    def duplicate(self, place: str, to: str) -> None:
        """Copy within the store, where nothing lies."""
        self._refuse_taken(to)
        self._make_folder(to)
        self._fs.cp_file(self._path(place), self._path(to))

    def remove(self, place: str) -> None:
        """Take an object away, if it is there."""
        if self.entry(place) is not None:
            self._fs.rm_file(self._path(place))

    def sync(self, folder: str) -> None:
        """Objects are lasting once written."""

    def free_bytes(self) -> int | None:
        """Object stores do not tell."""
        return None

    def local(self, place: str) -> Path | None:  # noqa: ARG002  (never on this machine)
        """No object lies on this machine."""
        return None

    def _refuse_taken(self, place: str) -> None:
        if self.entry(place) is not None:
            raise FileExistsError(place)

    def _make_folder(self, place: str) -> None:
        # Not below a bucket: `makedirs` would try to make the bucket itself.
        if not self._fs.exists(self._parent(place)):
            self._fs.makedirs(self._parent(place), exist_ok=True)

    def _parent(self, place: str) -> str:
        return self._path(place).rpartition("/")[0]

    def _path(self, place: str) -> str:
        return f"{self._root}/{place}".rstrip("/")


class ObjectStaged:
    """An object being written; it exists once closed."""

    def __init__(self, fs: "AbstractFileSystem", path: str, place: str) -> None:
        self.place = place
        self._fs = fs
        self._path = path
        self._file = fs.open(path, "wb")

    def write(self, chunk: bytes) -> None:
        """Add to its end."""
        self._file.write(chunk)

    def flush(self) -> None:
        """Objects are lasting once whole."""

    def close(self) -> None:
        """Make it complete and lasting."""
        self._file.close()

    def discard(self) -> None:
        """Take it away, complete or not."""
        self._file.close()
        if self._fs.exists(self._path):
            self._fs.rm_file(self._path)


def _entry(info: dict[str, Any]) -> Entry:
    name = str(info["name"]).rstrip("/").rpartition("/")[2]
    return Entry(name, info["type"] == "directory", int(info.get("size") or 0), _changed(info))


def _changed(info: dict[str, Any]) -> float:
    told = info.get("LastModified") or info.get("last_modified") or info.get("mtime") or info.get("created") or 0.0
    return told.timestamp() if isinstance(told, datetime) else float(told)
