"""Holds Python's collector back: rows by the thousand are made and dropped, and none of them lies in a circle."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

_ALLOCATIONS = 2_000
"""So many before it looks: with Python's own 700 up to a quarter of planning goes into it; with more answers linger."""


@contextmanager
def seldom_collected() -> Iterator[None]:
    """Let the collector look seldom for the length of the block."""
    former = gc.get_threshold()
    gc.set_threshold(max(former[0], _ALLOCATIONS) if former[0] else 0, *former[1:])
    try:
        yield
    finally:
        gc.set_threshold(*former)
