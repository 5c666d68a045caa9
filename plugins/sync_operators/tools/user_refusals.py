"""Why Moodle refused an act on an account, as far as can be found out: it names neither row nor field itself."""

from collections.abc import Mapping
from typing import Any

from sync_operators.codes import Fault
from sync_operators.moodle.reader import MoodleReader
from sync_operators.tools.tool import Act

_PROTECTED = frozenset({"usernotupdatedadmin", "usernotupdatedguest", "useradminodelete", "usernotdeletederror"})
_POLICY = "the password is against the site's policy"
_NOT_INSTALLED = "the site may not have this language or this authentication method"
_DATABASE = "the username is taken, or a value is too long"


def refusal(refused: str, reader: MoodleReader, act: Act, errorcode: str, message: str) -> Fault:
    """The nearest reason we can give; `refused` is the code when nothing nearer is found."""
    if errorcode in _PROTECTED:
        return Fault("error_protected", {"username": _name(reader, act)})
    collision = _username_collision(reader, act) or _email_collision(reader, act)
    if collision:
        return collision
    said = {"reason": reason} if (reason := _reason(act.after, errorcode)) else {}
    return Fault(refused, {**said, "moodle_message": message, "moodle_code": errorcode})


def _reason(after: Mapping[str, Any], errorcode: str) -> str | None:
    """What Moodle's own code means for these fields (moodle/ws-functions.md, Users)."""
    if errorcode == "passwordpolicy" or (errorcode == "invalidresponse" and "password" in after):
        return _POLICY
    if errorcode == "invalidparameter" and after.keys() & {"lang", "auth"}:
        return _NOT_INSTALLED
    return _DATABASE if errorcode == "dmlwriteexception" else None


def _username_collision(reader: MoodleReader, act: Act) -> Fault | None:
    if not (username := act.after.get("username")):
        return None
    others = [user for user in reader.users_by_field("username", [username]) if user.id != act.moodle_id]
    return taken(act, others[0].id) if others else None


def taken(act: Act, other_id: int) -> Fault:
    """Another account has the user name that an act was to give."""
    return Fault("error_username_collision", {"username": act.after["username"], "other_id": str(other_id)})


def _email_collision(reader: MoodleReader, act: Act) -> Fault | None:
    """Moodle compares addresses without letter case; look-ups by field do not, so it is asked in another way."""
    email = act.after.get("email", "")
    others = [user for user in reader.users_with_email(email) if user.id != act.moodle_id] if email else []
    if not others:
        return None
    return Fault("error_email_collision", {"email": email, "found": others[0].username, "other_id": str(others[0].id)})


def _name(reader: MoodleReader, act: Act) -> str:
    """An act tells the user name only where it changes or ends something with it."""
    if name := act.before.get("username") or act.after.get("username"):
        return str(name)
    return next((user.username for user in reader.users_by_field("id", [str(act.moodle_id)])), str(act.moodle_id))
