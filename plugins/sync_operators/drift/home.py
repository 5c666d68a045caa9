"""Looks accounts up in the list of the site home, where only their numbers are asked for."""

import logging
import sqlite3
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Final, get_args

from sync_operators.moodle.client import MoodleClient
from sync_operators.moodle.errors import CapabilityMissing, Refused
from sync_operators.moodle.reader import MoodleReader
from sync_operators.moodle.site_home import CHEAPER, ListedField, people
from sync_operators.moodle.users import IdentityField, User

log = logging.getLogger(__name__)

_AT_ONCE: Final = 500


class HomeReader(MoodleReader):
    """A reader that knows number and identifier of every account from one list; whom that does not name is looked up.

    `needed` is how many accounts will be asked for: on a site with far more of them looking up is cheaper, and the list
    is given up. Accounts that it names have no other field: it is for planners that want their numbers alone.
    """

    def __init__(self, client: MoodleClient, needed: int) -> None:
        super().__init__(client)
        self._most = CHEAPER * needed
        self._field: ListedField | None = None
        self._people = sqlite3.connect("")
        self.has_list = False

    def users_by_field(self, field: IdentityField, values: Iterable[str]) -> list[User]:
        """The accounts that have one of the values in a field."""
        wanted = list(dict.fromkeys(values))
        found = self._listed(field, wanted) if field in get_args(ListedField) else []
        named = {str(getattr(user, field)) for user in found}
        rest = [value for value in wanted if value not in named]
        return [*found, *(super().users_by_field(field, rest) if rest else ())]

    def close(self) -> None:
        """Forget the list."""
        self._people.close()

    def _listed(self, field: IdentityField, wanted: Sequence[str]) -> list[User]:
        if field != self._field:
            self._field = field  # type: ignore[assignment]  # the caller has looked
            self.has_list = self._read(self._field)
        found: list[User] = []
        for at in range(0, len(wanted) if self.has_list else 0, _AT_ONCE):
            part = wanted[at : at + _AT_ONCE]
            marks = ", ".join("?" * len(part))
            asked = self._people.execute(f"SELECT id, value FROM people WHERE value IN ({marks})", part)  # noqa: S608  our own marks
            found += [_user(number, field, value) for number, value in asked]
        return found

    def _read(self, field: ListedField | None) -> bool:
        """Read the list into a file of SQLite's own; whether it answers the question."""
        self._people.executescript("DROP TABLE IF EXISTS people; CREATE TABLE people (id INTEGER, value TEXT)")
        try:
            every = people(self._client, field or "id")
            self._people.executemany("INSERT INTO people VALUES (?, ?)", islice(every, self._most))
            is_whole = next(every, None) is None
        except (Refused, CapabilityMissing) as refused:
            log.warning("drift: accounts are looked up one by one: %s", refused)
            return False
        self._people.execute("CREATE INDEX by_value ON people (value)")
        log.info("drift: site home field=%s whole=%s", field, is_whole)
        return is_whole


def _user(number: int, field: IdentityField, value: str) -> User:
    fields = {} if field == "id" else {field: value}
    return User(number, told=frozenset({"id", *fields}), **fields)  # type: ignore[arg-type]
