"""Rows about accounts → acts, one planner per command; no calls but those of `look_up`."""

from collections.abc import Sequence

from sync_operators.moodle.reader import MoodleReader
from sync_operators.moodle.site import SiteInfo
from sync_operators.tools.account_finder import AccountFinder, Refusal
from sync_operators.tools.accounts import Account
from sync_operators.tools.known_accounts import known_account
from sync_operators.tools.new_accounts import new_account
from sync_operators.tools.tool import Draft, ParsedRow, RowPlan, ToolSettings
from sync_operators.tools.user_columns import blocks
from sync_operators.tools.user_names import renamed


class _Planner:
    """What the planners have in common: a refused row is a plan, too."""

    def __init__(self, settings: ToolSettings, reader: MoodleReader, site: SiteInfo) -> None:
        self._finder = AccountFinder(settings, reader, site)

    def look_up(self, rows: Sequence[ParsedRow]) -> None:
        """Ask Moodle for all that these rows need."""
        self._finder.look_up(rows, ending=rows)

    def plan(self, row: ParsedRow) -> RowPlan:
        """Decide on one row."""
        try:
            return self._plan(row)
        except Refusal as refusal:
            return RowPlan.of(refusal.fault)

    def _plan(self, row: ParsedRow) -> RowPlan:
        raise NotImplementedError


class UserPlanner(_Planner):
    """Plans rows of `users`: create, update, rename, suspend, delete."""

    def look_up(self, rows: Sequence[ParsedRow]) -> None:
        """Ask Moodle for all that these rows need."""
        self._finder.look_up(rows, ending=[row for row in rows if row.values.get("deleted")])

    def _plan(self, row: ParsedRow) -> RowPlan:
        if row.values.get("deleted"):
            return deletion(self._finder, row)
        account = renamed(self._finder, row) or self._finder.find(row)
        parts = tuple(blocks(row.values))
        if account is None:
            return RowPlan(new_account(self._finder, row), parts=parts)
        return known_account(self._finder, row, account, parts)


class SuspendPlanner(_Planner):
    """Plans rows of `users_suspend`."""

    def _plan(self, row: ParsedRow) -> RowPlan:
        account = _ended(self._finder, row)
        if account is None:
            return _not_found(self._finder, row)
        if account.get("suspended") == "1":
            return RowPlan(code="unchanged", refs=account.refs)
        self._finder.accounts.change(account, {"suspended": "1"})
        draft = Draft("suspend", "user", account.id, {"suspended": False}, {"suspended": True})
        return RowPlan((draft,), refs=account.refs)


class DeletePlanner(_Planner):
    """Plans rows of `users_delete`."""

    def _plan(self, row: ParsedRow) -> RowPlan:
        return deletion(self._finder, row)


def deletion(finder: AccountFinder, row: ParsedRow) -> RowPlan:
    """Delete the account, if there is one and it is not protected."""
    account = _ended(finder, row)
    if account is None:
        return _not_found(finder, row)
    before = {name: value for name in ("username", "email", "idnumber") if (value := account.get(name))}
    frees = account.names()
    finder.accounts.delete(account)
    return RowPlan((Draft("delete", "user", account.id, before, {}, frees=frees),), refs=account.refs)


def _ended(finder: AccountFinder, row: ParsedRow) -> Account | None:
    """The account that a row deletes or suspends; all that the row says of it must agree."""
    account = finder.find(row)
    finder.agree(row, account)
    if account:
        finder.guard(account)
    return account


def _not_found(finder: AccountFinder, row: ParsedRow) -> RowPlan:
    identity = finder.identity if row.values.get(finder.identity) else "username"
    return RowPlan(code="skipped_not_found", args={"identity": identity, "value": row.values[identity]})
