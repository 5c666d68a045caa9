"""Column types that mean the same on SQLite and PostgreSQL."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, DateTime, Dialect, Integer, Text
from sqlalchemy.types import TypeDecorator


class Utc(TypeDecorator[datetime]):
    """Aware UTC in and out, with microseconds; SQLite keeps it as text that sorts."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse a time without a zone: nobody could say later which moment it was."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value!r} has no time zone")
        moment = value.astimezone(UTC)
        return moment if dialect.name == "postgresql" else moment.replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give back what was meant: UTC."""
        if value is None:
            return None
        return value.astimezone(UTC) if dialect.name == "postgresql" else value.replace(tzinfo=UTC)


# Sorted bytewise on both databases: the order of a command file's keys is then Python's own.
Key = Text().with_variant(Text(collation="C"), "postgresql")
Serial = BigInteger().with_variant(Integer(), "sqlite")


class _Json(TypeDecorator[Any]):
    """JSON whose nulls cost nothing to read: most columns of most rows are null."""

    impl = JSON
    cache_ok = True

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any] | None:  # noqa: ARG002
        """Read what there is; psycopg reads by itself."""
        if dialect.name == "postgresql":
            return None
        return lambda text: None if text is None else from_json(text)


# Not JSONB: it refuses \u0000 and rearranges what it is given.
Json = _Json(none_as_null=True)

_encode = json.JSONEncoder(sort_keys=True, separators=(",", ":")).encode
# Looks for no blanks around it, which takes longer than to read what little there is.
_decode = json.JSONDecoder().raw_decode


def to_json(value: Any) -> str:
    """Write JSON one way only, in ASCII: the same value is the same text, and no database stumbles over a letter."""
    return _encode(value)


def from_json(text: str) -> Any:
    """Read what `to_json` has written."""
    return _decode(text)[0]
