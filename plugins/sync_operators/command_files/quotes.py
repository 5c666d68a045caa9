"""The grammar of quotes in one record (RFC 4180), which csv checks only in part."""

import re


def well_quoted(separator: str) -> re.Pattern[str]:
    """Matches the whole text of a record whose quotes stand around values, or doubled inside such values."""
    mark = re.escape(separator)
    value = rf'(?:"(?:[^"]|"")*+"|[^"\r\n{mark}]*+)'
    return re.compile(rf"{value}(?:{mark}{value})*+[\r\n]*+")
