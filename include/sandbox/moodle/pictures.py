"""Pictures of accounts, one at a time (source: ws-functions.md, core_user_update_picture)."""

from typing import Any

from include.sandbox.moodle.accounts import ADMIN_ID, GUEST_ID
from include.sandbox.moodle.icons import set_picture
from include.sandbox.moodle.params import Struct, Value, optional
from include.sandbox.moodle.refusals import Refusal, invalid_user
from include.sandbox.moodle.registry import Call, function
from include.sandbox.moodle.user_details import picture_urls
from include.sandbox.moodle.writing import all_or_nothing
from include.sandbox.store import Row


@function(
    "core_user_update_picture",
    Struct({"draftitemid": Value("int"), "delete": optional("bool", default=False), "userid": optional("int", 0)}),
    writes=True,
)
def update_picture(call: Call) -> dict[str, Any]:
    """Success is false, without a reason, when nothing has changed."""
    user = _editable(call, call.params["userid"] or call.caller.user_id)
    item = 0 if call.params["delete"] else call.params["draftitemid"]
    if not (item or call.params["delete"]):
        return {"success": False, "warnings": []}
    with all_or_nothing(call, "core_user_update_picture", [user]):
        changed = set_picture(call.store, user["id"], call.caller.user_id, item)
    shown = picture_urls(call, call.store.user(user["id"]) or user)["profileimageurl"]
    return {"success": changed, "profileimageurl": shown if changed else None, "warnings": []}


def _editable(call: Call, user_id: int) -> Row:
    own = user_id == call.caller.user_id
    call.caller.require("moodle/user:editownprofile" if own else "moodle/user:editprofile")
    user = call.store.user(user_id)
    if user is None:
        raise invalid_user()
    if user["deleted"]:
        raise Refusal("userdeleted", "error/userdeleted")
    if user_id == GUEST_ID:
        raise Refusal("guestsarenotallowed", "The guest user is not allowed to do this")
    if user_id == ADMIN_ID:
        raise Refusal("useradmineditadmin", "Only administrators are allowed to modify other administrator accounts")
    return user
