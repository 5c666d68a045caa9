"""Which names of the drop are taken, and when a file counts as complete."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass

from sync_operators.configuration.sections import Drop
from sync_operators.intake.drop import DropFolder, FileKind, Found

LOCK_NAMES = frozenset({b"lock.txt", b"alock.txt", b"locked.txt"})
"""Names that ERPs and the Moodle plugin know as locks; the settings may name others beside them."""

Sleep = Callable[[float], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Sorted:
    """A listing by the rules: what may be taken, and what stays with the code that says why."""

    candidates: tuple[Found, ...]
    ignored: tuple[tuple[Found, str], ...]


def sort_listing(listing: Iterable[Found], rules: Drop) -> Sorted:
    """Tell what may be taken from what stays where it is; our own lock is neither."""
    coded = [(found, why_ignored(found, rules)) for found in listing if found.raw != rules.lock.encode()]
    return Sorted(
        tuple(found for found, code in coded if not code),
        tuple((found, code) for found, code in coded if code),
    )


def why_ignored(found: Found, rules: Drop) -> str:
    """The code that says why a name is left alone; empty when it is to be taken."""
    name = found.raw.lower()
    checks = (
        (found.raw.startswith(b"."), "ignored_hidden"),
        (found.raw.startswith(b"_"), "ignored_underscore"),
        (found.raw in LOCK_NAMES | {rules.alock.encode(), rules.lock.encode()}, "ignored_lock"),
        (found.kind is FileKind.DIRECTORY, "ignored_directory"),
        (found.kind is FileKind.OTHER, "ignored_not_a_file"),
        (name.endswith(tuple(suffix.lower().encode() for suffix in rules.partial_suffixes)), "ignored_partial"),
    )
    return next((code for holds, code in checks if holds), "")


@dataclass(frozen=True, slots=True)
class Settled:
    """Candidates by their second look."""

    complete: tuple[Found, ...]
    changing: tuple[Found, ...]


async def settled(
    drop: DropFolder, candidates: Sequence[Found], *, seconds: float, server_time: int | None, sleep: Sleep
) -> Settled:
    """Tell files at rest from those still being written.

    At rest is what was last written longer ago than `seconds` by the server's own clock, and otherwise what a
    second look after that time finds unchanged.
    """
    young = [found for found in candidates if not _is_old(found, seconds, server_time)]
    if not young:
        return Settled(tuple(candidates), ())
    await sleep(seconds)
    again = await asyncio.gather(*(drop.look(found.raw) for found in young))
    changing = {found.raw for found, now in zip(young, again, strict=True) if found != now}
    return Settled(
        tuple(found for found in candidates if found.raw not in changing),
        tuple(found for found in candidates if found.raw in changing),
    )


def _is_old(found: Found, seconds: float, server_time: int | None) -> bool:
    # Both times are cut to whole seconds: a difference of one may be next to nothing.
    return server_time is not None and server_time - found.mtime >= seconds + 1
