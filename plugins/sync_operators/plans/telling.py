"""Text of others in what we tell people in Markdown."""

from typing import Final

_LONGEST: Final = 200


def literal(value: object) -> str:
    """Text of a file or of Moodle as code, so that Markdown reads nothing into it; on one line, and not endless."""
    text = " ".join(str(value).replace("`", "'").split())
    return f"`{text if len(text) <= _LONGEST else text[:_LONGEST] + '…'}`"
