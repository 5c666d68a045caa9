"""Which names of the drop are taken, and by what companions a file is known to be complete."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sync_operators.configuration.sections import Drop
from sync_operators.intake.drop import FileKind, Found

LOCK_NAMES = frozenset({b"lock.txt", b"alock.txt", b"locked.txt"})
"""Names that ERPs and the Moodle plugin know as locks; the settings may name others beside them."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A file that may be taken, with what lies beside it to say that it is complete."""

    found: Found
    done: Found | None = None
    checksum: Found | None = None
    sha256: str = ""
    """What the checksum file says, once it was read."""

    @property
    def companions(self) -> tuple[Found, ...]:
        """What goes from the drop together with the file."""
        return tuple(beside for beside in (self.done, self.checksum) if beside is not None)

    @property
    def names(self) -> tuple[bytes, ...]:
        """Its name in the drop and those of its companions."""
        return tuple(found.raw for found in (self.found, *self.companions))


@dataclass(frozen=True, slots=True)
class Sorted:
    """A listing by the rules: what may be taken, and what stays with the code that says why."""

    candidates: tuple[Candidate, ...]
    ignored: tuple[tuple[Found, str], ...]


def sort_listing(listing: Iterable[Found], rules: Drop) -> Sorted:
    """Tell what may be taken from what stays where it is; our own lock and the folders we look into are neither."""
    ours = {rules.lock.encode(), *(folder.encode() for folder in rules.folders)}
    by_name = {found.raw: found for found in listing if found.raw not in ours}
    marks = Marks.of(rules)
    coded = [(found, why_ignored(found, marks)) for found in by_name.values()]
    return Sorted(
        tuple(_candidate(found, by_name, rules) for found, code in coded if not code),
        tuple((found, code) for found, code in coded if code),
    )


@dataclass(frozen=True, slots=True)
class Marks:
    """What names the settings tell apart, as bytes: made once for a listing of thousands."""

    locks: frozenset[bytes]
    partial: tuple[bytes, ...]
    companions: tuple[bytes, ...]

    @classmethod
    def of(cls, rules: Drop) -> "Marks":
        """The marks of these rules."""
        companions = (rules.done_suffix, rules.checksum_suffix)
        return cls(
            LOCK_NAMES | {rules.alock.encode(), rules.lock.encode()},
            tuple(suffix.lower().encode() for suffix in rules.partial_suffixes),
            tuple(suffix.encode() for suffix in companions if suffix),
        )


def why_ignored(found: Found, marks: Marks) -> str:
    """The code that says why a name is left alone; empty when it is to be taken."""
    name = found.name
    checks = (
        (found.kind is FileKind.NAMELESS, "ignored_name"),
        (name.startswith(b"."), "ignored_hidden"),
        (name.startswith(b"_"), "ignored_underscore"),
        (name in marks.locks, "ignored_lock"),
        (found.kind is FileKind.DIRECTORY, "ignored_directory"),
        (found.kind is FileKind.OTHER, "ignored_not_a_file"),
        (name.lower().endswith(marks.partial), "ignored_partial"),
        (name.endswith(marks.companions), "ignored_marker"),
    )
    return next((code for holds, code in checks if holds), "")


def is_missing_companion(candidate: Candidate, rules: Drop) -> str:
    """The name of the companion that a file still waits for; empty when all that the settings ask for are there."""
    for suffix, beside in ((rules.done_suffix, candidate.done), (rules.checksum_suffix, candidate.checksum)):
        if suffix and beside is None:
            return f"{candidate.found.shown}{suffix}"
    return ""


def needs_looks(candidate: Candidate) -> bool:
    """Whether only its rest can show that a file is complete.

    A checksum proves it, and so does a done file, unless it is older than the file: it may be of a former delivery.
    """
    if candidate.checksum is not None:
        return False
    return candidate.done is None or candidate.done.mtime < candidate.found.mtime


def _candidate(found: Found, by_name: Mapping[bytes, Found], rules: Drop) -> Candidate:
    return Candidate(found, _beside(found, rules.done_suffix, by_name), _beside(found, rules.checksum_suffix, by_name))


def _beside(found: Found, suffix: str | None, by_name: Mapping[bytes, Found]) -> Found | None:
    beside = by_name.get(found.raw + suffix.encode()) if suffix else None
    return beside if beside is not None and beside.kind is FileKind.FILE else None
