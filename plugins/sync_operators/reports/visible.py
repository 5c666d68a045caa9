"""Values as a person may safely see them: what has no shape of its own is written out."""

import re

# Control characters, line and paragraph separators, everything that turns the direction of what follows it,
# and lone surrogates (bytes that could not be decoded). Joiners stay: emoji and Persian need them.
_SHAPELESS = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\ud800-\udfff]"
)
_NAMES = {"\t": r"\t", "\n": r"\n", "\r": r"\r"}
_SURROGATE_ESCAPE = 0xDC00  # what a byte above 127 becomes when it cannot be decoded


def visible(text: str) -> str:
    r"""The text with every shapeless character written out, such as `\u202e` or `\x00`."""
    return text if text.isprintable() else _SHAPELESS.sub(_written_out, text)


def _written_out(match: re.Match[str]) -> str:
    number = ord(match[0])
    if _SURROGATE_ESCAPE < number <= _SURROGATE_ESCAPE + 0xFF:
        number -= _SURROGATE_ESCAPE
    return _NAMES.get(match[0]) or (f"\\x{number:02x}" if number < 0x100 else f"\\u{number:04x}")
