"""The kinds of value a setting can hold, each with what it accepts in words.

A validator here raises ValueError with a reason of a few words, or none when "allowed: …" says it all;
`configuration.faults` makes the sentence.
"""

import codecs
import re
from datetime import timedelta
from pathlib import PurePosixPath
from typing import Annotated, Any, cast
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, PlainSerializer, WithJsonSchema

_UNIT_SECONDS = {
    "s": 1,
    "second": 1,
    "m": 60,
    "min": 60,
    "minute": 60,
    "h": 3600,
    "hour": 3600,
    "d": 86400,
    "day": 86400,
}
_UNIT_BYTES = {
    "": 1, "B": 1, "BYTE": 1, "KB": 1000, "MB": 1000**2, "GB": 1000**3, "TB": 1000**4,
    "KIB": 1024, "MIB": 1024**2, "GIB": 1024**3, "TIB": 1024**4,
}  # fmt: skip
_AMOUNT = re.compile(r"(\d+(?:\.\d+)?)\s*([A-Za-z]*)", re.ASCII)


def _amount(text: str) -> tuple[float, str]:
    match = _AMOUNT.fullmatch(text.strip())
    if match is None:
        raise ValueError
    return float(match[1]), match[2]


def _seconds(value: Any) -> float:
    """A number of seconds, from a number or a text such as `3 h`."""
    if isinstance(value, str):
        number, unit = _amount(value)
        value = number * _factor(_UNIT_SECONDS, unit.lower().removesuffix("s") or "s")
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= _LONGEST:
        raise ValueError
    return float(value)


# A thousand years: beyond it Python's own dates end.
_LONGEST = 1000 * 366 * 86400


def _duration(value: Any) -> timedelta:
    return value if isinstance(value, timedelta) else timedelta(seconds=_seconds(value))


def _bytes(value: Any) -> int:
    """A number of bytes, from a whole number or a text such as `2 GiB`."""
    if isinstance(value, str):
        number, unit = _amount(value)
        value = round(number * _factor(_UNIT_BYTES, unit.upper()))
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ValueError
    return value


def _factor(units: dict[str, int], unit: str) -> int:
    factor = units.get(unit) or units.get(unit.removesuffix("S"))
    if factor is None:
        raise ValueError
    return factor


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError):  # OSError: the name of a folder of the zone database
        raise ValueError from None
    return value


_PRESETS = ("@hourly", "@daily", "@weekly", "@monthly", "@yearly")
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_DAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]
# (lowest, highest, names with the number of the first)
_CRON_FIELDS: tuple[tuple[int, int, dict[str, int]], ...] = (
    (0, 59, {}),
    (0, 23, {}),
    (1, 31, {}),
    (1, 12, {name: number for number, name in enumerate(_MONTHS, 1)}),
    (0, 7, {name: number for number, name in enumerate(_DAYS)}),
)
_CRON_ITEM = re.compile(r"(?:\*|(\w+)(?:-(\w+))?)(?:/([1-9]\d{0,2}))?", re.ASCII)


def _cron(value: str) -> str:
    """A schedule Airflow takes: five fields, checked here so that the fault names its line."""
    if value in _PRESETS:
        return value
    fields = value.lower().split()
    if len(fields) != len(_CRON_FIELDS):
        raise ValueError(f"it has {len(fields)} fields")
    for field, rule in zip(fields, _CRON_FIELDS, strict=True):
        for item in field.split(","):
            _check_cron_item(item, *rule)
    return value


def _check_cron_item(item: str, lowest: int, highest: int, names: dict[str, int]) -> None:
    match = _CRON_ITEM.fullmatch(item)
    if match is None:
        raise ValueError(f"`{item}` is not understood")
    numbers = [_cron_number(text, names, item) for text in match.group(1, 2) if text]
    if not all(lowest <= number <= highest for number in numbers):
        raise ValueError(f"`{item}` is outside {lowest} to {highest}")


def _cron_number(text: str, names: dict[str, int], item: str) -> int:
    if text in names:
        return names[text]
    if not text.isdigit():
        raise ValueError(f"`{item}` is not understood")
    return int(text)


class SecretShown(ValueError):
    """A value that holds a secret: it is never repeated in a message."""


def _depot_url(value: str) -> str:
    """An address whose secrets, if it needs any, are in an Airflow connection."""
    parts = urlsplit(value)
    if parts.password is not None:
        raise SecretShown("holds a password; keep it in an Airflow connection: `s3://<connection id>@…`")
    if not parts.scheme or not (parts.netloc or parts.path.startswith("/")):
        raise ValueError
    return value


def _drop_name(value: str) -> str:
    if not value or value in (".", "..") or PurePosixPath(value).name != value or "\\" in value:
        raise ValueError
    return value


def _suffix(value: str) -> str:
    if not value or "/" in value or "\0" in value:
        raise ValueError
    return value


def _folders(values: tuple[str, ...]) -> tuple[str, ...]:
    """Folders of the drop, which have the same name in the depot: none of ours, and nothing hidden."""
    for value in values:
        parts = value.split("/")
        if not all(parts) or parts[0].casefold() in _OURS or any(part[0] in "._" for part in parts):
            raise ValueError(f"`{value}` cannot be a folder of the drop")
    return values


_OURS = frozenset({"archives", "reports", "quarantine", "tryback", "undo"})


def _tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


_SEPARATORS = {"tab": "\t"}


def _separator(value: Any) -> Any:
    return _SEPARATORS.get(value, value) if isinstance(value, str) else value


def _encoding(value: str) -> str:
    """Python's own name of an encoding of text; only such decode a command file."""
    try:
        info = codecs.lookup(value)
    except (LookupError, ValueError):
        raise ValueError from None
    if not cast("bool", getattr(info, "_is_text_encoding", True)):
        raise ValueError
    return info.name


def _as(kind: str, allowed: str, **more: Any) -> WithJsonSchema:
    """The JSON schema of a kind of value; `x-allowed` is what manual and faults say of it."""
    return WithJsonSchema({"type": kind, "x-allowed": allowed, **more})


_TIME = "seconds, or a text such as `15 minutes`, `3 h`, `2 days`"
_TIME_SCHEMA = WithJsonSchema({"type": ["number", "string"], "x-allowed": _TIME, "x-unit": "seconds"})
_BYTES = "bytes, at least 1, or a text such as `512 MiB`, `2 GB`"
_BYTES_SCHEMA = WithJsonSchema({"type": ["integer", "string"], "x-allowed": _BYTES, "x-unit": "bytes"})

Seconds = Annotated[float, BeforeValidator(_seconds), _TIME_SCHEMA]
Duration = Annotated[
    timedelta, BeforeValidator(_duration), PlainSerializer(timedelta.total_seconds, return_type=float), _TIME_SCHEMA
]
Bytes = Annotated[int, BeforeValidator(_bytes), _BYTES_SCHEMA]
TimeZone = Annotated[
    str, AfterValidator(_zone), _as("string", "the name of a time zone, such as `UTC` or `Europe/Vienna`")
]
Cron = Annotated[
    str,
    AfterValidator(_cron),
    _as("string", "five cron fields such as `0 */6 * * *`, or `@hourly`, `@daily`, `@weekly`"),
]
DepotUrl = Annotated[
    str,
    AfterValidator(_depot_url),
    _as("string", "a URL with an absolute path, such as `file:///srv/depot` or `s3://<connection id>@bucket/depot`"),
]
DropName = Annotated[str, AfterValidator(_drop_name), _as("string", "a file name without a path")]
Texts = Annotated[
    tuple[str, ...], BeforeValidator(_tuple), _as("array", "a list of texts: `[a, b]`", items={"type": "string"})
]
Suffix = Annotated[str, AfterValidator(_suffix), _as("string", "the end of a file name, such as `.done`")]
Folders = Annotated[
    tuple[str, ...],
    BeforeValidator(_tuple),
    AfterValidator(_folders),
    _as("array", "a list of folders: `[in, in/erp]`", items={"type": "string"}),
]
Numbers = Annotated[
    tuple[int, ...],
    BeforeValidator(_tuple),
    _as("array", "a list of whole numbers: `[1, 2]`", items={"type": "integer"}),
]
Encoding = Annotated[
    str, AfterValidator(_encoding), _as("string", "an encoding of text such as `utf-8`, `windows-1252`, `iso-8859-15`")
]
SeparatorText = BeforeValidator(_separator)
