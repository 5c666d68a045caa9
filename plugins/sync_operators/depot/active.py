"""Which waiting files a command takes, by its setting (spec: the active file of each command)."""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from sync_operators.codes import Fault
from sync_operators.depot.names import input_name, is_product, is_reserved, is_undo, place_of

if TYPE_CHECKING:
    from sync_operators.ledger.files import FileVersion

_PATTERN_CHARACTERS = frozenset("*?[")
_OLD_FOLDER = "sync/"
_UNDO_NAME = "undo_"
_REASONS = ".why.csv"


@dataclass(frozen=True, slots=True)
class Active:
    """Files in the order in which they are to be run, with what is to be said about the setting."""

    files: "tuple[FileVersion, ...]"
    warnings: tuple[Fault, ...] = ()


def active_files(setting: str, waiting: "Sequence[FileVersion]") -> Active:
    """Every waiting file that the setting names: in the order of its list, then by name, then by arrival.

    A setting is a place, with or without a leading slash, a shell pattern in one folder, or a comma list of them.
    Files that wait behind another of their name or are still being put there are not in it, nor are those in our own
    folders. A tryback that somebody has dropped again under its own name counts as its input would.
    """
    wanted = [part.strip() for part in setting.split(",") if part.strip()]
    candidates = _in_place(waiting)
    found = {version.id: version for part in wanted for version in _matching(part, candidates)}
    warnings = tuple(_deprecated(part) for part in wanted if _is_old(part))
    return Active(tuple(found.values()), warnings)


def explicit_file(asked: str, waiting: "Sequence[FileVersion]") -> Active:
    """The one waiting file that somebody asked for: by its place, or by its name in the drop.

    Asking by name may give a product too (a mended tryback), but nothing in a folder of ours but an undo file.
    """
    place = _plain(asked)
    found = [version for version in waiting if _may_be_asked(version) and _is_asked(version, place)]
    warnings = (_deprecated(asked),) if _is_old(asked) else ()
    return Active(tuple(sorted(found, key=lambda version: version.arrival_no)[:1]), warnings)


def names(setting: str, place: str) -> bool:
    """Whether a setting would ever take the file at that place."""
    return part_for(setting, place) is not None


def part_for(setting: str, place: str) -> str | None:
    """The part of a setting, a place or a pattern, that would take the file at that place."""
    if is_reserved(place):
        return None
    wanted = (part.strip() for part in setting.split(",") if part.strip())
    return next((part for part in wanted if _fits(part, place)), None)


def _in_place(waiting: "Iterable[FileVersion]") -> "list[FileVersion]":
    return [version for version in waiting if _is_in_place(version)]


def _is_in_place(version: "FileVersion") -> bool:
    # Those that wait behind another of their name lie in a folder of ours.
    return version.place is not None and version.moving_to is None and not is_reserved(version.place)


def _may_be_asked(version: "FileVersion") -> bool:
    return _is_in_place(version) or (version.moving_to is None and is_undo(version.place))


def _matching(part: str, candidates: "Iterable[FileVersion]") -> "list[FileVersion]":
    found = [version for version in candidates if _fits(part, place_of(version.folder, version.name))]
    return sorted(found, key=lambda version: (version.name.encode(), version.arrival_no))


def _fits(part: str, place: str) -> bool:
    if is_product(place):
        place = _as_input(place)
        if not place:
            return False
    wanted, there = _plain(part), _composed(place)
    if wanted == there:
        return True
    folder, _, pattern = wanted.rpartition("/")
    in_folder, _, name = there.rpartition("/")
    return bool(_PATTERN_CHARACTERS & set(pattern)) and folder == in_folder and fnmatchcase(name, pattern)


def _as_input(place: str) -> str:
    """The place that the input of a product had in this folder; empty where no tryback is called so."""
    folder, _, name = place.rpartition("/")
    name = input_name(name)
    # An undo file is only ever run when somebody asks for it; reasons are no rows.
    return "" if name.startswith(_UNDO_NAME) or name.endswith(_REASONS) else place_of(folder, name)


def _is_asked(version: "FileVersion", place: str) -> bool:
    if _composed(place_of(version.folder, version.name)) == place:
        return True
    return not version.folder and version.origin == "drop" and version.origin_name == place.encode()


def _is_old(part: str) -> bool:
    return part.strip().lstrip("/").startswith(_OLD_FOLDER)


def _plain(part: str) -> str:
    return _composed(part.strip().lstrip("/").removeprefix(_OLD_FOLDER))


def _composed(text: str) -> str:
    # A Mac writes `é` as two characters, everybody else as one; whoever types a setting cannot know which.
    return unicodedata.normalize("NFC", text)


def _deprecated(part: str) -> Fault:
    return Fault("warn_deprecated_path", {"value": part.strip()})
