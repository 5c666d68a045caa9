"""The configuration and the connections: all faults at once, and what is not set."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import ClassVar

from sync_operators.doctor.finding import Finding, Words
from sync_operators.errors import ConfigurationError
from sync_operators.settings import Settings


class Configuration:
    """Checks of the settings, or of what kept them from being read."""

    name: ClassVar[str] = "configuration"
    checks: ClassVar[Mapping[str, tuple[str, ...]]] = {"settings": (), "approvers": ("settings",)}

    def __init__(self, found: Settings | ConfigurationError, words: Words) -> None:
        self._found = found
        self._say = words

    def close(self) -> None:
        """Nothing is open."""

    def settings(self) -> Iterator[Finding]:
        """Every fault of the configuration."""
        if isinstance(self._found, Settings):
            yield self._say("configuration.settings.ok")
            return
        for fault in self._found.message.splitlines():
            yield self._say("configuration.settings.fault", fault=fault)

    def approvers(self) -> Iterator[Finding]:
        """Who decides on held plans."""
        names = self._found.approvals.approvers if isinstance(self._found, Settings) else ()
        yield self._say(f"configuration.approvers.{'ok' if names else 'empty'}", names=", ".join(names))


class Connections:
    """Checks of what is set. `require` raises ConfigurationError for a connection that is not."""

    name: ClassVar[str] = "connections"
    checks: ClassVar[Mapping[str, tuple[str, ...]]] = {"sync_drop": (), "sync_moodle": (), "sync_ledger": ()}

    def __init__(self, require: Callable[[str], None], has: Callable[[str], bool], words: Words) -> None:
        self._require = require
        self._has = has
        self._say = words

    def close(self) -> None:
        """Nothing is open."""

    def sync_drop(self) -> Iterator[Finding]:
        """Where the drop is."""
        self._require("sync_drop")
        yield self._say("connections.sync_drop.ok")

    def sync_moodle(self) -> Iterator[Finding]:
        """Where Moodle is."""
        self._require("sync_moodle")
        yield self._say("connections.sync_moodle.ok")

    def sync_ledger(self) -> Iterator[Finding]:
        """Where the ledger is; it need not be set."""
        yield self._say(f"connections.sync_ledger.{'ok' if self._has('sync_ledger') else 'default'}")


class Commands:
    """Which commands are taken as used: those asked for, else those that have had a run, else all there are."""

    name: ClassVar[str] = "configuration"
    checks: ClassVar[Mapping[str, tuple[str, ...]]] = {"commands": ()}

    def __init__(self, asked: Sequence[str], run: frozenset[str], known: Sequence[str], words: Words) -> None:
        self._unknown = [command for command in asked if command not in known]
        self._known = known
        self.used = frozenset(known) & (frozenset(asked) or run or frozenset(known))
        self._say = words

    def close(self) -> None:
        """Nothing is open."""

    def commands(self) -> Iterator[Finding]:
        """Which they are."""
        if self._unknown:
            unknown, known = ", ".join(self._unknown), ", ".join(self._known)
            yield self._say("configuration.commands.unknown", commands=unknown, known=known)
        yield self._say(
            "configuration.commands.ok", commands=", ".join(each for each in self._known if each in self.used)
        )
