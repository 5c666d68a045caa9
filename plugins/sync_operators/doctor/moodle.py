"""Moodle: can it be reached, who are we there, what may we call, see and send."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Final

from sync_operators.doctor import form_size
from sync_operators.doctor.finding import Finding, Level, Words
from sync_operators.doctor.limits import CLOCKS_APART
from sync_operators.doctor.roles import RolesSeen, roles_seen
from sync_operators.moodle import cohorts, groups
from sync_operators.moodle.capabilities import NEEDED
from sync_operators.moodle.client import MoodleClient
from sync_operators.moodle.enrolments import GET_ENROLLED
from sync_operators.moodle.errors import (
    ROLES_PAGE,
    SERVICES_PAGE,
    CapabilityMissing,
    FunctionMissing,
    Refused,
    TokenRefused,
)
from sync_operators.moodle.site import SiteInfo, site_info
from sync_operators.moodle.users import GET_BY_FIELD, require_sight
from sync_operators.tools.tool import Tool

TESTED: Final = (4, 5)
PICTURE: Final = "core_user_update_picture"
_SMALL_UPLOAD: Final = 1024**2
_SITE_HOME: Final = 1

# Reads that ask for a capability of their own, and what they are asked: things that every site has, or nobody.
_PROBES: Final[Mapping[str, tuple[Mapping[str, Any], str]]] = {
    cohorts.SEARCH: (
        {"query": "_doctor", "context": {"contextlevel": "system", "instanceid": 0}, "includes": "self", "limitnum": 1},
        "moodle/cohort:view",
    ),
    groups.GET_COURSE_GROUPS: ({"courseid": _SITE_HOME}, "moodle/course:managegroups"),
}
_SIGHT: Final = NEEDED[GET_BY_FIELD]
_LISTING: Final = "moodle/course:viewparticipants"
_ENTRY: Final = "moodle/course:view"


@dataclass(frozen=True, slots=True)
class Needs:
    """The tools there are, and the commands that this site uses: what those lack is a failure, else a warning."""

    tools: tuple[Tool, ...]
    used: frozenset[str]

    def level(self, functions: Iterable[str]) -> Level:
        """How bad it is when some functions do not work."""
        wanted = set(functions)
        hit = any(wanted & set(tool.functions) for tool in self.tools if tool.command in self.used)
        return Level.FAIL if hit else Level.WARN

    def commands(self, functions: Iterable[str]) -> str:
        """The commands that call one of some functions, for a message."""
        wanted = set(functions)
        return ", ".join(f"`{tool.command}`" for tool in self.tools if wanted & set(tool.functions))


class Moodle:
    """Checks of Moodle. `client` opens one that sends so many form fields at most."""

    name: ClassVar[str] = "moodle"
    checks: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "reach": (),
        "token": ("reach",),
        "version": ("token",),
        "account": ("token",),
        "functions": ("token",),
        "sight": ("token",),
        "capabilities": ("token",),
        "fields": ("token", "sight"),
        "uploads": ("token",),
        "roles": ("token",),
        "clock": ("reach",),
    }

    def __init__(
        self,
        *,
        client: Callable[[int], MoodleClient],
        max_fields: int,
        roles: Mapping[str, int],
        needs: Needs,
        clock: Callable[[], datetime],
        words: Words,
    ) -> None:
        self._open = client
        self._max_fields = max_fields
        self._roles = roles
        self._needs = needs
        self._clock = clock
        self._say = words
        self._clients: list[MoodleClient] = []
        self._refused: TokenRefused | None = None
        self._info: SiteInfo

    def close(self) -> None:
        """Close the connections."""
        for client in self._clients:
            client.close()

    def _client(self, max_fields: int | None = None) -> MoodleClient:
        if max_fields is None and self._clients:
            return self._clients[0]
        self._clients.append(self._open(max_fields or self._max_fields))
        return self._clients[-1]

    def reach(self) -> Iterator[Finding]:
        """Whether Moodle's web service answers at the address."""
        try:
            self._info = site_info(self._client())
        except TokenRefused as refused:
            self._refused = refused
        yield self._say("moodle.reach.ok", url=self._client().shown_url)

    def token(self) -> Iterator[Finding]:
        """Whether the token is taken, and whose it is."""
        if self._refused is not None:
            raise self._refused
        yield self._say("moodle.token.ok", username=self._info.username, site=self._info.sitename)

    def version(self) -> Iterator[Finding]:
        """Whether it is a version that this package knows."""
        found = re.match(r"(\d+)\.(\d+)", self._info.release)
        known = found is not None and (int(found[1]), int(found[2])) >= TESTED
        case = "ok" if known else "older"
        yield self._say(f"moodle.version.{case}", release=self._info.release or "?", tested=f"{TESTED[0]}.{TESTED[1]}")

    def account(self) -> Iterator[Finding]:
        """Whether the account is one for a service: Moodle protects administrators from all but administrators."""
        yield self._say(f"moodle.account.{'admin' if self._info.is_admin else 'ok'}", username=self._info.username)

    def functions(self) -> Iterator[Finding]:
        """Whether the service offers what each command calls."""
        missing = {tool.command: self._not_offered(tool.functions) for tool in self._needs.tools}
        whole = [command for command, functions in missing.items() if not functions]
        if whole:
            yield self._say("moodle.functions.ok", commands=", ".join(whole))
        for command, functions in missing.items():
            if functions:
                level = Level.FAIL if command in self._needs.used else Level.WARN
                names = ", ".join(functions)
                yield self._say(
                    "moodle.functions.missing", level=level, command=command, functions=names, page=SERVICES_PAGE
                )
        for tool in self._needs.tools:
            if some := self._not_offered(tool.functions_of_some):
                yield self._say(
                    "moodle.functions.some", command=tool.command, functions=", ".join(some), page=SERVICES_PAGE
                )

    def sight(self) -> Iterator[Finding]:
        """Whether we see accounts: Moodle leaves out those it hides from us, and says nothing."""
        if not self._offers(GET_BY_FIELD):
            yield self._say("moodle.sight.unasked", function=GET_BY_FIELD)
            return
        try:
            require_sight(self._client())
        except CapabilityMissing:
            yield self._lacking("sight", ", ".join(_SIGHT), [GET_BY_FIELD])
        else:
            yield self._say("moodle.sight.ok")

    def capabilities(self) -> Iterator[Finding]:
        """Which capabilities reading shows to be there or not; the others show only when a run writes."""
        probes = {function: probe for function, probe in _PROBES.items() if self._offers(function)}
        seen: set[str] = set()
        for function, (params, capability) in probes.items():
            held = self._holds(function, params)
            seen |= {capability} if held else set()
            if not held:
                yield self._lacking("capabilities", capability, [function])
        if seen:
            yield self._say("moodle.capabilities.ok", capabilities=", ".join(sorted(seen)))
        yield self._say("moodle.capabilities.unseen", capabilities=", ".join(self._unseen()))

    def _holds(self, function: str, params: Mapping[str, Any]) -> bool:
        try:
            self._client().read(function, params)
        except Refused as refused:
            if refused.errorcode == "nopermissions":
                return False
            raise
        return True

    def _unseen(self) -> list[str]:
        told = {*_SIGHT, _LISTING, _ENTRY, *(capability for _, capability in _PROBES.values())}
        wanted = (
            each
            for tool in self._needs.tools
            for function in (*tool.functions, *tool.functions_of_some)
            for each in NEEDED[function]
        )
        return sorted(set(wanted) - told)

    def _not_offered(self, functions: Iterable[str]) -> list[str]:
        return sorted(set(functions) - self._info.functions)

    def _offers(self, function: str) -> bool:
        return function in self._info.functions

    def _lacking(self, check: str, capability: str, functions: Iterable[str]) -> Finding:
        wanted = list(functions)
        return self._say(
            f"moodle.{check}.missing",
            level=self._needs.level(wanted),
            capabilities=capability,
            commands=self._needs.commands(wanted),
            page=ROLES_PAGE,
        )

    def fields(self) -> Iterator[Finding]:
        """How many form fields PHP takes: look-ups for nobody that grow until one is cut."""
        if not self._offers(GET_BY_FIELD):
            yield self._say("moodle.fields.unasked", function=GET_BY_FIELD)
            return
        taken, cut = form_size.find_edge(self._client(max(self._max_fields, form_size.MOST)), self._max_fields)
        if taken < self._max_fields:
            yield self._say("moodle.fields.cut", setting=self._max_fields, taken=taken)
        elif cut is None:
            yield self._say("moodle.fields.plenty", setting=self._max_fields, taken=taken)
        else:
            yield self._say("moodle.fields.ok", setting=self._max_fields, taken=taken, cut=cut)

    def uploads(self) -> Iterator[Finding]:
        """Whether files can be uploaded, and how large."""
        largest = self._info.max_upload
        if not self._info.uploads:
            yield self._say("moodle.uploads.off", level=self._needs.level([PICTURE]), page=SERVICES_PAGE)
        elif 0 < largest < _SMALL_UPLOAD:
            yield self._say("moodle.uploads.small", bytes=largest)
        else:
            yield self._say("moodle.uploads.ok", megabytes=largest // 1024**2 if largest > 0 else "∞")

    def roles(self) -> Iterator[Finding]:
        """Whether the `roles` of the settings are those that people hold in some courses."""
        try:
            seen = roles_seen(self._client())
        except FunctionMissing as missing:
            yield self._say("moodle.roles.unasked", function=", ".join(missing.functions))
        except Refused as refused:
            known = {"nopermissions": _LISTING, "requireloginerror": _ENTRY}.get(refused.errorcode)
            if known is None:
                raise
            yield self._lacking("roles", known, [GET_ENROLLED])
        else:
            yield from self._compared(seen)

    def _compared(self, seen: RolesSeen) -> Iterator[Finding]:
        wrong = [f"`{name}`: {number}" for name, number in seen.items() if self._roles.get(name, number) != number]
        unknown = [f"`{name}: {number}`" for name, number in seen.items() if name not in self._roles]
        right = [name for name, number in seen.items() if self._roles.get(name) == number]
        if wrong:
            yield self._say("moodle.roles.wrong", roles=", ".join(wrong))
        if unknown:
            yield self._say("moodle.roles.unknown", roles=", ".join(unknown))
        if right:
            yield self._say("moodle.roles.ok", roles=", ".join(right))
        if not seen:
            yield self._say("moodle.roles.none")

    def clock(self) -> Iterator[Finding]:
        """Whether Moodle's server and we agree on the time: by its own an enrolment begins and ends."""
        told = self._client().answered_at
        if told is None or told.tzinfo is None:
            yield self._say("moodle.clock.untold")
            return
        apart = round((told - self._clock()).total_seconds())
        yield self._say("moodle.clock.apart" if abs(apart) > CLOCKS_APART else "moodle.clock.ok", seconds=f"{apart:+d}")
