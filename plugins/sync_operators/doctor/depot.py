"""The depot: can files be kept there, and is there room for them."""

import io
import secrets
from collections.abc import Callable, Iterator, Mapping
from typing import ClassVar, Final

from sync_operators.depot.names import QUEUED
from sync_operators.depot.storage import Depot as Store
from sync_operators.doctor.finding import Finding, Words

_CONTENT: Final = b"The doctor of Tool Sync was here.\n"
_MB: Final = 1_000_000


class Depot:
    """Checks of the depot. Below `reserve` bytes of free space nothing is captured, `roomy` are wanted."""

    name: ClassVar[str] = "depot"
    checks: ClassVar[Mapping[str, tuple[str, ...]]] = {"rights": (), "space": ("rights",)}

    def __init__(self, depot: Callable[[], Store], url: str, reserve: int, roomy: int, words: Words) -> None:
        self._open = depot
        self._url = url
        self._reserve = reserve
        self._roomy = roomy
        self._say = words
        self._depot: Store

    def close(self) -> None:
        """Nothing is open."""

    def rights(self) -> Iterator[Finding]:
        """Whether a file can be written, read and taken away again, where no run looks for files."""
        self._depot = self._open()
        place = f"{QUEUED}/.doctor-{secrets.token_hex(4)}"
        try:
            self._depot.put(place, io.BytesIO(_CONTENT), mode=0o600)
            with self._depot.open(place) as file:
                same = file.read() == _CONTENT
        finally:
            self._depot.remove(place)
        yield self._say(f"depot.rights.{'ok' if same else 'garbled'}", url=self._url)

    def space(self) -> Iterator[Finding]:
        """Whether there is room."""
        free = self._depot.free_bytes()
        if free is None:
            yield self._say("depot.space.untold", url=self._url)
            return
        case = "full" if free <= self._reserve else "scarce" if free < self._reserve + self._roomy else "ok"
        free, reserve, roomy = (size // _MB for size in (free, self._reserve, self._roomy))
        yield self._say(f"depot.space.{case}", url=self._url, free=free, reserve=reserve, roomy=roomy)
