"""Pictures of accounts: one upload and one call each (`moodle/ws-functions.md`, core_user_update_picture and Files)."""

from typing import Any, Final

from sync_operators.moodle.client import UPLOAD, MoodleClient
from sync_operators.moodle.errors import BadAnswer, Refused, Unanswered
from sync_operators.moodle.users import picture_number

UPDATE: Final = "core_user_update_picture"


def upload(client: MoodleClient, name: str, content: bytes) -> int:
    """Put a file into a draft area of its own; the area's number. Refused when the file is not taken."""
    answer = client.upload(name, content)
    try:
        (file,) = answer
        if "error" in file:
            raise Refused(str(file.get("errortype", "")), str(file["error"]), function=UPLOAD)
        return int(file["itemid"])
    except (KeyError, TypeError, ValueError) as error:
        raise BadAnswer(UPLOAD, f"it is no list of one file ({error!r})") from error


def set_picture(client: MoodleClient, user_id: int, draft: int) -> bool:
    """Make the one file of a draft area the picture of an account; whether the account has one of its own now.

    Moodle gives no reason for a no. A yes may mean that it took the present picture away: the address tells.
    """
    answer: Any = client.write(UPDATE, {"draftitemid": draft, "userid": user_id})
    try:
        return bool(answer["success"]) and picture_number(str(answer.get("profileimageurl") or "")) > 0
    except (AttributeError, KeyError, TypeError) as error:
        raise Unanswered(UPDATE, f"the answer does not say whether it succeeded ({error!r})") from error
