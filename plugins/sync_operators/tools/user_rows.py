"""Rows about accounts → acts, one planner per command; no calls but those of `look_up`."""

from collections.abc import Sequence
from dataclasses import replace

from sync_operators.codes import Fault
from sync_operators.moodle.reader import MoodleReader
from sync_operators.moodle.site import SiteInfo
from sync_operators.tools.account_finder import AccountFinder, Refusal
from sync_operators.tools.accounts import Account
from sync_operators.tools.known_accounts import known_account
from sync_operators.tools.new_accounts import new_account
from sync_operators.tools.tool import Draft, ParsedRow, RowPlan, ToolSettings
from sync_operators.tools.user_blocks import BlockPlanner, Part
from sync_operators.tools.user_cohorts import CohortPart
from sync_operators.tools.user_columns import remote_blocks
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
    """Plans rows of `users`: create, update, rename, suspend, delete; then their cohorts and enrolment blocks."""

    def __init__(self, settings: ToolSettings, reader: MoodleReader, site: SiteInfo) -> None:
        super().__init__(settings, reader, site)
        self._beside = (CohortPart(settings, reader, site), BlockPlanner(settings, reader, site))
        self._named: list[CohortPart | BlockPlanner] = []

    def look_up(self, rows: Sequence[ParsedRow]) -> None:
        """Ask Moodle for all that these rows need."""
        ending = [row for row in rows if row.values.get("deleted")]
        self._finder.look_up(rows, ending=ending)
        staying = [row for row in rows if not row.values.get("deleted")]
        # A renamed account is found under its new name by the rows that follow.
        renames = any(row.values.get("oldusername") for row in staying)
        # Most files have neither: then no row is asked for them.
        self._named = [each for each in self._beside if any(map(each.is_named, staying))]
        for each in self._named:
            each.look_up(staying, lambda row: renames or self._finder.may_be_known(row))

    def _plan(self, row: ParsedRow) -> RowPlan:
        if row.values.get("deleted"):
            return deletion(self._finder, row)
        account = renamed(self._finder, row) or self._finder.find(row)
        if account is None:
            drafts = new_account(self._finder, row)
            return self._with_parts(RowPlan(drafts), row, drafts[0].target)
        return self._with_parts(known_account(self._finder, row, account), row, account.id)

    def _with_parts(self, plan: RowPlan, row: ParsedRow, user: int) -> RowPlan:
        """The account first; each cohort and block is a part of its own, and nothing it lacks keeps the others back."""
        parts = [part for each in self._named for part in each.plan(row, user)]
        parts += [Part(faults=(fault,)) for fault in remote_blocks(row.values)]
        if not parts and not plan.code and not plan.parts:
            return plan
        drafts = (*plan.drafts, *(draft for part in parts for draft in part.drafts))
        faults = tuple(fault for part in parts for fault in part.faults)
        refs = dict.fromkeys((*plan.refs, *(ref for part in parts for ref in part.refs if ref[1] > 0)))
        if not drafts:
            return replace(plan, parts=faults, refs=tuple(refs))
        beside = (Fault(plan.code),) if plan.code else ()
        told = (*beside, *(fault for part in parts for fault in part.told))
        return replace(plan, drafts=drafts, code=None, parts=told, refs=tuple(refs))


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
