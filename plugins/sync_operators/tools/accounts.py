"""Accounts as the earlier rows of a file will leave them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sync_operators.moodle.reader import MoodleReader
from sync_operators.moodle.users import IdentityField, User, stored
from sync_operators.tools.tool import Name

UNIQUE = ("username", "email")
"""What only one account may have (Moodle refuses a used e-mail unless the site allows it)."""

SEARCHED = ("id", "idnumber", *UNIQUE)


def folded(field_name: str, value: str) -> str:
    """The form in which Moodle's database compares: user names and e-mails without letter case, the rest bytewise."""
    return value.casefold() if field_name in UNIQUE else value


def as_text(value: Any) -> str:
    """A value as a form field carries it."""
    return str(int(value)) if isinstance(value, bool) else str(value)


@dataclass(slots=True)
class Account:
    """One account: a user as Moodle tells it, under the changes that earlier rows plan."""

    id: int
    user: User | None = None
    planned: dict[str, str] = field(default_factory=dict)

    def get(self, field_name: str) -> str | None:
        """The value of a field; None when Moodle does not tell it."""
        if field_name in self.planned:
            return self.planned[field_name]
        if field_name == "id":
            return str(self.id)
        if self.user is None:
            return ""
        return stored(self.user, field_name)

    @property
    def refs(self) -> tuple[tuple[str, int], ...]:
        """What a row about it stands on; nothing yet when this plan makes it."""
        return (("user", self.id),) if self.id > 0 else ()

    def names(self, fields: Iterable[str] = UNIQUE) -> frozenset[Name]:
        """The unique names that the account holds."""
        return frozenset((each, folded(each, value)) for each in fields if (value := self.get(each)))


class Accounts:
    """A window on Moodle's accounts, laid over with what earlier rows plan.

    What Moodle told is forgotten after each chunk of rows (`forget_told`), so that memory grows with the accounts a
    file changes, never with those it names.
    """

    def __init__(self, reader: MoodleReader) -> None:
        self._reader = reader
        self._by_id: dict[int, Account] = {}
        self._index: defaultdict[Name, set[int]] = defaultdict(set)
        self._asked: set[Name] = set()
        self._told: set[int] = set()
        self._made = 0

    def load(self, field_name: IdentityField, values: Iterable[str]) -> None:
        """Ask Moodle once for the accounts that have one of these values."""
        wanted = {value for value in values if value} - {value for name, value in self._asked if name == field_name}
        self._asked |= {(field_name, value) for value in wanted}
        for user in self._reader.users_by_field(field_name, sorted(wanted)) if wanted else ():
            # A deleted account is still found by its id (moodle/ws-functions.md, core_user_get_users_by_field).
            if user.id not in self._by_id and not user.deleted:
                self._add(Account(user.id, user))
                self._told.add(user.id)

    def find(self, field_name: str, value: str) -> list[Account]:
        """The accounts with that value, as the earlier rows leave them, in the order of their ids."""
        ids = self._index.get((field_name, folded(field_name, value)), ())
        return [self._by_id[each] for each in sorted(ids)]

    def make(self, values: Mapping[str, str]) -> Account:
        """An account that the plan creates; its id is negative until Moodle gives one."""
        self._made -= 1
        account = Account(self._made, None, dict(values))
        self._add(account)
        return account

    def change(self, account: Account, values: Mapping[str, str]) -> None:
        """Let later rows see these values."""
        self._unindex(account)
        account.planned.update(values)
        self._add(account)
        self._told.discard(account.id)

    def delete(self, account: Account) -> None:
        """Let later rows find no such account; its names are free again."""
        self._unindex(account)
        self._told.discard(account.id)

    def forget_told(self) -> None:
        """Drop what no row changed."""
        for key in self._told:
            self._unindex(self._by_id.pop(key))
        self._told.clear()
        self._asked.clear()

    def _add(self, account: Account) -> None:
        self._by_id[account.id] = account
        for name in account.names(SEARCHED):
            self._index[name].add(account.id)

    def _unindex(self, account: Account) -> None:
        for name in account.names(SEARCHED):
            self._index[name].discard(account.id)
            if not self._index[name]:
                del self._index[name]
