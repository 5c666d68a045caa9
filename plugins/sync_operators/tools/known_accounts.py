"""A row and the account it means → the acts that make the account what the row says."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sync_operators.tools.account_finder import AccountFinder
from sync_operators.tools.accounts import Account, as_text
from sync_operators.tools.new_accounts import NO_PASSWORD
from sync_operators.tools.tool import FROM_FILE, UNCHANGED, Draft, ParsedRow, RowPlan
from sync_operators.tools.user_columns import plain_fields
from sync_operators.tools.user_names import called_otherwise, new_email


@dataclass(frozen=True, slots=True)
class Change:
    """What a row would change in an account, with what stands beside it."""

    after: Mapping[str, Any] = field(default_factory=dict)
    before: Mapping[str, str] = field(default_factory=dict)
    unknown: tuple[str, ...] = ()
    args: Mapping[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()

    def is_due(self, *, fresh: bool) -> bool:
        """Values that Moodle never tells are sent when the row is new, and are never alone a reason to write again."""
        return bool(self.after) and (fresh or len(self.unknown) < len(self.after))


def known_account(finder: AccountFinder, row: ParsedRow, account: Account) -> RowPlan:
    """Change what differs."""
    finder.guard(account)
    change = _change(finder, row.values, account)
    refs = account.refs
    if not change.is_due(fresh=row.fresh):
        return RowPlan(code=UNCHANGED, args=change.args, warnings=change.warnings, refs=refs)
    drafts = tuple(_draft(finder, account, change, verb, names) for verb, names in _acts(change.after))
    return RowPlan(drafts, args=change.args, warnings=change.warnings, refs=refs)


def _change(finder: AccountFinder, values: Mapping[str, Any], account: Account) -> Change:
    wanted: dict[str, Any] = plain_fields(values, clear=finder.section.empty_clears)
    args: dict[str, str] = {}
    # An undo file gives only what it brings back.
    if values["username"] and values["username"] != account.get("username"):
        args |= _rename(values, account)
        wanted["username"] = values["username"]
    email, held_back = new_email(finder, values, account)
    if email:
        wanted["email"] = email
    if isinstance(suspended := values.get("suspended"), bool):
        wanted["suspended"] = suspended
    warnings = ("warn_email_protected",) if held_back else ()
    return _compared(
        account,
        wanted,
        password=_sends_password(finder, values),
        args=args | ({"email": values["email"]} if held_back else {}),
        warnings=warnings,
    )


def _compared(account: Account, wanted: Mapping[str, Any], *, password: bool, **beside: Any) -> Change:
    told = {name: account.get(name) for name in wanted}
    after = {name: value for name, value in wanted.items() if told[name] != as_text(value)}
    before = {name: value for name in after if (value := told[name]) is not None}
    unknown = [name for name in after if told[name] is None]
    secret = {"password": FROM_FILE} if password else {}
    return Change({**after, **secret}, before, (*unknown, *secret), **beside)


def _rename(values: Mapping[str, Any], account: Account) -> dict[str, str]:
    if values.get("oldusername") != account.get("username"):
        raise called_otherwise(values, account)
    return {"oldusername": values["oldusername"], "username": values["username"]}


def _sends_password(finder: AccountFinder, values: Mapping[str, Any]) -> bool:
    password = values.get("password")
    return bool(finder.section.update_passwords and password and password != NO_PASSWORD)


def _acts(after: Mapping[str, Any]) -> Iterator[tuple[str, frozenset[str]]]:
    """The verbs of a change with the fields of each; a rename and a suspension are counted by different guards."""
    every, ending = frozenset(after), frozenset({"suspended"} & after.keys())
    if "username" in after:
        yield "rename", every - ending
        every = ending
    if ending:
        yield ("suspend" if after["suspended"] else "unsuspend"), every
    elif every:
        yield "update", every


def _draft(finder: AccountFinder, account: Account, change: Change, verb: str, names: Iterable[str]) -> Draft:
    after = {name: value for name, value in change.after.items() if name in names}
    before = {name: value for name, value in change.before.items() if name in names}
    held = account.names()
    finder.accounts.change(account, {name: as_text(value) for name, value in after.items()})
    takes = account.names()
    unknown = tuple(name for name in change.unknown if name in names)
    return Draft(verb, "user", account.id, before, after, unknown, takes - held, held - takes)
