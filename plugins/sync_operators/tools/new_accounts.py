"""A row without an account → the acts that make one."""

from collections.abc import Mapping
from typing import Any

from sync_operators.moodle import rules
from sync_operators.tools.account_finder import AccountFinder, Refusal
from sync_operators.tools.tool import FROM_FILE, RANDOM, Draft, ParsedRow
from sync_operators.tools.user_columns import plain_fields
from sync_operators.tools.user_names import no_collision

NO_PASSWORD = "*NOPASS*"  # noqa: S105 - a word of the file format, no secret
FORCE_CHANGE = {"type": "auth_forcepasswordchange", "value": "1"}


def new_account(finder: AccountFinder, row: ParsedRow) -> tuple[Draft, ...]:
    """Create the account; suspend it when the row says so."""
    _check(finder, row.values)
    after = {"username": row.values["username"], "email": row.values["email"], **plain_fields(row.values)}
    account = finder.accounts.make({**after, "suspended": "0"})
    password = new_password(row.values, create=finder.section.create_passwords)
    created = Draft("create", "user", account.id, {}, {**after, **password}, takes=account.names())
    if not row.values.get("suspended"):
        return (created,)
    # Moodle cannot create a suspended account (moodle/ws-functions.md, core_user_create_users): a second act.
    finder.accounts.change(account, {"suspended": "1"})
    return created, Draft("suspend", "user", account.id, {"suspended": False}, {"suspended": True})


def _check(finder: AccountFinder, values: Mapping[str, Any]) -> None:
    if values.get("id"):
        # Moodle numbers accounts itself: the new one would never be found by this id.
        raise Refusal("error_invalid_value", column="id", value=values["id"], reason="no_such_account")
    if not values.get("email"):
        raise Refusal("error_missing_value", column="email")
    no_collision(finder, "username", values["username"], None)
    no_collision(finder, "email", values["email"], None)


def new_password(values: Mapping[str, Any], *, create: bool) -> dict[str, Any]:
    """What is sent for the password of a new account: the file's, Moodle's own, one that nobody knows, or nothing."""
    password = values.get("password")
    if password and password != NO_PASSWORD:
        return {"password": FROM_FILE}
    if not rules.needs_password(values.get("auth") or "manual"):
        return {}
    if password == NO_PASSWORD:
        return {"password": RANDOM}
    return {"createpassword": True} if create else {"password": RANDOM, "preferences": [FORCE_CHANGE]}
