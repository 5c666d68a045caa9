"""What a check found: a level, a sentence, a remedy; the words of our own are in `findings.yaml`."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

from sync_operators.codes import read_catalogue
from sync_operators.errors import SyncError


class Level(StrEnum):
    """How good or bad a finding is."""

    OK = "ok"
    SKIPPED = "skipped"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the doctor's answer: what was looked at, how it is, what a person does about it."""

    subject: str
    check: str
    level: Level
    message: str
    remedy: str = ""

    def as_dict(self) -> dict[str, str]:
        """The finding for JSON and XCom."""
        return {name: str(value) for name, value in asdict(self).items()}


@cache
def catalogue() -> Mapping[str, Mapping[str, Any]]:
    """Every finding of ours by `subject.check.case`: its level, then its words by language."""
    return read_catalogue(Path(__file__).with_name("findings.yaml"))


@dataclass(frozen=True, slots=True)
class Words:
    """Makes findings in one language."""

    language: str

    def __call__(self, key: str, *, level: Level | None = None, **args: Any) -> Finding:
        """The finding `subject.check.case`; `level` where that depends on the site."""
        entry = catalogue()[key]
        subject, check, _ = key.split(".")
        remedy = entry.get("remedy", {}).get(self.language, "")
        message = entry[self.language].format(**args)
        return Finding(subject, check, level or Level(entry["level"]), message, remedy.format(**args))

    def caught(self, subject: str, check: str, error: Exception) -> Finding:
        """What an exception tells: ours in its words, any other by its kind alone, as its words may hold anything."""
        if isinstance(error, SyncError):
            return Finding(subject, check, Level.FAIL, error.message, error.remedy)
        return self._about(subject, check, "any.any.bug", kind=type(error).__name__)

    def skipped(self, subject: str, check: str, because: str) -> Finding:
        """A check that was not begun, as another one did not end well."""
        return self._about(subject, check, "any.any.skipped", because=because)

    def too_slow(self, subject: str, check: str, seconds: float) -> Finding:
        """A check that was given up."""
        return self._about(subject, check, "any.any.slow", seconds=f"{seconds:.0f}")

    def _about(self, subject: str, check: str, key: str, **args: str) -> Finding:
        found = self(key, level=None, **args)
        return Finding(subject, check, found.level, found.message, found.remedy)
