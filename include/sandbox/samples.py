"""The command files to try, and what each line of them comes to (`include/samples/expected.json`)."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from include.sandbox.environment import ROOT

SAMPLES = ROOT / "include" / "samples"


@dataclass(frozen=True, slots=True)
class Sample:
    """A command file; `lines` and `again` give the code of each line, when it is run first and once more.

    What is no text has entries instead of lines, counted from 1.
    """

    command: str
    file: str
    lines: Mapping[int, str]
    again: Mapping[int, str]

    @property
    def content(self) -> bytes:
        """The file as the ERP drops it."""
        return (SAMPLES / self.file).read_bytes()


def export() -> tuple[Sample, ...]:
    """The registrar's export, in the order in which `sync_all` runs it."""
    return _samples("export")


def beside() -> tuple[Sample, ...]:
    """What can be dropped after it."""
    return _samples("beside")


def left_in_the_drop() -> list[str]:
    """Names of files that nobody takes."""
    return list(_expected()["left"])


def _samples(name: str) -> tuple[Sample, ...]:
    return tuple(_sample(**each) for each in _expected()[name])


def _sample(
    command: str, file: str, lines: Mapping[str, list[int]], again: Mapping[str, list[int]] | None = None
) -> Sample:
    """Once more, what was refused is refused again, and all else is as it was, but for what `again` says."""
    first = _by_line(lines)
    repeated = {line: code if code.startswith("error_") else "unchanged" for line, code in first.items()}
    return Sample(command, file, first, repeated | _by_line(again or {}))


def _by_line(lines: Mapping[str, list[int]]) -> dict[int, str]:
    return dict(sorted((number, code) for code, numbers in lines.items() for number in numbers))


def _expected() -> dict[str, list[dict[str, object]]]:
    return json.loads((SAMPLES / "expected.json").read_text())
