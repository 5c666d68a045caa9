"""Looks at the drop again and again, over one connection that is kept open."""

import asyncio
import time
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sync_operators.configuration.sections import Drop
    from sync_operators.intake.drop import DropFolder, Found

RENEWED_AFTER = 600.0
"""Seconds after which settings and connection are read again, and the session is opened anew."""

_PARALLEL = 2
_PATIENCE = 30.0


class DropEye:
    """One session at a time; every fault of drop and configuration is raised as it is, and mends with the next look."""

    def __init__(self, renewed_after: float = RENEWED_AFTER) -> None:
        self._renewed_after = renewed_after
        self._session = AsyncExitStack()
        self._opened = 0.0
        self._seen: tuple[DropFolder, Drop] | None = None

    async def look(self) -> "tuple[list[Found], Drop]":
        """The listing and the rules of the drop. Raises DropError and ConfigurationError."""
        from sync_operators.intake.errors import DropLost

        if self._seen is not None and time.monotonic() - self._opened < self._renewed_after:
            try:
                return await self._list(*self._seen)
            except DropLost:
                # Servers close idle sessions: that is a fault only when a new one fails, too.
                pass
        return await self._list(*await self._open())

    async def close(self) -> None:
        """Hang up."""
        self._seen = None
        await self._session.aclose()

    async def _open(self) -> "tuple[DropFolder, Drop]":
        from sync_operators.hooks.drop import drop_session
        from sync_operators.intake.drop import DropFolder

        await self.close()
        rules, path = await asyncio.to_thread(_rules_and_path)
        session = await self._session.enter_async_context(drop_session())
        self._opened = time.monotonic()
        self._seen = DropFolder(session, path, parallel=_PARALLEL, patience=_PATIENCE), rules
        return self._seen

    async def _list(self, drop: "DropFolder", rules: "Drop") -> "tuple[list[Found], Drop]":
        try:
            return await drop.listing(rules.folders), rules
        except BaseException:
            await self.close()
            raise


def _rules_and_path() -> "tuple[Drop, str]":
    """Of configuration and connection, which are read from disk and over Airflow's API: not in the event loop."""
    from sync_operators.hooks.drop import drop_path
    from sync_operators.hooks.workplace import settings

    return settings().drop, drop_path()
