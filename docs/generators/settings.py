"""The settings page and the JSON schema, from the model of the settings."""

import json
from collections.abc import Iterator, Mapping

from sync_operators.settings import entries, json_schema
from sync_operators.settings_catalogue import ANY, Entry, Key

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
_DIALECT = "the keys of [`dialect`](#dialect)"
_GUARDS = """
The same keys for every command: `guards.<command>.<verb>.<key>`. What is not given of a guard keeps its default.

| verb | counts | `count` | `share` | `floor` |
| --- | --- | --- | --- | --- |
"""
_SCOPES = """
`guards.<command>.<verb>.scopes.<scope>.<key>` holds the same three keys within one part of the site,
by default without a limit; the scopes are {}.
"""


def schema() -> str:
    """Give the JSON schema by which an editor completes `sync.yaml`."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"


def page() -> str:
    """Give the manual's page of every setting."""
    known = entries()
    return _HEAD + "".join(_section(entry, known) for key, entry in known.items() if len(key) == 1)


def _section(section: Entry, known: Mapping[Key, Entry]) -> str:
    title = f"\n## {section.name}\n\n{section.says}\n"
    if section.name == "guards":
        return title + _guards(known)
    return (
        title
        + "\n| key | default | allowed | what it does |\n| --- | --- | --- | --- |\n"
        + "".join(_rows(section, known))
    )


def _rows(section: Entry, known: Mapping[Key, Entry]) -> Iterator[str]:
    if not section.keys:
        allowed = known[(*section.key, ANY)].allowed
        for name, default in section.default.items():
            yield _row(f"{section.name}.{name}", default, allowed, "Moodle's standard id.")
    for name in section.keys:
        entry = known[(*section.key, name)]
        if entry.keys:
            yield f"| `{entry.name}` | that section | {_DIALECT} | {entry.says} |\n"
        else:
            yield _row(entry.name, entry.default, entry.allowed, entry.says)


def _row(name: str, default: object, allowed: str, says: str) -> str:
    return f"| `{name}` | {_value(name, default)} | {allowed} | {says} |\n"


def _value(name: str, default: object) -> str:
    """Show a default as it would be written in the file."""
    if name == "depot.url":
        return "see right"
    if isinstance(default, list):
        return "`[" + ", ".join(str(item) for item in default) + "]`"
    if isinstance(default, float) and default.is_integer():
        default = int(default)
    return f"`{json.dumps(default)}`" if default in ("", "#") or not isinstance(default, str) else f"`{default}`"


def _guards(known: Mapping[Key, Entry]) -> str:
    verbs = [known["guards", "users", verb] for verb in known["guards", "users"].keys]
    lines = (f"| `{verb.key[-1]}` | {verb.says} | {_limits(verb)} |\n" for verb in verbs)
    keys = "".join(
        _row(key, "", known[(*verbs[0].key, key)].allowed, known[(*verbs[0].key, key)].says)
        for key in ("count", "share", "floor")
    )
    scopes = ", ".join(f"`{name}`" for name in known[(*verbs[0].key, "scopes")].keys)
    return (
        _GUARDS
        + "".join(lines)
        + "\n| key | default | allowed | what it does |\n| --- | --- | --- | --- |\n"
        + keys.replace('`""`', "by verb")
        + _SCOPES.format(scopes)
    )


def _limits(verb: Entry) -> str:
    return " | ".join(f"`{json.dumps(verb.default[key])}`" for key in ("count", "share", "floor"))
