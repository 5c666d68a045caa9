"""Which command takes which file by itself, and which of them comes next."""

from collections.abc import Collection, Iterator, Mapping

from sqlalchemy import Connection, select

from sync_operators.depot.active import active_files, names
from sync_operators.ledger.files import FileState, FileVersion
from sync_operators.ledger.tables import files
from sync_operators.settings import COMMANDS, Settings

_LOOKED_AT = 200


def file_setting(settings: Settings, command: str) -> str:
    """What the settings say of the command's file; empty for one without."""
    return str(getattr(settings.section(command), "file", ""))


def feeds(settings: Settings, place: str) -> tuple[str, ...]:
    """The commands that take a file at that place."""
    return tuple(each for each in COMMANDS if names(file_setting(settings, each), place))


def runnable(settings: Settings, place: str) -> bool:
    """Whether some command takes a file at that place by itself."""
    return any(names(file_setting(settings, each), place) for each in COMMANDS)


def first_files(tx: Connection, settings: Settings, commands: Collection[str]) -> Mapping[str, int]:
    """The file that each command takes next, by its number; none for one that has nothing to do."""
    found = {}
    for command in commands:
        setting = file_setting(settings, command)
        active = active_files(setting, list(_candidates(tx, setting))).files
        if active:
            found[command] = active[0].id
    return found


def _candidates(tx: Connection, setting: str) -> Iterator[FileVersion]:
    """Waiting files that the setting may name; of a pattern those that begin like it, the first by name."""
    for part in setting.split(","):
        folder, _, name = part.strip().lstrip("/").removeprefix("sync/").rpartition("/")
        begin = name[: min((at for mark in "*?[" if (at := name.find(mark)) >= 0), default=len(name))]
        wanted = (
            select(files)
            .where(files.c.folder == folder, files.c.state == FileState.WAITING, files.c.name >= begin)
            .order_by(files.c.name, files.c.arrival_no)
            .limit(_LOOKED_AT)
        )
        yield from (FileVersion(**row._mapping) for row in tx.execute(wanted))
