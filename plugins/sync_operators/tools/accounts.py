"""Accounts as the earlier rows of a file will leave them."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from sync_operators.moodle.reader import MoodleReader
from sync_operators.moodle.users import IdentityField, User, stored
from sync_operators.tools.attic import Attic, Kept
from sync_operators.tools.tool import Name

UNIQUE = ("username", "email")
"""What only one account may have (Moodle refuses a used e-mail unless the site allows it)."""

SEARCHED = ("id", "idnumber", *UNIQUE)


def folded(field_name: str, value: str) -> str:
    """The form in which Moodle's database compares: user names and e-mails without letter case, the rest bytewise."""
    if field_name not in UNIQUE:
        return value
    return value.lower() if value.isascii() else value.casefold()  # of plain letters the same, in half the time


def as_text(value: Any) -> str:
    """A value as a form field carries it."""
    return str(int(value)) if isinstance(value, bool) else str(value)


@dataclass(slots=True)
class Account:
    """One account: a user as Moodle tells it, under the changes that earlier rows plan."""

    id: int
    user: User | None = None
    planned: dict[str, str] = field(default_factory=dict)
    indexed: frozenset[Name] = frozenset()
    """The names under which it is found now."""

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
        return frozenset([(each, folded(each, value)) for each in fields if (value := self.get(each))])


class Accounts:
    """A window on Moodle's accounts, laid over with what earlier rows plan.

    After each chunk of rows (`forget_told`) what Moodle told is forgotten, and what rows changed is put away until it
    is named again: memory does not grow with a file.
    """

    def __init__(self, reader: MoodleReader) -> None:
        self._reader = reader
        self._by_id: dict[int, Account] = {}
        self._index: defaultdict[Name, set[int]] = defaultdict(set)
        self._asked: set[Name] = set()
        self._told: set[int] = set()
        self._deleted: set[int] = set()
        self._made = 0
        self._attic = Attic()
        self._recalled: set[Name] = set()

    def load(self, field_name: IdentityField, values: Iterable[str]) -> None:
        """Ask Moodle once for the accounts that have one of these values."""
        wanted = {value for value in values if value} - {value for name, value in self._asked if name == field_name}
        self._asked |= {(field_name, value) for value in wanted}
        # A deleted account is still found by its id (moodle/ws-functions.md, core_user_get_users_by_field).
        asked = self._reader.users_by_field(field_name, sorted(wanted)) if wanted else ()
        users = [user for user in asked if not user.deleted]
        self._bring(self._attic.by_numbers([user.id for user in users]))
        for user in users:
            if user.id not in self._by_id and user.id not in self._deleted:
                self._add(Account(user.id, user))
                self._told.add(user.id)

    def recall(self, names: Iterable[Name]) -> None:
        """Bring back, all at once, what earlier rows planned of accounts that the next rows name."""
        new = {(each, folded(each, value)) for each, value in names} - self._recalled
        self._recalled |= new
        self._bring(self._attic.by_names(new))

    def find(self, field_name: str, value: str) -> list[Account]:
        """The accounts with that value, as the earlier rows leave them, in the order of their ids."""
        name = (field_name, folded(field_name, value))
        if name not in self._recalled:
            self.recall([name])
        return [self._by_id[each] for each in sorted(self._index.get(name, ()))]

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
        del self._by_id[account.id]
        self._told.discard(account.id)
        self._deleted.add(account.id)

    def forget_told(self) -> None:
        """Drop what no row changed, and put the rest away."""
        changed = [account for account in self._by_id.values() if account.id not in self._told]
        self._attic.put(((account.id, _packed(account)), account.indexed) for account in changed)
        self._attic.put(((each, _GONE), ()) for each in self._deleted)
        for each in (self._by_id, self._index, self._told, self._asked, self._deleted, self._recalled):
            each.clear()

    def _bring(self, kept: Iterable[Kept]) -> None:
        for key, content in kept:
            if key in self._by_id or key in self._deleted:
                continue
            if content == _GONE:
                self._deleted.add(key)
            else:
                self._add(_unpacked(key, content))

    def _add(self, account: Account) -> None:
        self._by_id[account.id] = account
        account.indexed = account.names(SEARCHED)
        for name in account.indexed:
            self._index[name].add(account.id)

    def _unindex(self, account: Account) -> None:
        for name in account.indexed:
            self._index[name].discard(account.id)


_GONE = ""
_FIELDS = tuple(each.name for each in fields(User))


def _packed(account: Account) -> str:
    told = account.user and {name: getattr(account.user, name) for name in _FIELDS}
    return _encode([told, account.planned])


def _plain(value: Any) -> Any:
    return dict(value) if isinstance(value, Mapping) else sorted(value)


_encode = json.JSONEncoder(default=_plain).encode


def _unpacked(key: int, content: str) -> Account:
    told, planned = json.loads(content)
    return Account(key, User(**{**told, "told": frozenset(told["told"])}) if told else None, planned)
