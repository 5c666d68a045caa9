"""The words of the reports themselves, by key (`texts.yaml`); those of the outcomes are in `codes.yaml`."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from sync_operators.codes import read_catalogue
from sync_operators.reports.numbers import Formats


@cache
def catalogue() -> Mapping[str, Mapping[str, Any]]:
    """Every text by key, then by language: a string, or `one` and `other` where a count decides."""
    return read_catalogue(Path(__file__).with_name("texts.yaml"))


@dataclass(frozen=True, slots=True)
class Texts:
    """The words of one language."""

    language: str

    def __call__(self, key: str, **args: object) -> str:
        """Give the text of a key."""
        text = catalogue()[key][self.language]
        return str(text).format(**args) if args else str(text)

    def count(self, key: str, count: int, **args: object) -> str:
        """A text with a count, in the plural form that it takes."""
        formats = Formats(self.language)
        text = catalogue()[key][self.language][formats.plural(count)]
        return str(text).format(count=formats.number(count), **args)

    def named(self, kind: str, name: str) -> str:
        """The word for a name of ours, such as a state; the name itself where there is none."""
        entry = catalogue().get(f"{kind}_{name}")
        return name if entry is None else str(entry[self.language])
