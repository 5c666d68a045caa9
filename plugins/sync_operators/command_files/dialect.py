"""The dialect of a command file: found in the file or pinned by the settings, then recorded."""

import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import BinaryIO, Final

from sync_operators.codes import Fault
from sync_operators.command_files.blanks import BLANKS
from sync_operators.command_files.encodings import (
    Encoding,
    decode_errors,
    encoded,
    find_encoding,
    known_encoding,
    wide_pattern,
)
from sync_operators.command_files.formats import refuse_other_formats
from sync_operators.command_files.lines import text_of
from sync_operators.errors import ConfigurationError, FileRefused

OLD_COMMENTS: Final = "#([-/ "
"""What the Moodle plugin took for comments (`spec/depot.md` §8)."""

FOUND_SEPARATORS: Final = (";", ",", "\t")
PINNED_SEPARATORS: Final = (*FOUND_SEPARATORS, ":")
_HEAD: Final = 1 << 16
_HEADERLESS_SAMPLE: Final = 200
_QUOTED: Final = re.compile(r'"(?:[^"]|"")*"?')
# A header that is one column with one of these in it was written with another separator.
_OTHER_SEPARATORS: Final = (*PINNED_SEPARATORS, "|")


@dataclass(frozen=True, slots=True)
class DialectRules:
    """What the settings pin (section `dialect`); None is found in the file."""

    encoding: str | None = None
    separator: str | None = None
    comment: str = "#"
    max_field_bytes: int = 1 << 20
    old_comments: bool = False
    old_escapes: bool = False

    def __post_init__(self) -> None:
        if self.encoding is not None:
            object.__setattr__(self, "encoding", known_encoding(self.encoding))
        if self.separator not in (None, *PINNED_SEPARATORS):
            raise ConfigurationError(
                f"dialect.separator: `{self.separator}` cannot be used.", remedy="Use `;`, `,`, `:` or a tab."
            )

    @property
    def comment_marks(self) -> str:
        """The first characters that make a line a comment."""
        return self.comment + OLD_COMMENTS if self.old_comments else self.comment


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one command file is written."""

    encoding: str
    """`utf-8`, `utf-16-le`, `utf-16-be`, `windows-1252`, or what was pinned."""
    bom: bool
    separator: str
    line_end: str
    """`LF`, `CRLF`, `CR`, `mixed` or `none`, as the first 64 KiB show."""
    comment: str
    """The first characters that make a line a comment; empty when none does."""

    @property
    def bom_bytes(self) -> bytes:
        """The BOM as it stands in the file; empty without one."""
        return Encoding(self.encoding, self.bom).bom_bytes

    def encoded(self, text: str) -> bytes:
        """The original bytes of text of this file."""
        return encoded(text, self.encoding)

    def as_dict(self) -> dict[str, str | bool]:
        """The dialect as reports and the ledger keep it."""
        return {
            "encoding": self.encoding,
            "bom": self.bom,
            "separator": separator_name(self.separator),
            "line_end": self.line_end,
            "comment": self.comment,
        }


def find_dialect(opener: Callable[[], BinaryIO], rules: DialectRules, *, header: bool = True) -> Dialect:
    """The dialect of a file that `opener` opens for reading (seekable); FileRefused when it is no command file."""
    with opener() as stream:
        head = stream.read(_HEAD)
        _refuse_empty(head)
        refuse_other_formats(head, wide=bool(wide_pattern(head)) or head[:2] in (b"\xff\xfe", b"\xfe\xff"))
        encoding = find_encoding(stream, head, rules.encoding)
        lines = _content(text_of(stream, encoding, rules.max_field_bytes), rules.comment_marks)
        separator = _separator(lines, rules, header=header)
    end = _line_end(head.decode(encoding.name, decode_errors(encoding.name).replace("surrogatepass", "replace")))
    return Dialect(encoding.name, encoding.bom, separator, end, rules.comment_marks)


def _refuse_empty(head: bytes) -> None:
    if not head:
        raise empty("no byte at all")
    if head in (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff"):
        raise empty("a byte order mark only")


def empty(what: str) -> FileRefused:
    """The refusal of a file without rows."""
    return FileRefused(Fault("error_empty_file", {"what": what}))


def _content(text: io.TextIOWrapper, marks: str) -> Iterator[str]:
    """The lines that are neither blank nor comments, each without its line end."""
    for line in text:
        if line[0] not in marks and line.strip(BLANKS):
            yield line.rstrip("\r\n")


def _separator(lines: Iterator[str], rules: DialectRules, *, header: bool) -> str:
    first = next(lines, None)
    if first is None:
        raise empty("comments and blank lines only")
    if header:
        return _of_header(first, rules.separator)
    return rules.separator or _most_used([first, *islice(lines, _HEADERLESS_SAMPLE)])


def _of_header(line: str, pinned: str | None) -> str:
    separator = pinned or _most_used([line])
    names = _QUOTED.sub("", line)
    others = [other for other in _OTHER_SEPARATORS if other in names]
    if separator not in names and others:
        expected = (pinned,) if pinned else FOUND_SEPARATORS
        args = {"found": separator_name(others[0]), "expected": " ".join(map(separator_name, expected))}
        raise FileRefused(Fault("error_separator", args))
    return separator


def _most_used(lines: list[str]) -> str:
    """The separator that stands in most lines, then most often; `;` when none does (a file of one column)."""
    bare = [_QUOTED.sub("", line) for line in lines]
    return max(FOUND_SEPARATORS, key=lambda mark: (sum(mark in line for line in bare), sum(map(_count(mark), bare))))


def _count(mark: str) -> Callable[[str], int]:
    return lambda line: line.count(mark)


def separator_name(separator: str) -> str:
    """The separator as a person can see it."""
    return "tab" if separator == "\t" else separator


def _line_end(text: str) -> str:
    pairs = text.count("\r\n")
    counts = {"CRLF": pairs, "LF": text.count("\n") - pairs, "CR": text[:-1].count("\r") - pairs}
    return _single([name for name, count in counts.items() if count > 0], text)


def _single(used: list[str], text: str) -> str:
    if not used:
        return "CR" if text.endswith("\r") else "none"
    return used[0] if len(used) == 1 else "mixed"
