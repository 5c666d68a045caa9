"""The drop: can it be reached and trusted, listed, written to, locked."""

import asyncio
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from sync_operators.configuration.sections import Drop as Rules
from sync_operators.doctor.finding import Finding, Words
from sync_operators.doctor.limits import ANSWER_WITHIN, CLOCKS_APART
from sync_operators.intake.drop import DropFolder, Found
from sync_operators.intake.errors import DropError, DropRefused, HostKeyRefused, LoginRefused

if TYPE_CHECKING:
    import asyncssh


_CONTENT = b"The doctor of Tool Sync was here; this file may be deleted.\n"


class Drop:
    """Checks of the drop, over one session. `path` and `session` come from the connection."""

    name: ClassVar[str] = "drop"
    checks: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "reach": (),
        "host_key": ("reach",),
        "login": ("reach", "host_key"),
        "listing": ("login",),
        "write": ("listing",),
        "clock": ("write",),
        "exclusive": ("write",),
        "rename": ("write",),
        "delete": ("write",),
        "lock": ("listing",),
    }

    def __init__(
        self,
        session: Callable[[], "AbstractAsyncContextManager[asyncssh.SFTPClient]"],
        path: Callable[[], str],
        rules: Rules,
        clock: Callable[[], datetime],
        words: Words,
    ) -> None:
        self._open = session
        self._path = path
        self._rules = rules
        self._clock = clock
        self._say = words
        self._runner = asyncio.Runner()
        self._stack = AsyncExitStack()
        self._refused: DropError | None = None
        self._folder: DropFolder
        self._listing: list[Found] = []
        # Capture leaves names that begin so where they are.
        self._probe = b"_doctor-" + secrets.token_hex(4).encode()

    def close(self) -> None:
        """Hang up."""
        with self._runner:
            self._runner.run(self._stack.aclose())

    def reach(self) -> Iterator[Finding]:
        """Whether somebody answers there; who it is and whether we are let in are questions of their own."""
        try:
            session = self._runner.run(self._stack.enter_async_context(self._open()))
            self._folder = DropFolder(session, self._path(), parallel=2, patience=ANSWER_WITHIN)
        except (HostKeyRefused, LoginRefused) as refused:
            self._refused = refused
        yield self._say("drop.reach.ok")

    def host_key(self) -> Iterator[Finding]:
        """Whether it is the server that is expected."""
        if isinstance(self._refused, HostKeyRefused):
            raise self._refused
        yield self._say("drop.host_key.ok")

    def login(self) -> Iterator[Finding]:
        """Whether we are let in."""
        if self._refused is not None:
            raise self._refused
        yield self._say("drop.login.ok")

    def listing(self) -> Iterator[Finding]:
        """Whether the directory is there and can be listed."""
        self._listing = self._runner.run(self._folder.listing())
        yield self._say("drop.listing.ok", path=self._path(), count=len(self._listing))

    def write(self) -> Iterator[Finding]:
        """Whether a file can be made."""
        try:
            self._runner.run(self._folder.create(self._probe, _CONTENT))
        except DropRefused as refused:
            yield self._say("drop.write.refused", path=self._path(), reason=refused.reason)
        else:
            yield self._say("drop.write.ok")

    def clock(self) -> Iterator[Finding]:
        """Whether the server's clock agrees with ours: the age of locks is told by it."""
        made = self._runner.run(self._folder.look(self._probe))
        if made is None or not made.mtime:
            yield self._say("drop.clock.untold")
            return
        apart = round(made.mtime - self._clock().timestamp())
        yield self._say("drop.clock.apart" if abs(apart) > CLOCKS_APART else "drop.clock.ok", seconds=f"{apart:+d}")

    def exclusive(self) -> Iterator[Finding]:
        """Whether a file that is there is refused to who wants to make it: else two could hold one lock."""
        try:
            self._runner.run(self._folder.create(self._probe, _CONTENT))
        except DropRefused:
            yield self._say("drop.exclusive.ok")
        else:
            yield self._say("drop.exclusive.ignored")

    def rename(self) -> Iterator[Finding]:
        """Whether a file can get another name."""
        to = self._probe + b"-renamed"
        try:
            self._runner.run(self._folder.rename(self._probe, to))
        except DropRefused as refused:
            yield self._say("drop.rename.refused", path=self._path(), reason=refused.reason)
        else:
            self._probe = to
            yield self._say("drop.rename.ok")

    def delete(self) -> Iterator[Finding]:
        """Whether a file can be deleted."""
        name = self._probe.decode()
        try:
            self._runner.run(self._folder.remove(self._probe))
        except DropRefused as refused:
            yield self._say("drop.delete.refused", path=self._path(), name=name, reason=refused.reason)
        else:
            yield self._say("drop.delete.ok")

    def lock(self) -> Iterator[Finding]:
        """Whether somebody has locked the drop, and for how long."""
        ours = {self._rules.alock, self._rules.lock}
        locks = [found for found in self._listing if found.shown in ours]
        for found in locks:
            age = self._clock().timestamp() - found.mtime
            stale = age > self._rules.lock_stale_after.total_seconds()
            case = "stale" if stale else "held"
            yield self._say(f"drop.lock.{case}", name=found.shown, minutes=max(0, round(age / 60)))
        if not locks:
            yield self._say("drop.lock.ok")
