"""The settings in force: each with its value, where that comes from, and what it does."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sync_operators.configuration.catalogue import ANY, Entry, Key
from sync_operators.settings import Loaded, entries

_PARTS: Final = {"dialect", "scopes"}
"""Sections that repeat another below many keys: of those only what was given is shown."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting; `place` is where its value was given, empty for a default."""

    name: str
    value: Any
    place: str
    entry: Entry

    @property
    def is_variable(self) -> bool:
        """Whether it comes from the environment."""
        return self.place.upper().startswith("SYNC__")

    @property
    def text(self) -> str:
        """The value as `sync.yaml` would have it."""
        return _text(self.value)


@dataclass(frozen=True, slots=True)
class Part:
    """A section of the file with its settings."""

    name: str
    says: str
    settings: tuple[Setting, ...]

    @property
    def given(self) -> int:
        """How many of them are no defaults."""
        return sum(bool(one.place) for one in self.settings)


def parts(loaded: Loaded, text: str = "", *, given: bool = False) -> list[Part]:
    """The sections, each with the settings that have a text in name or sentence, or those alone that were given."""
    known, values = entries(), loaded.settings.model_dump(mode="json")
    found = []
    for key, section in known.items():
        if len(key) == 1:
            every = _settings(section, known, values, loaded.origins)
            wanted = tuple(one for one in every if _passes(one, text.casefold(), given=given))
            found += [Part(section.name, section.says, wanted)] if wanted else []
    return found


def _passes(one: Setting, text: str, *, given: bool) -> bool:
    return (bool(one.place) or not given) and (text in one.name.casefold() or text in one.entry.says.casefold())


def _settings(
    section: Entry, known: Mapping[Key, Entry], values: Mapping[str, Any], origins: Mapping[str, str]
) -> Iterator[Setting]:
    for key, entry, value in _leaves(section.key, known, values[section.key[0]]):
        name = ".".join(key)
        place = origins.get(name, "")
        if place or not _is_repeated(key, value):
            yield Setting(name, value, place, entry)


def _is_repeated(key: Key, value: Any) -> bool:
    """Whether it only says again what stands elsewhere, or (of thousands of limits) that there is none."""
    return bool(_PARTS & set(key[1:])) or (key[0] == "guards" and value in (None, 0))


def _leaves(key: Key, known: Mapping[Key, Entry], value: Any) -> Iterator[tuple[Key, Entry, Any]]:
    below = known.get((*key, ANY))
    if below is not None and isinstance(value, Mapping):
        yield from ((((*key, name)), below, one) for name, one in value.items())
    elif known[key].keys:
        for name in known[key].keys:
            yield from _leaves((*key, name), known, value[name])
    else:
        yield key, known[key], value


def _text(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_text, value))}]"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    words = {True: "true", False: "false", None: "null", "": '""', "\t": "tab"}
    return words[value] if isinstance(value, bool | None) or value in ("", "\t") else str(value)
