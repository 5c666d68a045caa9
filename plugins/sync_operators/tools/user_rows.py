"""Rows about accounts → acts: find, compare, refuse. Sees accounts as the earlier rows leave them; makes no call itself."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sync_operators.codes import Fault
from sync_operators.moodle.reader import MoodleReader
from sync_operators.moodle.site import SiteInfo
from sync_operators.moodle.users import IdentityField
from sync_operators.tools.accounts import UNIQUE, Account, Accounts, folded
from sync_operators.tools.tool import FROM_FILE, RANDOM, Draft, ParsedRow, RowPlan, ToolSettings

NO_PASSWORD = "*NOPASS*"  # noqa: S105 - a word of the file format, no secret
INTERNAL_AUTH = frozenset({"manual", "email", "nologin", "none"})
"""Authentication methods whose accounts Moodle makes only with a password (moodle/ws-functions.md, Users)."""

NOT_STORED = frozenset(
    {"username", "oldusername", "deleted", "password", "email", "suspended", "id"}
    | {"mnethostid", "maildigest", "htmleditor", "autosubscribe", "trackforums", "url", "icq"}
)
"""Columns that are no plain fields: each has a rule of its own, or nothing takes it."""


class Refusal(Exception):
    """A row cannot be done; holds the fault. Never leaves this module."""

    def __init__(self, code: str, **args: str) -> None:
        super().__init__(code)
        self.fault = Fault(code, args)


@dataclass(frozen=True, slots=True)
class Change:
    """What a row would change in an account, with what stands beside it."""

    after: dict[str, Any]
    before: dict[str, Any]
    unknown: tuple[str, ...]
    warnings: tuple[str, ...]


class AccountFinder:
    """Finds the account a row means, or says why it cannot."""

    def __init__(self, settings: ToolSettings, reader: MoodleReader, site: SiteInfo) -> None:
        self.section = settings.section
        self.identity: IdentityField = settings.section.identity
        self.accounts = Accounts(reader)
        self._site = site
        users = settings.users
        self._protected = {"guest", *(() if users.allow_admins else (name.lower() for name in users.protected))}

    def look_up(self, rows: Sequence[ParsedRow]) -> None:
        """Ask for all accounts that these rows name; first by identity, then only for the names that does not explain."""
        self.accounts.forget_told()
        self.accounts.load(self.identity, self._values(rows, self.identity))
        for field in ("username", "oldusername"):
            self.accounts.load("username", self._unexplained(rows, field, "username"))
        emails = self._unexplained(rows, "email", "email")
        self.accounts.load("email", {*emails, *(email.lower() for email in emails)})

    def find(self, row: ParsedRow) -> Account | None:
        """The account by its identity, else by user name when the row gives no identity.

        Raises Refusal when several match, or when the account has another identity than the row.
        """
        value = row.values.get(self.identity)
        if value:
            return self._only(self.identity, str(value))
        account = self._only("username", row.values["username"])
        if account and self.identity != "username" and (other := account.get(self.identity)):
            raise Refusal(
                "error_identity_conflict", username=row.values["username"], identity=self.identity, found=other
            )
        return account

    def holder(self, field: str, value: str, but: Account | None) -> Account | None:
        """The account that has this unique value, other than `but`."""
        return next((each for each in self.accounts.find(field, value) if each is not but), None)

    def guard(self, account: Account) -> None:
        """Refuse the guest, the service account and protected names."""
        username = account.get("username") or ""
        if account.id == self._site.userid or username.lower() in self._protected:
            raise Refusal("error_protected", username=username)

    def _only(self, field: str, value: str) -> Account | None:
        found = self.accounts.find(field, value)
        if len(found) > 1:
            raise Refusal("error_ambiguous", column=field, value=value, count=str(len(found)))
        return found[0] if found else None

    @staticmethod
    def _values(rows: Iterable[ParsedRow], column: str) -> set[str]:
        return {str(value) for row in rows if (value := row.values.get(column))}

    def _unexplained(self, rows: Sequence[ParsedRow], column: str, field: str) -> set[str]:
        """Values that no account found so far has: those found need no second look, it costs 4 ms each."""
        return {value for value in self._values(rows, column) if not self.accounts.find(field, value)}


class UserPlanner:
    """Plans rows of `users`: create, update, rename, suspend, delete."""

    def __init__(self, settings: ToolSettings, reader: MoodleReader, site: SiteInfo) -> None:
        self._find = AccountFinder(settings, reader, site)
        self._accounts = self._find.accounts
        self._section = settings.section

    def look_up(self, rows: Sequence[ParsedRow]) -> None:
        """Ask Moodle for all that these rows need."""
        self._find.look_up(rows)

    def plan(self, row: ParsedRow) -> RowPlan:
        """Decide on one row."""
        try:
            return self._plan(row)
        except Refusal as refusal:
            return RowPlan.of(refusal.fault)

    def _plan(self, row: ParsedRow) -> RowPlan:
        account = self._renamed(row) or self._find.find(row)
        if row.values.get("deleted"):
            return deletion(self._find, account)
        parts = tuple(_blocks(row.values))
        if account is None:
            return RowPlan(self._create(row), parts=parts)
        self._find.guard(account)
        return self._update(row, account, parts)

    def _renamed(self, row: ParsedRow) -> Account | None:
        """The account that a row with `oldusername` renames; None when there is none or it was done already."""
        old = row.values.get("oldusername")
        if not old or old == row.values["username"]:
            return None
        if not self._section.allow_rename:
            raise Refusal("error_unsupported", what="oldusername", reason="users.allow_rename is off")
        new = row.values["username"]
        source, target = self._find.holder("username", old, None), self._find.holder("username", new, None)
        if source and target:
            raise Refusal("error_rename_target_exists", username=new, found=old)
        if not source and not target:
            raise Refusal("error_rename_source_missing", username=old)
        if source and (value := row.values.get(self._find.identity)) and self._find.identity != "username":
            self._same_identity(source, str(value), old)
        return source

    def _same_identity(self, source: Account, value: str, old: str) -> None:
        identity = self._find.identity
        found = source.get(identity)
        if found and folded(identity, found) != folded(identity, value):
            raise Refusal("error_identity_conflict", username=old, identity=identity, found=found)

    # -- a new account ------------------------------------------------------------------------------------------

    def _create(self, row: ParsedRow) -> tuple[Draft, ...]:
        values = row.values
        if not values.get("email"):
            raise Refusal("error_missing_value", column="email")
        self._no_collision("username", values["username"], None)
        self._no_collision("email", values["email"], None)
        fields = {name: value for name, value in _fields(values) if value != ""}
        after = {"username": values["username"], "email": values["email"], **fields}
        account = self._accounts.make({name: str(value) for name, value in after.items()})
        created = Draft(
            "create", "user", account.id, {}, {**after, **self._new_password(values)}, takes=account.names()
        )
        if not values.get("suspended"):
            return (created,)
        # Moodle cannot create a suspended account (moodle/ws-functions.md, core_user_create_users): a second act.
        self._accounts.change(account, {"suspended": "1"})
        return (created, Draft("suspend", "user", account.id, {"suspended": False}, {"suspended": True}))

    def _new_password(self, values: Mapping[str, Any]) -> dict[str, Any]:
        password = values.get("password")
        if password and password != NO_PASSWORD:
            return {"password": FROM_FILE}
        if (values.get("auth") or "manual") not in INTERNAL_AUTH:
            return {}
        if password == NO_PASSWORD:
            return {"password": RANDOM}
        if self._section.create_passwords:
            return {"createpassword": True}
        return {"password": RANDOM, "preferences": [{"type": "auth_forcepasswordchange", "value": "1"}]}

    # -- a known account ----------------------------------------------------------------------------------------

    def _update(self, row: ParsedRow, account: Account, parts: tuple[Fault, ...]) -> RowPlan:
        change = self._change(row, account)
        refs = (("user", account.id),) if account.id > 0 else ()
        if not _reason_to_write(change, fresh=row.fresh):
            code = None if parts else "unchanged"
            return RowPlan(code=code, parts=parts, warnings=change.warnings, refs=refs)
        held = account.names()
        self._accounts.change(
            account, {name: _text(value) for name, value in change.after.items() if value != FROM_FILE}
        )
        takes = account.names()
        draft = Draft(
            _verb(change), "user", account.id, change.before, change.after, change.unknown, takes - held, held - takes
        )
        return RowPlan((draft,), parts=parts, warnings=change.warnings, refs=refs)

    def _change(self, row: ParsedRow, account: Account) -> Change:
        wanted = dict(_fields(row.values, clear=self._section.empty_clears))
        warnings = self._names(row.values, account, wanted)
        if isinstance(suspended := row.values.get("suspended"), bool):
            wanted["suspended"] = suspended
        told = {name: account.get(name) for name in wanted}
        after = {name: value for name, value in wanted.items() if told[name] is None or told[name] != _text(value)}
        before = {name: told[name] for name in after if told[name] is not None}
        unknown = [name for name in after if told[name] is None]
        if self._sends_password(row.values):
            after["password"] = FROM_FILE
            unknown.append("password")
        return Change(after, before, tuple(unknown), warnings)

    def _names(self, values: Mapping[str, Any], account: Account, wanted: dict[str, Any]) -> tuple[str, ...]:
        """Add user name and e-mail to what is wanted, where the row may change them."""
        if values["username"] != account.get("username"):
            self._rename(values, account)
            wanted["username"] = values["username"]
        email, present = values.get("email"), account.get("email") or ""
        if not email or folded("email", email) == folded("email", present):
            return ()
        if present and self._section.protect_emails:
            return ("warn_email_protected",)
        self._no_collision("email", email, account)
        wanted["email"] = email
        return ()

    def _rename(self, values: Mapping[str, Any], account: Account) -> None:
        """A user name changes only when the row names the old one: anything else is two people mixed up."""
        if values.get("oldusername") != account.get("username"):
            raise Refusal(
                "error_username_collision",
                username=values["username"],
                found=account.get("username") or "",
                other_id=str(account.id),
            )

    def _no_collision(self, field: str, value: str, account: Account | None) -> None:
        other = self._find.holder(field, value, account)
        if other:
            raise Refusal(f"error_{field}_collision", **{field: value}, found=_who(other), other_id=_shown_id(other))

    def _sends_password(self, values: Mapping[str, Any]) -> bool:
        password = values.get("password")
        return bool(self._section.update_passwords and password and password != NO_PASSWORD)


class SuspendPlanner:
    """Plans rows of `users_suspend`."""

    def __init__(self, settings: ToolSettings, reader: MoodleReader, site: SiteInfo) -> None:
        self._find = AccountFinder(settings, reader, site)

    def look_up(self, rows: Sequence[ParsedRow]) -> None:
        """Ask Moodle for the accounts that these rows name."""
        self._find.look_up(rows)

    def plan(self, row: ParsedRow) -> RowPlan:
        """Suspend the account, if it is not yet."""
        return _decided(self._find, row, self._suspend)

    def _suspend(self, finder: AccountFinder, account: Account | None) -> RowPlan:
        if account is None:
            return RowPlan(code="skipped_not_found")
        finder.guard(account)
        refs = (("user", account.id),)
        if account.get("suspended") == "1":
            return RowPlan(code="unchanged", refs=refs)
        finder.accounts.change(account, {"suspended": "1"})
        return RowPlan((Draft("suspend", "user", account.id, {"suspended": False}, {"suspended": True}),), refs=refs)


class DeletePlanner:
    """Plans rows of `users_delete`."""

    def __init__(self, settings: ToolSettings, reader: MoodleReader, site: SiteInfo) -> None:
        self._find = AccountFinder(settings, reader, site)

    def look_up(self, rows: Sequence[ParsedRow]) -> None:
        """Ask Moodle for the accounts that these rows name."""
        self._find.look_up(rows)

    def plan(self, row: ParsedRow) -> RowPlan:
        """Delete the account, if there is one."""
        return _decided(self._find, row, deletion)


def _decided(
    finder: AccountFinder, row: ParsedRow, decide: Callable[[AccountFinder, Account | None], RowPlan]
) -> RowPlan:
    try:
        account = finder.find(row)
        _second_identifier(finder, row, account)
        return decide(finder, account)
    except Refusal as refusal:
        return RowPlan.of(refusal.fault)


def _second_identifier(finder: AccountFinder, row: ParsedRow, account: Account | None) -> None:
    """A row that deletes or suspends and names the account twice must mean one and the same."""
    for field in ("username", "idnumber"):
        value, found = row.values.get(field), account.get(field) if account else None
        if value and found and field != finder.identity and folded(field, value) != folded(field, found):
            raise Refusal("error_identity_conflict", username=row.values["username"], identity=field, found=found)


def deletion(finder: AccountFinder, account: Account | None) -> RowPlan:
    """Delete the account, if there is one and it is not protected."""
    if account is None:
        return RowPlan(code="skipped_not_found")
    finder.guard(account)
    before = {name: value for name in ("username", "email", "idnumber") if (value := account.get(name))}
    frees = account.names()
    finder.accounts.delete(account)
    return RowPlan((Draft("delete", "user", account.id, before, {}, frees=frees),), refs=(("user", account.id),))


def _fields(values: Mapping[str, Any], *, clear: bool = False) -> list[tuple[str, Any]]:
    """The plain fields a row gives; empty cells only where they clear (names and identifiers never are)."""
    kept = {"firstname", "lastname", "idnumber", "auth"}
    return [
        (name, value)
        for name, value in values.items()
        if name not in NOT_STORED
        and not _is_block(name)
        and value is not None
        and (value != "" or (clear and name not in kept))
    ]


def _is_block(name: str) -> bool:
    return name in {"cohort", "cohortid"} or (
        name.rstrip("0123456789") != name and not name.startswith(("phone", "profile"))
    )


def _blocks(values: Mapping[str, Any]) -> Iterable[Fault]:
    """Enrolment blocks and cohorts, which need the tools for courses and cohorts."""
    for name, value in values.items():
        if value and _is_block(name) and name.rstrip("0123456789") in {"course", "cohort", "wwwroot"}:
            yield Fault("error_unsupported", {"what": name, "reason": "not yet"})


def _reason_to_write(change: Change, *, fresh: bool) -> bool:
    """Values that Moodle never tells are sent when the row is new, and are never alone a reason to write again."""
    return bool(change.after) and (fresh or len(change.unknown) < len(change.after))


def _verb(change: Change) -> str:
    if "username" in change.after:
        return "rename"
    if "suspended" in change.after:
        return "suspend" if change.after["suspended"] else "unsuspend"
    return "update"


def _text(value: Any) -> str:
    return str(int(value)) if isinstance(value, bool) else str(value)


def _who(account: Account) -> str:
    return account.get("username") or str(account.id)


def _shown_id(account: Account) -> str:
    return str(account.id) if account.id > 0 else "new"


__all__ = ["UNIQUE", "DeletePlanner", "SuspendPlanner", "UserPlanner"]
