"""What is wrong with a configuration, one sentence a fault: where, which key, what was found, what is allowed."""

import datetime as dt
import re
from collections.abc import Mapping
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from sync_operators.configuration.catalogue import ANY, Entry, Key
from sync_operators.configuration.reading import Given
from sync_operators.configuration.values import SecretShown

if TYPE_CHECKING:
    from pydantic import ValidationError

Entries = Mapping[Key, Entry]
Error = Mapping[str, Any]

_LONGEST = 60
_ELSEWHERE = {
    ("depot", "path"): "Write `depot.url`.",
    ("drop", "path"): "The drop's directory is the extra `path` of the connection `sync_drop`.",
    ("drop", "url"): "The drop's address is in the connection `sync_drop`.",
    ("ledger",): "The ledger's address is in the connection `sync_ledger`.",
    ("moodle", "token"): "The token is the password of the connection `sync_moodle`.",
    ("moodle", "url"): "Moodle's address is the host of the connection `sync_moodle`.",
    ("schedules", "sync_held"): "It has no schedule: a gate triggers it.",
}


def sentences(error: "ValidationError", given: Given, entries: Entries) -> list[str]:
    """Every fault of some values, each in a sentence."""
    return [_sentence(one, given, entries) for one in error.errors(include_url=False)]


def in_order(faults: list[str]) -> list[str]:
    """Faults of the file by line, then those of the environment."""
    return sorted(faults, key=_line)


def _line(fault: str) -> float:
    match = re.match(r"[^:]*, line (\d+):", fault)
    return int(match[1]) if match else float("inf")


def _sentence(error: Error, given: Given, entries: Entries) -> str:
    key = tuple(str(part) for part in error["loc"])
    place = given.place(key)
    say = _unknown(key, entries) if error["type"] == "extra_forbidden" else _wrong(key, error, entries)
    return f"{place}: {say}" if place else say


def _unknown(key: Key, entries: Entries) -> str:
    return f"unknown key `{'.'.join(key)}`. {_right_name(key, entries)}"


def _right_name(key: Key, entries: Entries) -> str:
    if key in _ELSEWHERE:
        return _ELSEWHERE[key]
    siblings = entries[key[:-1]].keys
    near = get_close_matches(key[-1], siblings, 1) or get_close_matches(key[-1].lower(), siblings, 1)
    if near:
        return f"Did you mean `{'.'.join((*key[:-1], near[0]))}`?"
    elsewhere = [entry.name for entry in entries.values() if entry.key[-1:] == key[-1:]]
    if len(elsewhere) == 1:
        return f"Did you mean `{elsewhere[0]}`?"
    return f"Allowed here: {', '.join(f'`{name}`' for name in siblings)}."


def _wrong(key: Key, error: Error, entries: Entries) -> str:
    entry, reason = _entry(key, entries), _reason(error)
    if isinstance(reason, SecretShown):
        return f"`{entry.name}` {reason}."
    name = f"`{entry.name}` (item {int(key[-1]) + 1})" if entry.key == key[:-1] else f"`{'.'.join(key)}`"
    because = f" ({reason})" if str(reason) else ""
    return f"{name} is {_found(error['input'])}{because}; allowed: {entry.allowed}.{_hint(error, entry)}"


def _entry(key: Key, entries: Entries) -> Entry:
    """The entry of a key, or of what it is an item of."""
    while key not in entries:
        if (*key[:-1], ANY) in entries:
            return entries[(*key[:-1], ANY)]
        key = key[:-1]
    return entries[key]


def _reason(error: Error) -> ValueError:
    """What a validator of ours raised; pydantic's own say no more than what is allowed."""
    reason = error.get("ctx", {}).get("error")
    return reason if isinstance(reason, ValueError) else ValueError()


def _hint(error: Error, entry: Entry) -> str:
    found = error["input"]
    if error["type"] == "string_type" and isinstance(found, int | float | dt.date):
        return " Put it in quotes."
    choices = re.findall(r"`([^`]+)`", entry.allowed) if error["type"] == "literal_error" else []
    near = get_close_matches(found.lower(), choices, 1) if isinstance(found, str) else []
    return f" Did you mean `{near[0]}`?" if near else ""


def _found(value: Any) -> str:
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, dict | list | tuple):
        return "a list" if isinstance(value, list | tuple) else "a group of keys"
    if value is None or value == "":
        return "empty"
    text = str(value)
    return f"{_KINDS.get(type(value), '')}`{text if len(text) <= _LONGEST else text[: _LONGEST - 1] + '…'}`"


_KINDS = {int: "the number ", float: "the number ", dt.date: "the date ", dt.datetime: "the time "}
