"""The ledger: which version it is of, whether it is whole, whether it can be written; it is not touched."""

from collections.abc import Callable, Iterator, Mapping
from typing import ClassVar

from sync_operators.doctor.finding import Finding, Words
from sync_operators.ledger.looking import Look


class Ledger:
    """Checks of the ledger. `look` gives one that changes nothing."""

    name: ClassVar[str] = "ledger"
    checks: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "version": (),
        "integrity": ("version",),
        "rights": ("version",),
        "key": ("version",),
    }

    def __init__(self, look: Callable[[], Look], words: Words) -> None:
        self._open = look
        self._say = words
        self._look: Look
        self.commands: frozenset[str] = frozenset()
        """The commands that have had a run; known once `version` went well."""

    def close(self) -> None:
        """Nothing is open."""

    def version(self) -> Iterator[Finding]:
        """Whether this code understands the ledger; LedgerTooNew when later code has been there."""
        look = self._look = self._open()
        self.commands = look.commands
        case = "none" if look.version is None else "ok" if look.version == look.newest else "older"
        yield self._say(f"ledger.version.{case}", address=look.address, version=look.version or "", newest=look.newest)

    def integrity(self) -> Iterator[Finding]:
        """Whether the file is whole."""
        damage = "; ".join(self._look.damage or ())
        case = "untold" if self._look.damage is None else "damaged" if damage else "ok"
        yield self._say(f"ledger.integrity.{case}", address=self._look.address, damage=damage)

    def rights(self) -> Iterator[Finding]:
        """Whether a run could write."""
        yield self._say(f"ledger.rights.{'ok' if self._look.writable else 'none'}", address=self._look.address)

    def key(self) -> Iterator[Finding]:
        """Whether the key of the fingerprints is there: with another one every row is looked up once more."""
        if self._look.key_fault is not None:
            raise self._look.key_fault
        yield self._say(f"ledger.key.{'ok' if self._look.has_key else 'lost'}", address=self._look.address)
