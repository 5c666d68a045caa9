"""What every step of the walk works with, handed in from outside."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from zoneinfo import ZoneInfo

from sync_operators.depot.storage import Depot
from sync_operators.ledger import Ledger, sites
from sync_operators.moodle.client import MoodleClient
from sync_operators.moodle.reader import MoodleReader
from sync_operators.moodle.site import SiteInfo
from sync_operators.settings import Settings
from sync_operators.tools.tool import ToolSettings


def utc_now() -> datetime:
    """The time now, aware, in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Workplace:
    """Settings, ledger, depot and Moodle of one site; clock and sleep so that tests can hold them."""

    settings: Settings
    ledger: Ledger
    depot: Depot
    moodle: MoodleClient
    holder: str
    clock: Callable[[], datetime] = utc_now
    sleep: Callable[[float], None] = time.sleep

    @cached_property
    def reader(self) -> MoodleReader:
        """Look-ups only: planning is given nothing that writes."""
        return MoodleReader(self.moodle)

    @cached_property
    def site(self) -> SiteInfo:
        """Who we are on which Moodle; one call."""
        return self.reader.site_info()

    @cached_property
    def site_id(self) -> int:
        """The ledger's number of the site that Moodle itself names."""
        with self.ledger.write() as tx:
            return sites.site_id(tx, self.site.siteurl)

    def tool_settings(self, command: str) -> ToolSettings:
        """What the command's tool needs of the settings."""
        settings = self.settings
        return ToolSettings(settings.command(command), settings.users, ZoneInfo(settings.site.timezone))
