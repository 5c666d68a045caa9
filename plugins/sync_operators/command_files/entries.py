"""What the entries of a zip archive are called, and which of them nobody should unpack."""

import re
import stat
import unicodedata
from typing import Final
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipInfo

ABSOLUTE: Final = "its path begins at the root of a disk"
OUTSIDE: Final = "its path leads out of the archive"
SPECIAL: Final = "it is a link or another special file"
RATIO: Final = "it unpacks to far more than it takes"
TOO_LARGE: Final = "it is too large when unpacked"
PACKING: Final = "it is packed by a method that is not supported"

_UTF8_NAME: Final = 0x800
_DISK: Final = re.compile("[A-Za-z]:")
_JUNK: Final = frozenset({"thumbs.db", "desktop.ini"})
_SMALL: Final = 1024**2
"""A smaller entry may be as empty as it likes."""


def name_of(info: ZipInfo) -> str:
    """The whole name of an entry, with `/` between folders.

    Where it is not marked as UTF-8 it may be so all the same, whatever the format says; else it is in the letters of
    the first PCs, which have a character for every byte.
    """
    name = info.orig_filename
    if not info.flag_bits & _UTF8_NAME:
        raw = name.encode("cp437")
        try:
            name = raw.decode("utf-8")
        except UnicodeDecodeError:
            name = raw.decode("cp437")
    return unicodedata.normalize("NFC", name.replace("\\", "/"))


def stem_of(name: str) -> str:
    """The last part of a name without its extension; empty when it has none."""
    return name.rpartition("/")[2].rpartition(".")[0].strip()


def is_junk(name: str) -> bool:
    """Whether an entry is a by-product of the system that packed it, or has no extension."""
    *folders, last = name.split("/")
    return "__MACOSX" in folders or last.startswith(".") or last.lower() in _JUNK or not stem_of(name)


def why_unsafe(info: ZipInfo, *, largest: int, ratio: int) -> str:
    """Why an entry is not unpacked; empty when it may be. `largest` in bytes, `ratio` of unpacked to packed."""
    name, mode = name_of(info), info.external_attr >> 16
    checks = (
        (name.startswith("/") or _DISK.match(name), ABSOLUTE),
        (".." in name.split("/") or "\0" in name, OUTSIDE),
        (stat.S_IFMT(mode) not in {0, stat.S_IFREG, stat.S_IFDIR}, SPECIAL),
        (info.file_size > max(_SMALL, ratio * info.compress_size), RATIO),
        (info.file_size > largest, TOO_LARGE),
        (info.compress_type not in {ZIP_STORED, ZIP_DEFLATED}, PACKING),
    )
    return next((reason for holds, reason in checks if holds), "")
