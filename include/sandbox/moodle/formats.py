"""How Moodle writes names when it answers them: tags away, ampersands and angle brackets as HTML entities.

Source: ws-functions.md and the recorded contract; create functions answer what was sent, look-ups what is formatted.
"""

import re

_LONE_AMPERSAND = re.compile(r"&(?![a-zA-Z0-9#]{1,8};)")
_TAG = re.compile(r"<[^>\s][^>]*>")


def formatted(name: str) -> str:
    """A name as look-ups answer it."""
    plain = _TAG.sub("", _LONE_AMPERSAND.sub("&amp;", name))
    return plain.replace("<", "&lt;").replace(">", "&gt;")
