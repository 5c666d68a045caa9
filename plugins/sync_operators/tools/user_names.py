"""User names and e-mail addresses: who may take which, and who is renamed."""

from collections.abc import Mapping
from typing import Any

from sync_operators.tools.account_finder import AccountFinder, Refusal, conflict
from sync_operators.tools.accounts import Account, folded
from sync_operators.tools.tool import ParsedRow


def renamed(finder: AccountFinder, row: ParsedRow) -> Account | None:
    """The account that a row with `oldusername` renames; None when there is none, or it was done already."""
    old, new = row.values.get("oldusername"), row.values["username"]
    if not old or old == new:
        return None
    source, target, named = finder.holder("username", old), finder.holder("username", new), _named(finder, row)
    if target and (target is named or source is None):
        return None
    if not finder.section.allow_rename:
        raise Refusal(
            "error_unsupported",
            what="oldusername",
            reason="users.allow_rename is off",
            setting="users.allow_rename: true",
        )
    if source is None:
        raise Refusal("error_rename_source_missing", username=old)
    if target:
        raise Refusal("error_rename_target_exists", username=new, found=old)
    _same_identity(finder, row, source, named)
    return source


def _named(finder: AccountFinder, row: ParsedRow) -> Account | None:
    """The account by an identity that stays while the user name changes."""
    return None if finder.identity == "username" else finder.named(row)


def _same_identity(finder: AccountFinder, row: ParsedRow, source: Account, named: Account | None) -> None:
    identity, value = finder.identity, row.values.get(finder.identity)
    if identity == "username" or not value or source is named:
        return
    if named or source.get(identity):
        raise conflict(source, identity, value)


def called_otherwise(values: Mapping[str, Any], account: Account) -> Refusal:
    """A user name changes only when the row names the old one: anything else is two people mixed up."""
    return Refusal(
        "error_username_collision",
        username=values["username"],
        stored=account.get("username") or "",
    )


def no_collision(finder: AccountFinder, field: str, value: str, account: Account | None) -> None:
    """Refuse a user name or e-mail address that another account has."""
    other = finder.holder(field, value, account)
    if other is None:
        return
    other_id = str(other.id) if other.id > 0 else "new"
    if field == "username":
        finder.guard(other)
        raise Refusal("error_username_collision", username=value, other_id=other_id)
    found = other.get("username") or ""
    raise Refusal("error_email_collision", email=value, found=found, other_id=other_id)


def new_email(finder: AccountFinder, values: Mapping[str, Any], account: Account) -> tuple[str | None, bool]:
    """The address that an account is to get, if any; and whether one was held back, because its own is protected."""
    email, present = values.get("email"), account.get("email") or ""
    if not email or folded("email", email) == folded("email", present):
        return None, False
    if present and finder.section.protect_emails:
        return None, True
    no_collision(finder, "email", email, account)
    return email, False
