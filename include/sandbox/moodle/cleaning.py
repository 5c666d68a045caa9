"""Moodle's input types: does the cleaned value differ from the one sent? Then it is refused.

Source: ws-functions.md, "Types".
"""

import re
from collections.abc import Callable

LANGUAGES = frozenset({"en", "fr", "de", "es"})
THEMES = frozenset({"boost", "classic"})
AUTHS = frozenset(
    {"cas", "db", "email", "ldap", "lti", "manual", "mnet", "nologin", "none", "oauth2", "shibboleth", "webservice"}
)
# Plugins whose accounts keep a password in Moodle.
INTERNAL_AUTHS = frozenset({"email", "manual", "nologin", "none", "webservice"})
CALENDARS = frozenset({"gregorian"})

# A tag opens at "<" unless a blank follows: "a < b" is text, "a <b" is not.
_TAG = re.compile(r"<(?=[^\s])")
_TRIMMED = " \t\n\r\0\x0b"


def _matches(pattern: str) -> Callable[[str], bool]:
    compiled = re.compile(pattern)
    return lambda value: compiled.fullmatch(value) is not None


def _one_of(names: frozenset[str]) -> Callable[[str], bool]:
    return lambda value: value == "" or value in names


def _is_text(value: str) -> bool:
    return "multilang" in value or _TAG.search(value) is None


_CLEAN: dict[str, Callable[[str], bool]] = {
    "int": _matches(r"0|-?[1-9][0-9]*"),
    "bool": _matches(r"[01]"),
    "alpha": _matches(r"[A-Za-z]*"),
    "alphanum": _matches(r"[A-Za-z0-9]*"),
    "alphanumext": _matches(r"[A-Za-z0-9_-]*"),
    "username": _matches(r"[-.@_a-z0-9]*"),
    "notags": lambda value: _TAG.search(value) is None,
    "text": _is_text,
    "raw": lambda _: True,
    "raw_trimmed": lambda value: value == value.strip(_TRIMMED),
    "lang": _one_of(LANGUAGES),
    "theme": _one_of(THEMES),
    "auth": _one_of(AUTHS),
    "plugin": _one_of(CALENDARS),
    # A plugin's name, installed or not: an unknown course format passes.
    "pluginname": _matches(r"([a-z][a-z0-9]*(_[a-z0-9]+)*)?"),
    "safedir": _matches(r"[A-Za-z0-9_-]*"),
    "component": _matches(r"([a-z]+(_[a-z][a-z0-9_]*)?[a-z0-9]+)?"),
    "area": _matches(r"[a-z]([a-z0-9_]*[a-z0-9])?"),
    "alphaext": _matches(r"[A-Za-z_-]*"),
    "capability": _matches(r"[a-z][a-z0-9_/:]*"),
    "path": lambda value: ".." not in value and "//" not in value,
    "file": lambda value: re.search(r"[\x00-\x1f/:<>\\|\"'`?*&]|\.\.", value) is None,
    # Any text passes: tested with "Mars/Base".
    "timezone": lambda _: True,
}


def is_clean(type_name: str, value: str) -> bool:
    """Whether Moodle's filter of that type leaves the value as it is."""
    return _is_utf8(value) and _CLEAN[type_name](value)


def _is_utf8(value: str) -> bool:
    return "\0" not in value and not any("\udc80" <= letter <= "\udcff" for letter in value)


def is_email(value: str) -> bool:
    """Whether Moodle takes it for an address: ASCII, one "@", a domain with a dot."""
    return len(value) <= 320 and _EMAIL.fullmatch(value) is not None


_EMAIL = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
)
