"""Finds the account that a row means, or says why it cannot."""

from collections.abc import Iterable, Sequence

from sync_operators.codes import Fault
from sync_operators.moodle.reader import MoodleReader
from sync_operators.moodle.site import SiteInfo
from sync_operators.moodle.users import GUEST, IdentityField
from sync_operators.tools.accounts import Account, Accounts, folded
from sync_operators.tools.tool import ParsedRow, ToolSettings

_OTHER = {"username": "idnumber", "idnumber": "username"}


class Refusal(Exception):
    """A row cannot be done; holds the fault. Never leaves a planner."""

    def __init__(self, code: str, **args: str) -> None:
        super().__init__(code)
        self.fault = Fault(code, args)


class AccountFinder:
    """Looks accounts up in bulk, then finds the one of each row; sees them as the earlier rows leave them."""

    def __init__(self, settings: ToolSettings, reader: MoodleReader, site: SiteInfo) -> None:
        self.section = settings.section
        self.identity: IdentityField = settings.section.identity
        self.accounts = Accounts(reader)
        self._site = site
        names = ("username", "idnumber", "email", self.identity)
        self._columns = (("oldusername", "username"), *((name, name) for name in dict.fromkeys(names)))
        users = settings.users
        self._protected = {GUEST, *(() if users.allow_admins else (name.lower() for name in users.protected))}

    def look_up(self, rows: Sequence[ParsedRow], ending: Sequence[ParsedRow] = ()) -> None:
        """Ask for all accounts that these rows name; first by identity, then only for the names that does not explain.

        `ending`: the rows that delete or suspend, of which both identifiers count.
        """
        self.accounts.forget_told()
        self.accounts.recall((field, value) for column, field in self._columns for value in _values(rows, column))
        self.accounts.load(self.identity, _values(rows, self.identity))
        for column in ("username", "oldusername"):
            self.accounts.load("username", self._unexplained(rows, column, "username"))
        self.accounts.load("idnumber", self._unexplained(ending, "idnumber", "idnumber"))
        emails = self._unexplained(rows, "email", "email")
        self.accounts.load("email", {*emails, *(email.lower() for email in emails)})

    def find(self, row: ParsedRow) -> Account | None:
        """The account by its identity, else by user name when the row gives no identity.

        Raises Refusal when several match, or when the account has another identity than the row.
        """
        if row.values.get(self.identity):
            return self.named(row)
        account = self._only("username", row.values["username"])
        if account and self.identity != "username" and account.get(self.identity):
            raise conflict(account, self.identity)
        return account

    def named(self, row: ParsedRow) -> Account | None:
        """The account that has the row's identity; None when the row gives none, or nobody has it."""
        value = row.values.get(self.identity)
        return self._only(self.identity, value) if value else None

    def may_be_known(self, row: ParsedRow) -> bool:
        """Whether an account has any identifier of the row, so far as rows and Moodle tell by now."""
        named = ((name, row.values.get(name)) for name in (self.identity, "username"))
        return any(self.accounts.find(name, value) for name, value in named if value)

    def holder(self, field: str, value: str, but: Account | None = None) -> Account | None:
        """The account that has this unique value, other than `but`."""
        return next((each for each in self.accounts.find(field, value) if each is not but), None)

    def guard(self, account: Account) -> None:
        """Refuse the guest, the service account and protected names."""
        username = account.get("username") or ""
        if account.id == self._site.userid or username.lower() in self._protected:
            raise Refusal("error_protected", username=username)

    def agree(self, row: ParsedRow, account: Account | None) -> None:
        """Refuse a row whose user name and idnumber mean different accounts: nobody is deleted on doubt."""
        for field, other_field in _OTHER.items():
            value, found = row.values.get(field), account.get(field) if account else ""
            if account and value and found and folded(field, found) != folded(field, value):
                raise conflict(account, field, value)
            other = self.holder(field, value, account) if value and not found else None
            # A user name may have gone to somebody else meanwhile, whose identity then tells so.
            if other and (field == "idnumber" or not other.get(self.identity)):
                raise conflict(other, other_field, row.values.get(other_field))

    def _only(self, field: str, value: str) -> Account | None:
        found = self.accounts.find(field, value)
        if len(found) > 1:
            raise Refusal("error_ambiguous", column=field, value=value, count=str(len(found)))
        return found[0] if found else None

    def _unexplained(self, rows: Iterable[ParsedRow], column: str, field: str) -> set[str]:
        """Values that no account found so far has: those found need no second look, it costs 4 ms each."""
        return {value for value in _values(rows, column) if not self.accounts.find(field, value)}


def conflict(account: Account, identity: str, value: str | None = None) -> Refusal:
    """An account that has another identifier than the row which names it."""
    found = account.get(identity)
    shown = {"identity": identity, "found": found} if found else {}
    wanted = {"value": value} if found and value else {}
    return Refusal("error_identity_conflict", username=account.get("username") or "", **shown, **wanted)


def _values(rows: Iterable[ParsedRow], column: str) -> set[str]:
    return {value for row in rows if (value := row.values.get(column))}
