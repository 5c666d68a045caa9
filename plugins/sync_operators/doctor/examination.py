"""The whole examination of a site, from its configuration to its clocks."""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sync_operators.depot.storage import Depot as Store
from sync_operators.doctor import checks
from sync_operators.doctor.configuration import Commands, Configuration, Connections
from sync_operators.doctor.depot import Depot
from sync_operators.doctor.drop import Drop
from sync_operators.doctor.finding import Finding, Level, Words
from sync_operators.doctor.ledger import Ledger
from sync_operators.doctor.limits import STAGE_WITHIN
from sync_operators.doctor.moodle import Moodle, Needs
from sync_operators.errors import ConfigurationError
from sync_operators.ledger.looking import Look
from sync_operators.moodle.client import MoodleClient
from sync_operators.settings import Settings
from sync_operators.tools import tools

if TYPE_CHECKING:
    import asyncssh

_SUBJECTS = (Drop, Depot, Ledger, Moodle)


@dataclass(frozen=True, slots=True)
class Site:
    """The ways to what a site consists of; nothing is opened before a check asks for it."""

    settings: Callable[[], Settings]
    require: Callable[[str], None]
    has: Callable[[str], bool]
    drop_session: Callable[[], "AbstractAsyncContextManager[asyncssh.SFTPClient]"]
    drop_path: Callable[[], str]
    moodle: Callable[[Settings, int], MoodleClient]
    """A client that sends so many form fields at most."""
    ledger: Callable[[Settings], Look]
    depot: Callable[[Settings], Store]
    clock: Callable[[], datetime]


def examine_site(site: Site, commands: Sequence[str] = (), *, within: float = STAGE_WITHIN) -> tuple[Finding, ...]:
    """Look at everything, whatever fails; no part of it (store and drop, then Moodle) takes longer than `within`.

    `commands`: those that the site uses; else the ledger tells which have had a run.
    """
    settings = _settings(site)
    words = Words(settings.site.language if isinstance(settings, Settings) else "en")
    found: list[Finding] = []
    for subject in (Configuration(settings, words), Connections(site.require, site.has, words)):
        checks.examine(subject, words, found)
    if not isinstance(settings, Settings):
        return (*found, *_skipped(_SUBJECTS, words, "configuration/settings"))
    return (*found, *_Examination(site, settings, words, _missing(found), within).run(commands))


def _settings(site: Site) -> Settings | ConfigurationError:
    try:
        return site.settings()
    except ConfigurationError as error:
        return error


def _missing(found: Sequence[Finding]) -> frozenset[str]:
    return frozenset(one.check for one in found if one.subject == "connections" and one.level is Level.FAIL)


def _skipped(kinds: Sequence[type[checks.Subject]], words: Words, because: str) -> list[Finding]:
    return checks.skip(((kind.name, kind.checks) for kind in kinds), words, because)


@dataclass(frozen=True, slots=True)
class _Examination:
    """What is looked at once the settings are known."""

    site: Site
    settings: Settings
    words: Words
    missing: frozenset[str]
    within: float

    def run(self, commands: Sequence[str]) -> list[Finding]:
        ledger = Ledger(lambda: self.site.ledger(self.settings), self.words)
        found = self._drop_and_store(ledger)
        used = Commands(commands, ledger.commands, [tool.command for tool in tools()], self.words)
        checks.examine(used, self.words, found)
        return found + self._moodle(used.used)

    def _drop_and_store(self, ledger: Ledger) -> list[Finding]:
        depot = self.settings.depot
        store = Depot(
            lambda: self.site.depot(self.settings), depot.url, depot.reserve, self.settings.drop.max_bytes, self.words
        )
        if "sync_drop" in self.missing:
            found = _skipped([Drop], self.words, "connections/sync_drop")
            return found + checks.examine_within([store, ledger], self.words, self.within)
        drop = Drop(self.site.drop_session, self.site.drop_path, self.settings.drop, self.site.clock, self.words)
        return checks.examine_within([drop, store, ledger], self.words, self.within)

    def _moodle(self, used: frozenset[str]) -> list[Finding]:
        if "sync_moodle" in self.missing:
            return _skipped([Moodle], self.words, "connections/sync_moodle")
        moodle = Moodle(
            client=lambda fields: self.site.moodle(self.settings, fields),
            max_fields=self.settings.moodle.max_fields,
            roles=self.settings.roles,
            needs=Needs(tools(), used),
            clock=self.site.clock,
            words=self.words,
        )
        return checks.examine_within([moodle], self.words, self.within)
