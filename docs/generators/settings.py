"""The settings page and the JSON schema, from the model of the settings."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sync_operators.configuration.catalogue import ANY, Entry, Key
from sync_operators.settings import entries, json_schema

_HEAD = """# Settings

<!-- Made by docs/generate.py from plugins/sync_operators/settings*.py: do not edit. -->

`include/config/sync.yaml` holds the settings of a site; `SYNC_CONFIG` names another file. Every key has a default,
an empty file is valid, and a key left without a value keeps its default. Addresses, passwords and tokens are no
settings: they are in the connections `sync_drop`, `sync_moodle` and `sync_ledger`.

A variable `SYNC__<SECTION>__<KEY>` goes before the file, at any depth and in any letter case. Its value is read as
YAML; an empty one counts as not set:

    SYNC__USERS__FILE=in/users.csv
    SYNC__USERS__PROTECTED='[admin, root]'
    SYNC__GUARDS__USERS_DELETE__DELETE__COUNT=50

An unknown key or a wrong value stops every run before its first step, with all faults at once, each with its line.
DAGs are there even so; a faulty schedule is left at its default.
"""
Entries = Mapping[Key, Entry]

_STEPS = {
    "seconds": {"h": 3600, "min": 60, "s": 1},
    "bytes": {"GiB": 1024**3, "MiB": 1024**2, "KiB": 1024, "bytes": 1},
}
_LIMITS = ("count", "share", "floor")
_TABLE = "\n| key | default | allowed | what it does |\n| --- | --- | --- | --- |\n"
_DIALECT = "the keys of [`dialect`](#dialect)"
_GUARDS = """
The same keys for every command: `guards.<command>.<verb>.<key>`. What is not given of a guard keeps its default.
Only `cohort_links` has no limit of `errors`: each of its rows is one, and Moodle's own course upload does its work.

| verb | counts | `count` | `share` | `floor` |
| --- | --- | --- | --- | --- |
"""
_SCOPES = """
`guards.<command>.<verb>.scopes.<scope>.<key>` holds the same three keys within one part of the site; the scopes are
{scopes}. There the share is one of what lies in that part, a category with all below it.
By default {verbs} have in each of them a `share` of `{share}` and the `floor` of the verb.
"""
_FILES = """
A file that is unlike those before is held by `guards.<command>.<guard>.<key>`, for every command; `share: null`
switches one off. Compared are files that came by the same name or pattern of `<command>.file`, never one that somebody
asks for by name.
`identity_changed` needs no file before and looks at every one.

| guard | holds when | `share` | `floor` |
| --- | --- | --- | --- |
"""


def schema() -> str:
    """Give the JSON schema by which an editor completes `sync.yaml`."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"


def page() -> str:
    """Give the manual's page of every setting."""
    known = entries()
    return _HEAD + "".join(_section(entry, known) for key, entry in known.items() if len(key) == 1)


def _section(section: Entry, known: Entries) -> str:
    title = f"\n## {section.name}\n\n{section.says}\n"
    if section.name == "guards":
        return title + _guards(known)
    rows = _keys(section, known) if section.keys else _names(section, known)
    return title + _TABLE + "".join(rows)


def _keys(section: Entry, known: Entries) -> Iterator[str]:
    for entry in (known[(*section.key, name)] for name in section.keys):
        if entry.keys:
            yield _row(entry.name, "that section", _DIALECT, entry.says)
        else:
            yield _row(entry.name, _default(entry), entry.allowed, entry.says)


def _names(section: Entry, known: Entries) -> Iterator[str]:
    allowed = known[(*section.key, ANY)].allowed
    for name, number in section.default.items():
        yield _row(f"{section.name}.{name}", f"`{number}`", allowed, "Moodle's standard id.")


def _row(name: str, default: str, allowed: str, says: str) -> str:
    return f"| `{name}` | {default} | {allowed} | {says} |\n"


def _default(entry: Entry) -> str:
    """Show a default as people would write it in the file."""
    if entry.name == "depot.url":
        return "see right"
    return f"`{_written(entry.default, entry.unit)}`"


def _written(value: Any, unit: str) -> str:
    if unit:
        return _amount(value, _STEPS[unit])
    if isinstance(value, list):
        return "[" + ", ".join(value) + "]"
    plain = isinstance(value, str) and value not in ("", "#")
    return value if plain else json.dumps(value)


def _amount(value: float, steps: Mapping[str, int]) -> str:
    """Show an amount in the largest unit that leaves a whole number."""
    name, size = next((name, size) for name, size in steps.items() if value and value % size == 0)
    return f"{value / size:g} {name}"


def _guards(known: Entries) -> str:
    every = [known["guards", "users", name] for name in known["guards", "users"].keys]
    verbs = [each for each in every if "count" in each.keys]
    limits = [known[(*verbs[0].key, key)] for key in _LIMITS]
    return (
        _GUARDS
        + "".join(f"| `{verb.key[-1]}` | {verb.says} | {_limits(verb, _LIMITS)} |\n" for verb in verbs)
        + _TABLE
        + "".join(_row(limit.key[-1], "by verb", limit.allowed, limit.says) for limit in limits)
        + _scopes(verbs, known)
        + _FILES
        + "".join(
            f"| `{each.key[-1]}` | {each.says} | {_limits(each, _LIMITS[1:])} |\n" for each in every[len(verbs) :]
        )
    )


def _scopes(verbs: Sequence[Entry], known: Entries) -> str:
    names = known[(*verbs[0].key, "scopes")].keys
    shares = {verb.key[-1]: verb.default["scopes"][names[0]]["share"] for verb in verbs}
    limited = [f"`{verb}`" for verb, share in shares.items() if share is not None]
    (share,) = {share for share in shares.values() if share is not None}
    return _SCOPES.format(scopes=_listed([f"`{name}`" for name in names]), verbs=_listed(limited), share=share)


def _listed(words: Sequence[str]) -> str:
    return f"{', '.join(words[:-1])} and {words[-1]}"


def _limits(guard: Entry, keys: Sequence[str]) -> str:
    return " | ".join(f"`{json.dumps(guard.default[key])}`" for key in keys)
