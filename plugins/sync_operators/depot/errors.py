"""What can go wrong with the depot.

DepotError            the depot cannot be used: try later
├── OutsideDepot      a place that would leave the depot; nothing was touched
├── AlreadyThere      something lies at the place; it is never replaced
├── NotThere          nothing lies at the place
├── Managed           the place is in a folder of ours; people change nothing there
├── InUse             a run has the file in its hands
├── BadName           a name that no file or folder can have
├── TooLarge          more bytes, or files, than are taken at once
├── DepotFull         no space left
└── ScratchFull       no space left for what is made on this machine before it goes into the depot
"""

import errno
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from sync_operators.errors import WorldError


class DepotError(WorldError):
    """The depot cannot be used now."""

    code = "error_depot"


class OutsideDepot(DepotError):
    """A place that would leave the depot."""


class AlreadyThere(DepotError):
    """Something lies at the place already, and nothing is ever replaced."""


class NotThere(DepotError):
    """Nothing lies at the place."""


class Managed(DepotError):
    """The place is in a folder of ours: people change nothing there."""


class InUse(DepotError):
    """A run has the file in its hands."""


class BadName(DepotError):
    """A name that no file or folder of the depot can have."""


class TooLarge(DepotError):
    """More bytes, or more files, than are taken at once."""


class DepotFull(DepotError):
    """No space is left for a file."""


class ScratchFull(DepotError):
    """No space is left for temporary files of this machine."""

    def __init__(self) -> None:
        super().__init__(
            f"{tempfile.gettempdir()}: no space left for temporary files.",
            remedy="Free space there, or name another folder in the variable `TMPDIR`, then run again.",
        )


_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


@contextmanager
def depot_errors(place: str) -> Iterator[None]:
    """Turn what the file system says about `place` into ours."""
    try:
        yield
    except FileNotFoundError as exc:
        raise NotThere(f"depot: nothing lies at {place}.") from exc
    except FileExistsError as exc:
        raise AlreadyThere(f"depot: something lies at {place} already.") from exc
    except OSError as exc:
        raise _from_system(place, exc) from exc


@contextmanager
def scratch_errors() -> Iterator[None]:
    """Say that there is no space for temporary files; what else the system says goes through."""
    try:
        yield
    except OSError as exc:
        if exc.errno not in _FULL:
            raise
        raise ScratchFull from exc
    except sqlite3.OperationalError as exc:
        # Of a database of its own in a temporary file; what the ledger says has its own words by now.
        if exc.sqlite_errorcode != sqlite3.SQLITE_FULL:
            raise
        raise ScratchFull from exc


def _from_system(place: str, exc: OSError) -> DepotError:
    if exc.errno in _FULL:
        return DepotFull(f"depot: no space left for {place}.", remedy="Free space in the depot, then run again.")
    return DepotError(
        f"depot: {place}: {exc.strerror or exc}.",
        remedy="See that the depot is mounted, and that Airflow's account may read and write in it.",
    )
