"""What people do with files and folders of the depot: new folder, rename, move, delete; each with who did it.

Folders of ours refuse every write, and a file that a run has in its hands stays as it is.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from sync_operators.depot.errors import AlreadyThere, BadName, InUse, Managed, NotThere, TooLarge
from sync_operators.depot.moving import Custody, arrive, put_there
from sync_operators.depot.names import RESERVED, is_queued, is_reserved, place_of, safe_name
from sync_operators.depot.queueing import promote
from sync_operators.depot.storage import Depot
from sync_operators.depot.versions import AT_REST, claimed, locked
from sync_operators.ledger import Ledger, events, files, folders, runs
from sync_operators.ledger.files import FileState, FileVersion
from sync_operators.ledger.tables import files as table

log = logging.getLogger(__name__)

HERE = (FileState.WAITING, FileState.QUEUED, FileState.BUNDLED, FileState.RUNNING, FileState.HELD, FileState.STORED)
"""States of files that lie, or wait for their turn, in the folder that is theirs."""
AT_ONCE = 1000
"""Files of a folder that is moved or deleted, at most: each takes a transaction of its own."""
_FREE = (*AT_REST, FileState.QUEUED)
_LONGEST = 800


@dataclass(frozen=True, slots=True)
class Desk:
    """One person at the depot; `runnable` tells of a place whether some command would take a file there."""

    ledger: Ledger
    depot: Depot
    runnable: Callable[[str], bool]
    who: str
    clock: Callable[[], datetime]

    def make_folder(self, folder: str, name: str) -> str:
        """Make a folder; gives its place. Raises AlreadyThere, BadName, Managed."""
        place = free_place(folder, name)
        with self.ledger.write() as tx:
            if is_folder(tx, place) or claimed(tx, place) is not None:
                raise AlreadyThere(f"depot: {place} is there already.")
            folders.add(tx, place, self.clock())
            self._tell_of_folder(tx, "folder_made", {"place": place})
        return place

    def move(self, file_id: int, folder: str, name: str | None = None) -> FileVersion:
        """Give a file another folder, or name, or both. Raises AlreadyThere, BadName, InUse, Managed, NotThere."""
        with self.ledger.write() as tx:
            former = self._free(tx, file_id)
            _refuse_unfinished(tx, former)
            to = free_place(folder, former.name if name is None else name)
            if to == former.place:
                return former
            current = self._announce(tx, former, to)
        self._put(former, current)
        with self.ledger.write() as tx:
            arrive(tx, self.depot, current, self._custody("renamed" if folder == former.folder else "moved"))
        self._promote(former)
        return current

    def delete(self, file_id: int) -> FileVersion:
        """Take a file away for good; its chain of custody stays. Raises InUse, Managed, NotThere."""
        with self.ledger.write() as tx:
            former = self._free(tx, file_id)
            files.change(tx, file_id, place=None, moving_to=None)
            files.set_state(tx, file_id, FileState.GONE, self.clock())
            detail = {"place": former.place, "bytes": former.bytes, "sha256": former.sha256}
            events.add(tx, "deleted", who=self.who, at=self.clock(), file_id=file_id, detail=detail)
            # Within the transaction: a file that lies there unknown would be adopted, and run.
            self.depot.remove(former.place or "")
        log.info("deleted: file=%r place=%s who=%r", former.name, former.place, self.who)
        self._promote(former)
        return former

    def move_folder(self, folder: str, to: str, name: str | None = None) -> str:
        """Give a folder another place with all that is in it; gives that place. Raises as `move` does, and TooLarge."""
        target = free_place(to, folder.rpartition("/")[2] if name is None else name)
        if target == folder:
            return folder
        if f"{target}/".startswith(f"{folder}/"):
            raise BadName(f"depot: {folder} cannot be put into itself.")
        inside = self._all_free(folder)
        with self.ledger.write() as tx:
            if is_folder(tx, target) or claimed(tx, target) is not None:
                raise AlreadyThere(f"depot: {target} is there already.")
            for each in [folder, *folders.below(tx, folder)]:
                folders.add(tx, target + each.removeprefix(folder), self.clock())
            self._tell_of_folder(tx, "folder_moved", {"from": folder, "to": target})
        for version in inside:
            self.move(version.id, target + version.folder.removeprefix(folder))
        with self.ledger.write() as tx:
            folders.forget(tx, folder)
        return target

    def delete_folder(self, folder: str) -> int:
        """Take a folder away with all that is in it; how many files. Raises InUse, Managed, NotThere, TooLarge."""
        inside = self._all_free(folder)
        # Behind one that goes another may move up: the queued ones first.
        for version in sorted(inside, key=lambda each: each.state != FileState.QUEUED):
            self.delete(version.id)
        with self.ledger.write() as tx:
            folders.forget(tx, folder)
            self._tell_of_folder(tx, "folder_deleted", {"place": folder, "files": len(inside)})
        return len(inside)

    def _all_free(self, folder: str) -> list[FileVersion]:
        """Everything in a folder, when all of it may be moved or deleted."""
        refuse_managed(folder)
        with self.ledger.read() as tx:
            inside = in_tree(tx, folder, AT_ONCE + 1)
            if not inside and not is_folder(tx, folder):
                raise NotThere(f"depot: there is no folder {folder}.")
            if len(inside) > AT_ONCE:
                raise TooLarge(f"depot: {folder} holds more than {AT_ONCE} files.")
            for version in inside:
                _refuse_busy(version)
                _refuse_unfinished(tx, version)
        return inside

    def _free(self, tx: Connection, file_id: int) -> FileVersion:
        version = locked(tx, file_id)
        if version.place is None:
            raise NotThere(f"depot: {version.name} is gone.")
        if not is_queued(version.place):
            refuse_managed(version.place)
        _refuse_busy(version)
        return version

    def _announce(self, tx: Connection, former: FileVersion, to: str) -> FileVersion:
        """Say where the file goes, under its new name: whoever finds the move begun ends it so."""
        folder, _, name = to.rpartition("/")
        if files.of_name(tx, folder, name) or claimed(tx, to) is not None or is_folder(tx, to):
            raise AlreadyThere(f"depot: {to} is there already.")
        files.change(tx, former.id, folder=folder, name=name, moving_to=to)
        files.set_state(tx, former.id, self._state(to), self.clock())
        return files.get(tx, former.id)

    def _put(self, former: FileVersion, current: FileVersion) -> None:
        try:
            put_there(self.depot, current)
        except AlreadyThere:
            # Somebody put a file there by hand meanwhile: all stays as it was.
            with self.ledger.write() as tx:
                files.change(tx, former.id, folder=former.folder, name=former.name, moving_to=None)
                files.set_state(tx, former.id, former.state, former.state_since)
            raise

    def _promote(self, former: FileVersion) -> None:
        promote(self.ledger, self.depot, former.folder, former.name, self._custody("moved"))

    def _state(self, place: str) -> FileState:
        return FileState.WAITING if self.runnable(place) else FileState.STORED

    def _custody(self, what: str) -> Custody:
        return Custody(self.who, self.clock(), what)

    def _tell_of_folder(self, tx: Connection, what: str, detail: dict[str, object]) -> None:
        log.info("%s: who=%r %s", what, self.who, detail)
        events.add(tx, what, who=self.who, at=self.clock(), detail=detail)


def free_place(folder: str, name: str) -> str:
    """The place of a name in a folder of people's own. Raises Managed for one of ours, BadName for no safe name."""
    place = place_of(folder, name)
    parts = [*folder.split("/"), name] if folder else [name]
    if place.partition("/")[0].casefold() in RESERVED:
        raise Managed(f"depot: {place} is kept by the system.")
    if any(safe_name(part.encode("utf-8", "surrogatepass")) != (part, False) for part in parts):
        raise BadName(f"depot: {name!r} is no name for a file or folder here.")
    if len(place.encode()) > _LONGEST:
        raise BadName(f"depot: {place!r} is too long.")
    return place


def refuse_managed(place: str) -> None:
    """Raise Managed for a place in a folder of ours."""
    if is_reserved(place):
        raise Managed(f"depot: {place} is kept by the system.")


def is_folder(tx: Connection, place: str) -> bool:
    """Whether there is a folder of that place, with or without a file."""
    return bool(folders.below(tx, place) or in_tree(tx, place, 1))


def in_tree(tx: Connection, folder: str, limit: int) -> list[FileVersion]:
    """Files of a folder and of those inside it, as many as are asked for at most."""
    inside = (table.c.folder == folder) | ((table.c.folder > f"{folder}/") & (table.c.folder < f"{folder}0"))
    wanted = select(table).where(inside, table.c.state.in_(HERE)).order_by(table.c.id).limit(limit)
    return [FileVersion(**row._mapping) for row in tx.execute(wanted)]


def _refuse_busy(version: FileVersion) -> None:
    if version.state not in _FREE or version.moving_to is not None:
        raise InUse(f"depot: {version.name} is {version.state}.")


def _refuse_unfinished(tx: Connection, version: FileVersion) -> None:
    run = runs.unfinished_for_file(tx, version.id)
    if run is not None:
        raise InUse(f"depot: run {run.id} of {version.name} has not ended ({run.state}).")
