"""Tells files that are no text by their first bytes."""

import re
from typing import Final

from sync_operators.codes import Fault
from sync_operators.errors import FileRefused

_MAGIC: Final = (
    (b"PK\x05\x06", "an empty zip archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"\xfd7zXZ\x00", "an xz archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"Rar!\x1a\x07", "a RAR archive"),
    (b"\x28\xb5\x2f\xfd", "a Zstandard archive"),
    (b"%PDF-", "a PDF document"),
    (b"{\\rtf", "an RTF document"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Office document (XLS, DOC)"),
    (b"\x89PNG\r\n\x1a\n", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF87a", "a GIF image"),
    (b"GIF89a", "a GIF image"),
    (b"SQLite format 3\x00", "a SQLite database"),
    (b"PAR1", "a Parquet file"),
    (b"\x7fELF", "a program"),
)
_MARKUP: Final = (
    (re.compile(rb"<(!doctype\s+html|html|head|body|!--)", re.IGNORECASE), "an HTML page"),
    (re.compile(rb"<\?xml|<[a-z][a-z0-9:]*[ >/]", re.IGNORECASE), "an XML document"),
    (re.compile(rb'\{\s*"[^"]*"\s*:|\[\s*\{'), "a JSON document"),
)
_CONTROLS: Final = bytes(set(range(32)) - set(b"\t\n\r\x0c\x1a\x1b"))
_ENOUGH = 512


def refuse_other_formats(head: bytes, *, wide: bool) -> None:
    """Refuse what is no text by its first bytes; `wide` tells that the NULs are those of UTF-16."""
    what = _magic(head) or _markup(head) or ("" if wide else _binary(head))
    if what:
        raise FileRefused(Fault("error_not_a_command_file", {"what": what}))


def _magic(head: bytes) -> str:
    if head.startswith(b"PK\x03\x04"):
        return _zip(head)
    return next((what for magic, what in _MAGIC if head.startswith(magic)), "")


def _zip(head: bytes) -> str:
    if b"[Content_Types].xml" in head or b"xl/" in head:
        return "an Excel workbook (XLSX)"
    if b"opendocument.spreadsheet" in head:
        return "an OpenDocument spreadsheet (ODS)"
    return "a zip archive"


def _markup(head: bytes) -> str:
    # Without BOM and NULs, so that UTF-16 pages are found by the same patterns.
    text = head.lstrip(b"\xef\xbb\xbf\xff\xfe").replace(b"\0", b"").lstrip()
    return next((what for pattern, what in _MARKUP if pattern.match(text)), "")


def _binary(head: bytes) -> str:
    controls = len(head) - len(head.translate(None, _CONTROLS))
    # One stray NUL spoils one row, not the file: only a large share of them in a fair sample proves anything.
    return "binary data" if len(head) >= _ENOUGH and controls * 10 > len(head) else ""
