"""The depot on a file system of this machine: temporary name, fsync, then the name."""

import contextlib
import errno
import os
import secrets
import shutil
import stat
from functools import cached_property
from pathlib import Path
from typing import BinaryIO

from sync_operators.depot.errors import OutsideDepot
from sync_operators.depot.files import BLOCK, Entry
from sync_operators.depot.names import TEMPORARY

# What link() says where there are no hard links (exFAT, some network mounts), or none between two mounts.
_NO_LINKS = frozenset({errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK, errno.EXDEV})


class LocalFiles:
    """Files below a root folder, made when first written to; links are never followed out of it."""

    atomic = True

    def __init__(self, root: Path) -> None:
        self._root = root

    def open(self, place: str) -> BinaryIO:
        """The file's bytes; a link is no file of ours."""
        return os.fdopen(os.open(self._path(place), os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC), "rb")

    def entry(self, place: str) -> Entry | None:
        """What lies at the place, a link too."""
        path = self._path(place)
        try:
            return _entry(path.name, path.lstat())
        except (FileNotFoundError, NotADirectoryError):
            return None

    def listing(self, folder: str) -> list[Entry]:
        """Files and folders; links and special files are left out."""
        try:
            with os.scandir(self._path(folder) if folder else self._root) as found:
                return [_entry(item.name, item.stat(follow_symlinks=False)) for item in found if _is_plain(item)]
        except (FileNotFoundError, NotADirectoryError):
            return []

    def stage(self, near: str, mode: int) -> "LocalStaged":
        """Begin a temporary file in the folder of `near`, so that its last move stays in one file system."""
        folder = self._made(self._path(near).parent if near else self._root)
        path = folder / f"{TEMPORARY}{secrets.token_hex(8)}"
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        os.fchmod(descriptor, mode)
        return LocalStaged(path, path.relative_to(self._root).as_posix(), descriptor)

    def resume(self, place: str, size: int) -> "LocalStaged | None":
        """Go on with a temporary file after its first `size` bytes, if it has them."""
        entry, path = self.entry(place), self._path(place)
        if entry is None or entry.is_folder or entry.size < size:
            return None
        descriptor = os.open(path, os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        os.ftruncate(descriptor, size)
        os.lseek(descriptor, size, os.SEEK_SET)
        return LocalStaged(path, place, descriptor)

    def put(self, place: str, source: BinaryIO, mode: int) -> None:
        """Write under a temporary name, then give it its own; a half file never has that."""
        if self.entry(place) is not None:
            raise FileExistsError(place)
        staged = self.stage(place, mode)
        try:
            while chunk := source.read(BLOCK):
                staged.write(chunk)
            staged.close()
            self._name(staged.place, place)
            self.sync(place.rpartition("/")[0])
        finally:
            staged.discard()

    def duplicate(self, place: str, to: str) -> None:
        """Link: unlike a rename, this never replaces what somebody put there meanwhile."""
        source, target = self._path(place), self._path(to)
        self._made(target.parent)
        try:
            os.link(source, target, follow_symlinks=False)
        except OSError as exc:
            if exc.errno not in _NO_LINKS:
                raise
            self._copy(source, to)

    def _copy(self, source: Path, to: str) -> None:
        with source.open("rb") as file:
            self.put(to, file, stat.S_IMODE(source.lstat().st_mode))

    def _name(self, staged: str, place: str) -> None:
        """Give a temporary file its name."""
        source, target = self._path(staged), self._path(place)
        try:
            os.link(source, target, follow_symlinks=False)
        except OSError as exc:
            if exc.errno not in _NO_LINKS:
                raise
            _rename(source, target)

    def remove(self, place: str) -> None:
        """Take a file away, if it is there."""
        self._path(place).unlink(missing_ok=True)

    def sync(self, folder: str) -> None:
        """Make a folder's names lasting."""
        _sync(self._path(folder) if folder else self._root)

    def free_bytes(self) -> int | None:
        """Space left for us on the root's file system."""
        return shutil.disk_usage(self._made(self._root)).free

    def local(self, place: str) -> Path | None:
        """The file's own path."""
        path = self._path(place)
        if not stat.S_ISREG(path.lstat().st_mode):
            raise FileNotFoundError(place)
        return path

    @cached_property
    def _real_root(self) -> Path:
        return self._root.resolve()

    def _path(self, place: str) -> Path:
        path = self._root / place
        if path.parent != self._root and not path.parent.resolve().is_relative_to(self._real_root):
            raise OutsideDepot(f"depot: a link leads {place} out of the depot.", remedy="Take the link away.")
        return path

    def _made(self, folder: Path) -> Path:
        if not folder.is_dir():
            folder.mkdir(parents=True, exist_ok=True)
            _sync(folder.parent)
        return folder


class LocalStaged:
    """A temporary file; its bytes are on the disk when `close` returns."""

    def __init__(self, path: Path, place: str, descriptor: int) -> None:
        self.place = place
        self._path = path
        self._file = os.fdopen(descriptor, "wb", buffering=0)

    def write(self, chunk: bytes) -> None:
        """Add to its end."""
        view = memoryview(chunk)
        while view:
            view = view[self._file.write(view) :]

    def flush(self) -> None:
        """Make lasting what it holds so far."""
        os.fsync(self._file.fileno())

    def close(self) -> None:
        """Make it complete and lasting."""
        if not self._file.closed:
            os.fsync(self._file.fileno())
            self._file.close()

    def discard(self) -> None:
        """Take it away, complete or not; nothing happens once it has its name."""
        with contextlib.suppress(OSError):
            self._file.close()
        self._path.unlink(missing_ok=True)


def _rename(source: Path, target: Path) -> None:
    # Without links there is no atomic way; the moment between look and rename is the smallest to be had.
    if os.path.lexists(target):
        raise FileExistsError(target)
    source.rename(target)


def _entry(name: str, status: os.stat_result) -> Entry:
    return Entry(name, stat.S_ISDIR(status.st_mode), status.st_size, max(status.st_ctime, status.st_mtime))


def _is_plain(item: "os.DirEntry[str]") -> bool:
    return item.is_file(follow_symlinks=False) or item.is_dir(follow_symlinks=False)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
