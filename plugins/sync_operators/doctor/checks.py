"""Runs checks so that none can keep the others from running: each failure is caught, and each wait has an end."""

import logging
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import ClassVar, Protocol

from sync_operators.doctor.finding import Finding, Level, Words

log = logging.getLogger(__name__)


class Subject(Protocol):
    """Something to be looked at, by checks in their order; each is a method that gives findings."""

    name: ClassVar[str]
    checks: ClassVar[Mapping[str, tuple[str, ...]]]
    """The checks, each with those that must have ended well before it."""

    def close(self) -> None:
        """Let go of everything."""


def examine(subject: Subject, words: Words, out: list[Finding]) -> None:
    """Run the checks of a subject; what they find is added to `out` as it comes."""
    failed: set[str] = set()
    try:
        for check, needs in subject.checks.items():
            found = _found(subject, check, [need for need in needs if need in failed], words)
            if any(one.level is Level.FAIL or one.level is Level.SKIPPED for one in found):
                failed.add(check)
            out.extend(found)
    finally:
        subject.close()


def _found(subject: Subject, check: str, lacking: Sequence[str], words: Words) -> list[Finding]:
    if lacking:
        return [words.skipped(subject.name, check, f"{subject.name}/{lacking[0]}")]
    found: list[Finding] = []
    try:
        found.extend(getattr(subject, check)())
    except Exception as error:
        log.debug("doctor: subject=%s check=%s", subject.name, check, exc_info=True)
        found.append(words.caught(subject.name, check, error))
    return found


def examine_within(subjects: Iterable[Subject], words: Words, seconds: float) -> list[Finding]:
    """Examine subjects side by side, none longer than that: what hangs is left behind, and said to hang."""
    until = time.monotonic() + seconds
    begun = [(subject, *_start(subject, words)) for subject in subjects]
    found: list[Finding] = []
    for subject, thread, out in begun:
        thread.join(max(0.0, until - time.monotonic()))
        found += _so_far(subject, out, words, seconds) if thread.is_alive() else out
    return found


def _start(subject: Subject, words: Words) -> tuple[threading.Thread, list[Finding]]:
    out: list[Finding] = []
    # A daemon: a name server or a mount that never answers must not keep the process from ending.
    thread = threading.Thread(target=examine, args=(subject, words, out), name=f"doctor-{subject.name}", daemon=True)
    thread.start()
    return thread, out


def _so_far(subject: Subject, out: Sequence[Finding], words: Words, seconds: float) -> list[Finding]:
    done = list(out)
    left = [check for check in subject.checks if check not in {one.check for one in done}]
    if not left:
        return done
    slow = words.too_slow(subject.name, left[0], seconds)
    return [*done, slow, *(words.skipped(subject.name, each, f"{subject.name}/{left[0]}") for each in left[1:])]


def skip(names: Iterable[tuple[str, Iterable[str]]], words: Words, because: str) -> list[Finding]:
    """Say of every check of some subjects that it was not begun."""
    return [words.skipped(subject, check, because) for subject, checks in names for check in checks]
