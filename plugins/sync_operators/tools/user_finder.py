"""Finds the account that a row about something else names: a participant, a member of a cohort or group.

`core_user_get_users_by_field` answers hundreds of values in one call, and each value of a file is asked once: of a
participant in twenty courses only the id is kept.
"""

from collections.abc import Callable, Iterable

from sync_operators.moodle.reader import MoodleReader
from sync_operators.moodle.users import IdentityField, User
from sync_operators.tools.account_finder import Refusal
from sync_operators.tools.accounts import folded

KEPT = 50_000
"""Values whose accounts are remembered over the chunks of a file; beyond that all are asked afresh."""


class UserFinder:
    """Accounts by one of their identifiers; commands that use it leave the accounts themselves alone.

    `note` is shown each account that is found.
    """

    def __init__(
        self, identity: IdentityField, reader: MoodleReader, *, note: Callable[[User], object] = lambda _: None
    ) -> None:
        self._identity: IdentityField = identity
        self._reader = reader
        self._note = note
        self._ids: dict[str, list[int]] = {}

    def look_up(self, values: Iterable[str]) -> None:
        """Ask Moodle for the accounts that have one of these values; those asked before cost nothing."""
        wanted = {self._folded(value): value for value in values if value}
        if len(self._ids) + len(wanted) > KEPT:
            self._ids.clear()
        new = {key: value for key, value in wanted.items() if key not in self._ids}
        self._ids.update((key, []) for key in new)
        # User names and addresses are kept in lower case by nearly everybody, and Moodle may compare bytewise.
        for user in self._reader.users_by_field(self._identity, sorted({*new, *new.values()})) if new else ():
            # A deleted account is still found by its id (moodle/ws-functions.md, core_user_get_users_by_field).
            if not user.deleted:
                self._ids[self._folded(str(getattr(user, self._identity)))].append(user.id)
                self._note(user)

    def find(self, value: str) -> int:
        """The id of the one account that has this value; Refusal when there is none, or several."""
        found = self._ids.get(self._folded(value), [])
        if not found:
            raise Refusal("error_unknown_user", identity=self._identity, value=value)
        if len(found) > 1:
            raise Refusal("error_ambiguous", column=self._identity, value=value, count=str(len(found)))
        return found[0]

    def _folded(self, value: str) -> str:
        return folded(self._identity, value)
