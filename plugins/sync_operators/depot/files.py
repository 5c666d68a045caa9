"""What the depot asks of a file system, whatever its kind."""

from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Entry:
    """A file or folder as a listing shows it; `changed` is when its content or name last changed, in Unix seconds."""

    name: str
    is_folder: bool
    size: int
    changed: float


class Staged(Protocol):
    """A file being written under a temporary name, at `place`."""

    place: str

    def write(self, chunk: bytes, /) -> None:
        """Add to its end."""

    def flush(self) -> None:
        """Make lasting what it holds so far."""

    def close(self) -> None:
        """Make it complete and lasting."""

    def discard(self) -> None:
        """Take it away, complete or not."""


class Files(Protocol):
    """A kind of file system; the depot has checked every place before."""

    atomic: bool

    def open(self, place: str) -> BinaryIO:
        """The file's bytes."""

    def entry(self, place: str) -> Entry | None:
        """What lies at the place, a link too."""

    def listing(self, folder: str) -> list[Entry]:
        """Files and folders; none of a missing folder."""

    def stage(self, near: str, mode: int) -> Staged:
        """Begin a temporary file in the folder of `near`."""

    def resume(self, place: str, size: int) -> Staged | None:
        """Go on with a temporary file after so many bytes, where files can be added to and it has them."""

    def put(self, place: str, source: BinaryIO, mode: int) -> None:
        """Write a whole file where nothing lies."""

    def duplicate(self, place: str, to: str) -> None:
        """Let a file lie at a second place too, where nothing lies."""

    def remove(self, place: str) -> None:
        """Take a file away, if it is there."""

    def sync(self, folder: str) -> None:
        """Make a folder's names lasting."""

    def free_bytes(self) -> int | None:
        """Space left, if known."""

    def local(self, place: str) -> Path | None:
        """The file's path on this machine, if it has one."""
