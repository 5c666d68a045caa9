"""What a run reads: a version in the depot, for a simulation a file that lies elsewhere and stays there, or a list."""

import hashlib
import io
import json
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from sqlalchemy import Connection

from sync_operators.codes import Fault
from sync_operators.depot.active import explicit_file
from sync_operators.depot.names import is_reserved
from sync_operators.depot.versions import candidates
from sync_operators.errors import FileRefused, WorldError
from sync_operators.ledger import files, runs
from sync_operators.ledger.files import FileVersion
from sync_operators.ledger.runs import Run
from sync_operators.plans.request import Request
from sync_operators.plans.workplace import Workplace
from sync_operators.tools.tool import Tool

_PREFIX = "input_"
_ASKED, _LISTED = f"{_PREFIX}asked", f"{_PREFIX}listed"
TRYBACK_OF, REPAIR = f"{_PREFIX}tryback_of", f"{_PREFIX}repair"


class FileChanged(WorldError):
    """What lies in the depot is not what was captured."""

    code = "error_depot"

    def __init__(self, place: str) -> None:
        super().__init__(
            f"{place} in the depot is no longer the file that was captured: its checksum differs.",
            remedy="Nothing more is sent for it. The next run takes what lies there now as a new version; if that is "
            "wrong, put the captured file back.",
        )


@dataclass(frozen=True, slots=True)
class Input:
    """What a run's file is called and holds; all None for a run without one."""

    name: str | None = None
    sha256: str | None = None
    bytes: int | None = None
    dialect: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Loose:
    """A file that the ledger does not know, as a simulation reads it."""

    name: str
    sha256: str
    bytes: int
    opener: Callable[[], BinaryIO]

    def as_args(self) -> dict[str, str]:
        """How a run remembers it."""
        return _as_args(name=self.name, sha256=self.sha256, bytes=self.bytes)


def input_of(tx: Connection, run: Run) -> Input:
    """The file of a run, from the ledger alone."""
    told = {name: json.loads(run.args[_PREFIX + name]) for name in Input.__slots__ if _PREFIX + name in run.args}
    if not run.file_id:
        return Input(**told)
    version = files.get(tx, run.file_id)
    return Input(version.name, version.sha256, version.bytes, told.get("dialect", version.dialect))


def with_input(run: Run, args: Mapping[str, str]) -> dict[str, str]:
    """Arguments of a message, beside what the run remembers of a file that the ledger does not know."""
    return {name: value for name, value in run.args.items() if name.startswith(_PREFIX)} | dict(args)


def without_input(args: Mapping[str, str]) -> dict[str, str]:
    """The arguments of a run's message alone."""
    return {name: value for name, value in args.items() if not name.startswith(_PREFIX)}


def dialect_args(dialect: Mapping[str, Any]) -> dict[str, str]:
    """How a simulation remembers the dialect: the file's own row in the ledger stays as it was."""
    return _as_args(dialect=dict(dialect))


def asked_args(asked: Mapping[str, Any]) -> dict[str, str]:
    """How a run remembers the settings it was asked for."""
    return _as_args(asked=dict(asked)) if asked else {}


def tryback_args(run_id: str) -> dict[str, str]:
    """How a run remembers whose refused rows its file holds."""
    return _as_args(tryback_of=run_id)


def repair_args() -> dict[str, str]:
    """How a run remembers that its file is a repair file."""
    return _as_args(repair=True)


def asked_of(run: Run) -> dict[str, Any]:
    """The settings that a run was asked for, beside those of the site."""
    return dict(json.loads(run.args.get(_ASKED, "{}")))


def listing_opener(work: Workplace, run: Run, its_tool: Tool) -> Callable[[], BinaryIO]:
    """Opens what a run without a file works through: listed once, so that a plan made again is of the same rows."""
    listed = run.args.get(_LISTED)
    if listed is None and its_tool.lists:
        listed = its_tool.lists(work.tool_settings(run.command, asked_of(run)), work.reader).as_text()
        with work.ledger.write() as tx:
            runs.change(tx, run.id, args=with_input(run, {_LISTED: listed}))
    content = (listed or "").encode()
    return lambda: io.BytesIO(content)


def opener_of(work: Workplace, version: FileVersion) -> Callable[[], BinaryIO]:
    """Opens the captured file; FileRefused when it is gone, FileChanged when it is another now."""
    place = version.place
    if place is None or not work.depot.exists(place):
        raise FileRefused(Fault("error_no_file", {"name": version.name}))
    check(work, version)
    return lambda: work.depot.open(place)


def check(work: Workplace, version: FileVersion) -> None:
    """Make sure that the depot still has what was captured: what is run is what is archived."""
    if version.place is not None and work.depot.sha256(version.place) != version.sha256:
        raise FileChanged(version.place)


@contextmanager
def loose_file(work: Workplace, request: Request) -> Iterator[Loose | None]:
    """The file that a simulation asks for, when only depot or drop have it: read from there, left there."""
    name = (request.file or "").lstrip("/")
    if not request.simulate or not name or _is_known(work, name):
        yield None
        return
    with tempfile.NamedTemporaryFile(prefix="sync-") as copy:
        yield _in_depot(work, name) or _in_drop(work, name, copy)


def _is_known(work: Workplace, name: str) -> bool:
    with work.ledger.read() as tx:
        return bool(explicit_file(name, [*files.live(tx), *candidates(tx)]).files)


def _in_depot(work: Workplace, name: str) -> Loose | None:
    """A file that somebody put there by hand, and that no run has met yet."""
    if is_reserved(name) or not work.depot.exists(name):
        return None
    return Loose(name.rpartition("/")[2], work.depot.sha256(name), work.depot.size(name), lambda: work.depot.open(name))


def _in_drop(work: Workplace, name: str, copy: Any) -> Loose | None:
    if work.fetch is None or "/" in name or not work.fetch(name, copy):
        return None
    copy.flush()
    path = Path(copy.name)
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    return Loose(name, sha256, path.stat().st_size, lambda: path.open("rb"))


def _as_args(**values: Any) -> dict[str, str]:
    return {_PREFIX + name: json.dumps(value) for name, value in values.items()}
