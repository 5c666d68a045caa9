"""Creating, updating and deleting accounts (source: ws-functions.md, "Users")."""

import hashlib
import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from include.sandbox.moodle.accounts import ADMIN_ID, GUEST_ID
from include.sandbox.moodle.cleaning import AUTHS, LANGUAGES, is_email
from include.sandbox.moodle.enrolment import forget_account
from include.sandbox.moodle.icons import delete_picture, set_picture
from include.sandbox.moodle.params import Many, Struct, Value, optional
from include.sandbox.moodle.refusals import Refusal, invalid_parameter, invalid_user, write_error
from include.sandbox.moodle.registry import Call, function
from include.sandbox.moodle.user_rules import (
    OPTIONAL_FIELDS,
    check_lengths,
    digest,
    keeps_password,
    policy_faults,
    stored_fields,
)
from include.sandbox.store import Store

_REQUIRED = {
    "username": Value("username"),
    "firstname": Value("notags"),
    "lastname": Value("notags"),
    "email": Value("raw_trimmed"),
}
# A new account's plugin logs people in; these two do not.
_NOT_FOR_PEOPLE = {"webservice", "mnet"}


@function(
    "core_user_create_users",
    Struct({"users": Many(Struct({**_REQUIRED, "createpassword": optional("bool"), **OPTIONAL_FIELDS}))}),
    writes=True,
    capability="moodle/user:create",
)
def create_users(call: Call) -> list[dict[str, Any]]:
    """All accounts or none, with ids in the order sent."""
    with call.store.transaction():
        made = [_create(call.store, row) for row in call.params["users"]]
        call.store.add_to_journal("core_user_create_users", _without_passwords(call.params), len(made))
    return made


def _create(store: Store, row: Mapping[str, Any]) -> dict[str, Any]:
    auth = row.get("auth", "manual")
    _check_new(store, row, auth)
    if keeps_password(auth) and not row.get("createpassword"):
        _check_password(row["password"])
    check_lengths(row)
    now = int(time.time())
    fields = stored_fields(row, {}) | _password_fields(row, auth) | {"timecreated": now, "timemodified": now}
    with _database_errors():
        user_id = store.add_user(fields)
    return {"id": user_id, "username": row["username"]}


def _check_new(store: Store, row: Mapping[str, Any], auth: str) -> None:
    names = (row["username"], row["firstname"], row["lastname"])
    has_password = bool(row.get("password")) or bool(row.get("createpassword"))
    if (
        any(name.strip() == "" for name in names)
        or row.get("lang", "en") not in LANGUAGES
        or auth not in AUTHS - _NOT_FOR_PEOPLE
        or store.users_among("username", [row["username"]])
        or (keeps_password(auth) and not has_password)
        or not is_email(row["email"])
        or store.email_taken(row["email"])
    ):
        raise invalid_parameter()


def _check_password(password: str) -> None:
    faults = policy_faults(password)
    if faults:
        raise Refusal(faults, f"error/{faults}")


def _password_fields(row: Mapping[str, Any], auth: str) -> dict[str, str]:
    if not keeps_password(auth):
        return {}
    if row.get("createpassword"):
        return {"password": "", "password_origin": "generated"}
    return {"password": digest(row["password"]), "password_origin": "given"} if row.get("password") else {}


@function(
    "core_user_update_users",
    Struct(
        {
            "users": Many(
                Struct(
                    {
                        "id": Value("int"),
                        **{name: optional(value.type) for name, value in _REQUIRED.items()},
                        "suspended": optional("bool"),
                        "userpicture": optional("int"),
                        **OPTIONAL_FIELDS,
                    }
                )
            )
        }
    ),
    writes=True,
    capability="moodle/user:update",
)
def update_users(call: Call) -> dict[str, Any]:
    """Row by row: a bad row becomes a warning, the others are saved."""
    refused = [(row["id"], _refusal_of_update(call, row)) for row in call.params["users"]]
    warnings = [_warning(user_id, refusal) for user_id, refusal in refused if refusal is not None]
    saved = len(refused) - len(warnings)
    if saved:
        call.store.add_to_journal("core_user_update_users", _without_passwords(call.params), saved)
    # The policy's HTML is no code: Moodle finds its own answer invalid, after it has saved the good rows.
    if any(one["warningcode"].startswith("<") for one in warnings):
        raise Refusal(
            "invalidresponse", "Invalid response value detected", "core\\exception\\invalid_response_exception"
        )
    return {"warnings": warnings}


def _refusal_of_update(call: Call, row: Mapping[str, Any]) -> Refusal | None:
    try:
        with call.store.transaction():
            _update(call.store, row)
            if "userpicture" in row:
                set_picture(call.store, row["id"], call.caller.user_id, row["userpicture"])
    except Refusal as refusal:
        return refusal
    return None


def _update(store: Store, row: Mapping[str, Any]) -> None:
    before = _updatable(store, row["id"])
    if "email" in row and row["email"] != before["email"]:
        _check_new_email(store, row["id"], row["email"])
    if row.get("password"):
        _check_password(row["password"])
    check_lengths(row)
    fields = stored_fields(row, before) | _password_fields(row, row.get("auth", before["auth"]))
    with _database_errors():
        store.change_user(row["id"], fields | {"timemodified": int(time.time())})


def _updatable(store: Store, user_id: int) -> dict[str, Any]:
    user = store.user(user_id)
    if user is None:
        raise Refusal("invaliduserid", "Invalid user ID")
    if user["deleted"]:
        raise Refusal("usernotupdateddeleted", "error/usernotupdateddeleted")
    if user_id == GUEST_ID:
        raise Refusal("usernotupdatedguest", "error/usernotupdatedguest")
    if user_id == ADMIN_ID:
        raise Refusal("usernotupdatedadmin", "Cannot update admin accounts")
    return user


def _check_new_email(store: Store, user_id: int, email: str) -> None:
    if not is_email(email):
        raise Refusal("useremailinvalid", "error/useremailinvalid")
    if store.email_taken(email, but=user_id):
        raise Refusal("useremailduplicate", "Duplicate address")


def _warning(user_id: int, refusal: Refusal) -> dict[str, Any]:
    return {"item": "user", "itemid": user_id, "warningcode": refusal.errorcode, "message": refusal.message}


@function(
    "core_user_delete_users",
    Struct({"userids": Many(Value("int"))}),
    writes=True,
    capability="moodle/user:delete",
)
def delete_users(call: Call) -> None:
    """All accounts or none; the guest account stays, without an error."""
    with call.store.transaction():
        for user_id in call.params["userids"]:
            _delete(call, user_id)
        call.store.add_to_journal("core_user_delete_users", dict(call.params), len(call.params["userids"]))


def _delete(call: Call, user_id: int) -> None:
    user = call.store.user(user_id)
    if user is None or user["deleted"]:
        raise invalid_user()
    if user_id == ADMIN_ID:
        raise Refusal("useradminodelete", "Administrator accounts cannot be deleted.")
    if user_id == call.caller.user_id:
        raise Refusal("usernotdeletederror", "User not deleted - error")
    if user_id != GUEST_ID:
        forget_account(call.store, user_id)
        delete_picture(call.store, user_id)
        call.store.change_user(user_id, _mangled(call.store, user))


def _mangled(store: Store, user: Mapping[str, Any]) -> dict[str, Any]:
    now = int(time.time())
    stamp = now
    while store.users_among("username", [f"{user['email']}.{stamp}"]):
        stamp += 1
    return {
        "deleted": 1,
        "username": f"{user['email']}.{stamp}",
        "email": hashlib.md5(user["username"].encode()).hexdigest(),
        "idnumber": "",
        "timemodified": now,
    }


@contextmanager
def _database_errors() -> Iterator[None]:
    try:
        yield
    except sqlite3.IntegrityError as exc:
        raise write_error() from exc


def _without_passwords(params: Mapping[str, Any]) -> dict[str, Any]:
    rows = [{**row, "password": "(given)"} if row.get("password") else row for row in params["users"]]
    return {**params, "users": rows}
