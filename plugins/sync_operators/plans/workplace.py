"""What every step of the walk works with, handed in from outside."""

import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, BinaryIO
from zoneinfo import ZoneInfo

from sync_operators.depot.storage import Depot
from sync_operators.ledger import Ledger, members, pictures, sites
from sync_operators.moodle.client import MoodleClient
from sync_operators.moodle.reader import MoodleReader
from sync_operators.moodle.site import SiteInfo
from sync_operators.moodle.tally import Spent
from sync_operators.settings import Settings
from sync_operators.tools.tool import ToolSettings


def utc_now() -> datetime:
    """The time now, aware, in UTC."""
    return datetime.now(UTC)


Fetch = Callable[[str, BinaryIO], bool]
"""Reads one file of the drop, by its name, into a file; false when there is none of that name."""


@dataclass(frozen=True, slots=True)
class Workplace:
    """Settings, ledger, depot and Moodle of one site; clock and sleep so that tests can hold them.

    `fetch` is for simulations: they read a file where it lies, in the drop too, and leave it there.
    """

    settings: Settings
    ledger: Ledger
    depot: Depot
    moodle: MoodleClient
    holder: str
    clock: Callable[[], datetime] = utc_now
    sleep: Callable[[float], None] = time.sleep
    fetch: Fetch | None = None
    told_spent: dict[str, Spent] = field(default_factory=dict, repr=False)
    """What of the calls of `moodle` stands in the ledger already."""
    _known: dict[str, Any] = field(default_factory=dict, repr=False)

    @property
    def reader(self) -> MoodleReader:
        """Look-ups only: planning is given nothing that writes."""
        reader: MoodleReader = self._once("reader", lambda: MoodleReader(self.moodle))
        return reader

    @property
    def site(self) -> SiteInfo:
        """Who we are on which Moodle; one call."""
        site: SiteInfo = self._once("site", self.reader.site_info)
        return site

    @property
    def site_id(self) -> int:
        """The ledger's number of the site that Moodle itself names."""
        site_id: int = self._once("site_id", self._site_id)
        return site_id

    def read_by(self, reader: MoodleReader) -> "Workplace":
        """The same workplace, looking at Moodle by another reader."""
        return replace(self, _known={**self._known, "reader": reader})

    def _site_id(self) -> int:
        url = self.site.siteurl
        with self.ledger.write() as tx:
            return sites.site_id(tx, url)

    def _once(self, name: str, find: Callable[[], Any]) -> Any:
        # Kept in a dict that copies share: a step works on a copy whose ledger is fenced.
        if name not in self._known:
            self._known[name] = find()
        return self._known[name]

    def tool_settings(self, command: str, asked: Mapping[str, Any] | None = None) -> ToolSettings:
        """What the command's tool needs of the settings; what a run was `asked` for goes before its section."""
        settings = self.settings
        return ToolSettings(
            settings.section(command).model_copy(update=dict(asked or {})),
            settings.users,
            ZoneInfo(settings.site.timezone),
            settings.roles,
            self._members_added,
            self._pictures_given,
        )

    def _members_added(self, course_ids: Collection[int]) -> set[tuple[int, int]]:
        with self.ledger.read() as tx:
            return members.added(tx, self.site_id, course_ids)

    def _pictures_given(self, user_ids: Collection[int]) -> dict[int, str]:
        with self.ledger.read() as tx:
            return pictures.given(tx, self.site_id, user_ids)
