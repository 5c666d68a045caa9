"""Names in the depot: safe ones for what is dropped, lasting ones for what we make."""

import hashlib
import re
import unicodedata
from pathlib import PurePosixPath

RESERVED = frozenset({"archives", "reports", "quarantine", "tryback", "undo", ".queued", ".ledger"})
"""Folders of the depot that are ours; every other folder is people's own."""

QUEUED = ".queued"
UNDO = "undo"
TEMPORARY = ".tmp-"

# A product's name adds a run id of 24 characters and a suffix, and file systems stop at 255 bytes.
_LONGEST_NAME = 200
_LONGEST_FILE_NAME = 255
# The shortest limit of the stores we know: an object's key on S3.
_LONGEST_PLACE = 1024
_JOINERS = "\u200c\u200d"
_UNSAFE_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
# A sentence with a full stop in it has no extension.
_EXTENSION = re.compile(r"(?<=.)\.[A-Za-z0-9]{1,16}$", re.DOTALL)
# Windows has them in every folder, and drops a full stop at the end: a depot on a share would lose such files.
_DEVICE = re.compile(r"(?:con|prn|aux|nul|com[0-9]|lpt[0-9])\s*(?:\.|$)", re.IGNORECASE)
_RUN_ID = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{6}_.", re.DOTALL)


def safe_name(raw: bytes) -> tuple[str, bool]:
    """The name under which a dropped file is kept, and whether it is another than the file's own.

    A changed name ends in the checksum of the original, so that two originals never share one.
    """
    clean = _clean(raw)
    if clean.encode("utf-8", "surrogatepass") == raw and len(raw) <= _LONGEST_NAME and not _is_ours(clean):
        return clean, False
    return _marked(clean, raw, _LONGEST_NAME), True


def _clean(raw: bytes) -> str:
    text = raw.decode("utf-8", "replace").replace("\ufffd", "_") if not _is_utf8(raw) else raw.decode("utf-8")
    text = "".join("_" if _is_unsafe(char) else char for char in text).strip().rstrip(" .")
    if _DEVICE.match(text):
        return "_" + text
    return "_" + text[1:] if text.startswith(".") else text or "_"


def _is_utf8(raw: bytes) -> bool:
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _is_unsafe(char: str) -> bool:
    # Joiners hold emoji and Persian words together; every other invisible character can hide what a name is.
    return char in "/\\" or (char not in _JOINERS and unicodedata.category(char) in _UNSAFE_CATEGORIES)


def _is_ours(name: str) -> bool:
    # A file system may ignore letter case: `Archives` would then be our folder too.
    return name.casefold() in RESERVED


def _marked(name: str, original: bytes, limit: int) -> str:
    mark = "-" + hashlib.sha256(original).hexdigest()[:8]
    stem, extension = split_name(name)
    return _cut(stem, limit - len(mark) - len(extension)).rstrip() + mark + extension


def _cut(text: str, limit: int) -> str:
    return text.encode()[:limit].decode("utf-8", "ignore")


def split_name(name: str) -> tuple[str, str]:
    """Stem and extension (with its dot) of a file's name."""
    found = _EXTENSION.search(name)
    return (name[: found.start()], found.group()) if found else (name, "")


def product(kind: str, run_id: str, folder: str, name: str, suffix: str = "") -> str:
    """The place of what a run makes of an input, like `archives/2026/11/<run id>_userimport.csv`.

    The input's own folder is kept below the month; `suffix` takes the place of the extension.
    """
    file_name = f"{run_id}_{_with_suffix(name, suffix, _LONGEST_FILE_NAME - len(run_id) - 1)}"
    month = f"{kind}/{run_id[:4]}/{run_id[4:6]}"
    return _joined(month, _short_folder(folder, _LONGEST_PLACE - len(f"{month}//{file_name}".encode())), file_name)


def _with_suffix(name: str, suffix: str, limit: int) -> str:
    wanted = split_name(name)[0] + suffix if suffix else name
    if len(wanted.encode()) <= limit:
        return wanted
    stem = _marked(split_name(name)[0], name.encode(), limit - len(suffix or split_name(name)[1]))
    return stem + (suffix or split_name(name)[1])


def _short_folder(folder: str, room: int) -> str:
    folder = folder.strip("/")
    return folder if len(folder.encode()) <= room else hashlib.sha256(folder.encode()).hexdigest()[:16]


def _joined(*parts: str) -> str:
    return "/".join(part for part in parts if part)


def place_of(folder: str, name: str) -> str:
    """Where the file of that folder and name lies when it is its turn."""
    return _joined(folder.strip("/"), name)


def queued(stamp: str, name: str) -> str:
    """Where a version waits behind another of its name; `stamp` keeps the versions apart."""
    return f"{QUEUED}/{stamp}_{name}"


def is_queued(place: str | None) -> bool:
    """Whether a version waits behind another of its name."""
    return place is not None and place.startswith(f"{QUEUED}/")


def is_product(place: str) -> bool:
    """Whether the name at that place begins with a run id, as only those of our products do."""
    return _RUN_ID.match(PurePosixPath(place).name) is not None


def run_of(name: str) -> str | None:
    """The id of the run that a product is named after; None for every other name."""
    return name.partition("_")[0] if is_product(name) else None


def input_name(name: str) -> str:
    """What the input was called that a product is made of, a product of a product too; other names as they are."""
    while is_product(name):
        name = name.partition("_")[2]
    return name


def is_undo(place: str | None) -> bool:
    """Whether an undo file lies at that place."""
    return place is not None and place.startswith(f"{UNDO}/")


def is_reserved(place: str) -> bool:
    """Whether a place lies in a folder of ours, or is hidden."""
    parts = PurePosixPath(place).parts
    return bool(parts) and (parts[0].casefold() in RESERVED or any(part.startswith(".") for part in parts))
