"""The closed list of outcome codes, each with its kind, title, message and remedy (`codes.yaml`)."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from pathlib import Path
from string import Formatter
from types import MappingProxyType
from typing import Any, NamedTuple

import yaml

LANGUAGES = ("en", "fr")
# Arguments that are words of ours or Moodle's, not of the file: translated where we know them, set into our sentence.
PHRASED = frozenset({"reason", "unit", "what", "other_id", "holder", "moodle_message"})


class Kind(StrEnum):
    """What an outcome means for its row, the worst last."""

    OK = "ok"
    SKIP = "skip"
    WARN = "warn"
    ERROR = "error"


_RANK: dict[str, int] = {kind: place for place, kind in enumerate(Kind)}


def rank(kind: str) -> int:
    """How bad a kind is: the more, the worse."""
    return _RANK[kind]


def worst(kinds: Iterable[Kind]) -> Kind:
    """The worst of some kinds; `ok` of none."""
    return max(kinds, key=rank, default=Kind.OK)


_HIDDEN_COLUMN = "password"
_LONGEST = 300  # characters of a cell in a message: a five-megabyte value would be the whole report
_CELLS = frozenset({"value", "found", "username", "oldusername", "email", "idnumber"})
_OPTIONAL = re.compile(r"(\[[^\[\]]*\])")
_NO_ARGS: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Code:
    """A lasting name of a kind of outcome, with its texts by language.

    `args` are the arguments its message always takes, `optional` those of the message's [parts].
    """

    name: str
    kind: Kind
    titles: Mapping[str, str]
    messages: Mapping[str, str]
    remedies: Mapping[str, str]
    args: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()

    def title(self, language: str) -> str:
        """What the code means, whatever row it stands on."""
        return self.titles[language]

    def message(self, language: str, args: Mapping[str, str] = _NO_ARGS) -> str:
        """What happened, for a person; the title when an argument is missing."""
        return _filled(self.messages[language], language, args) or self.titles[language]

    def remedy(self, language: str, args: Mapping[str, str] = _NO_ARGS) -> str:
        """What a person does next; empty when there is nothing to do."""
        return _filled(self.remedies.get(language, ""), language, args)


class _Part(NamedTuple):
    text: str
    names: frozenset[str]
    optional: bool


@cache
def _parts(template: str) -> tuple[_Part, ...]:
    pieces = [piece for piece in _OPTIONAL.split(template) if piece]
    return tuple(_Part(text := piece.strip("[]"), placeholders(text), text != piece) for piece in pieces)


def placeholders(template: str) -> frozenset[str]:
    """The names of the arguments that a template takes."""
    return frozenset(name for _, name, _, _ in Formatter().parse(template) if name)


def _filled(template: str, language: str, args: Mapping[str, str]) -> str:
    """The template with its arguments; "" when it needs one that is not there."""
    if "{" not in template:
        return template
    known = {name: _shown(name, value, language) for name, value in args.items() if not _secret(name, args)}
    texts = []
    for part in _parts(template):
        if part.names <= known.keys():
            texts.append(part.text.format_map(known))
        elif not part.optional:
            return ""
    return "".join(texts)


def _secret(name: str, args: Mapping[str, str]) -> bool:
    """Whether an argument may be a password: the value of that column, under whatever name."""
    return name == _HIDDEN_COLUMN or (name in _CELLS and str(args.get("column", "")).casefold() == _HIDDEN_COLUMN)


def _shown(name: str, value: object, language: str) -> str:
    text = phrase(str(value), language).rstrip(".") if name in PHRASED else str(value)
    return text[: _LONGEST - 1] + "…" if name in _CELLS and len(text) > _LONGEST else text


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
    found = read_catalogue(Path(__file__).with_name("codes.yaml"))
    return MappingProxyType({name: _code(name, entry) for name, entry in found.items()})


def code(name: str) -> Code:
    """The code of that name; KeyError when there is none."""
    return codes()[name]


def phrase(text: str, language: str) -> str:
    """A phrase of ours in that language (`phrases.yaml`), by its key or its English words; else as it stands."""
    return str(_phrases().get(text, {}).get(language, text))


@cache
def _phrases() -> Mapping[str, Any]:
    return read_catalogue(Path(__file__).with_name("phrases.yaml"))


def read_catalogue(path: Path) -> Mapping[str, Any]:
    """Read a YAML file of ours; in C where there is some, since every task reads several."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return MappingProxyType(yaml.load(path.read_text(encoding="utf-8"), Loader=loader))  # noqa: S506 - both safe


def _code(name: str, entry: Mapping[str, Any]) -> Code:
    title, remedy = entry["title"], entry.get("remedy", {})
    arguments = tuple(entry.get("args", ())), tuple(entry.get("optional", ()))
    return Code(name, Kind(entry["kind"]), title, entry.get("message", title), remedy, *arguments)
