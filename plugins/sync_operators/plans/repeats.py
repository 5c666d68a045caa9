"""Finds keys that come more than once among millions, at eight bytes a row."""

from array import array
from collections.abc import Iterable
from itertools import pairwise

_PARTS = 256


class Repeats:
    """Collects the hashes of keys; equal hashes are candidates, which a second reading decides."""

    def __init__(self) -> None:
        self._parts = [array("q") for _ in range(_PARTS)]
        self._add = [part.append for part in self._parts]

    def add(self, keys: Iterable[str]) -> None:
        """Take note of keys."""
        add = self._add
        for value in map(hash, keys):
            add[value & 255](value)

    def candidates(self) -> frozenset[int]:
        """The hashes that came more than once."""
        return frozenset(value for part in self._parts for value in _repeated(part))


def _repeated(part: "array[int]") -> Iterable[int]:
    if len(set(part)) == len(part):
        return
    ordered = sorted(part)
    yield from (first for first, second in pairwise(ordered) if first == second)
