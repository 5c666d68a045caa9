"""Cuts rows into requests by rows and by form fields.

PHP drops what lies beyond `max_input_vars` without a word (`moodle/ws-functions.md`, Request size), so it is the
fields that count, those of the call itself (`fixed`) included.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from sync_operators.moodle.errors import TooManyFields

T = TypeVar("T")


def batches(
    items: Iterable[T],
    *,
    max_rows: int | Callable[[], int],
    max_fields: int,
    fixed: int = 0,
    fields: Callable[[T], int],
) -> Iterator[list[T]]:
    """The items in their order, in batches that are never empty and never over a limit.

    `max_rows` may be asked for each batch when it is begun: see `pressure`.
    Raises TooManyFields for an item that alone is over it.
    """
    batch: list[T] = []
    room, most = max_fields - fixed, _asked(max_rows)
    for item in items:
        needed = fields(item)
        if needed > max_fields - fixed:
            raise TooManyFields(needed + fixed, max_fields)
        if batch and (len(batch) >= most or needed > room):
            yield batch
            batch, room, most = [], max_fields - fixed, _asked(max_rows)
        batch.append(item)
        room -= needed
    if batch:
        yield batch


def _asked(limit: int | Callable[[], int]) -> int:
    return limit if isinstance(limit, int) else limit()
