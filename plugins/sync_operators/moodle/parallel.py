"""Asks several things of Moodle at once, as many as there are connections."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")
A = TypeVar("A")


def in_parallel(ask: Callable[[T], A], items: Sequence[T], workers: int) -> list[A]:
    """The answers in the order of the items; the first error ends it."""
    if len(items) < 2 or workers < 2:
        return [ask(item) for item in items]
    with ThreadPoolExecutor(workers, thread_name_prefix="moodle") as pool:
        return list(pool.map(ask, items))
