"""The closed list of outcome codes, each with its kind, message and remedy (`codes.yaml`)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml

LANGUAGES = ("en", "fr")


class Kind(StrEnum):
    """What an outcome means for its row, the worst last."""

    OK = "ok"
    SKIP = "skip"
    WARN = "warn"
    ERROR = "error"


_RANK = {kind: rank for rank, kind in enumerate(Kind)}


def worst(kinds: Iterable[Kind]) -> Kind:
    """The worst of some kinds; `ok` of none."""
    return max(kinds, key=_RANK.__getitem__, default=Kind.OK)


class _Lenient(dict[str, str]):
    """Leaves a placeholder without an argument as it stands, so that a report never fails over a message."""

    def __missing__(self, key: str) -> str:
        return "{" + key + "}"


@dataclass(frozen=True, slots=True)
class Code:
    """A lasting name of a kind of outcome, with its texts by language."""

    name: str
    kind: Kind
    messages: Mapping[str, str]
    remedies: Mapping[str, str]

    def message(self, language: str, args: Mapping[str, str] = MappingProxyType({})) -> str:
        """What happened, for a person."""
        return self.messages[language].format_map(_Lenient(args))

    def remedy(self, language: str, args: Mapping[str, str] = MappingProxyType({})) -> str:
        """What a person does next; empty when there is nothing to do."""
        return self.remedies.get(language, "").format_map(_Lenient(args))


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a row or a file: a code and the arguments of its message."""

    code: str
    args: Mapping[str, str] = field(default_factory=dict)

    def message(self, language: str) -> str:
        """What is wrong, for a person."""
        return code(self.code).message(language, self.args)

    def remedy(self, language: str) -> str:
        """What a person does next."""
        return code(self.code).remedy(language, self.args)


@cache
def codes() -> Mapping[str, Code]:
    """Every outcome code by name."""
    text = Path(__file__).with_name("codes.yaml").read_text(encoding="utf-8")
    entries: dict[str, Any] = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    return MappingProxyType({name: _code(name, entry) for name, entry in entries.items()})


def _code(name: str, entry: Mapping[str, Any]) -> Code:
    return Code(name, Kind(entry["kind"]), entry["message"], entry.get("remedy", {}))


def code(name: str) -> Code:
    """The code of that name; KeyError when there is none."""
    return codes()[name]
