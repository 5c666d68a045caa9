"""An account as look-ups answer it: which fields the caller may see, and in which order.

Source: ws-functions.md, core_user_get_users_by_field: empty fields are left out; phones and description only for an
administrator; middle name, alternate name and mail display never.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from include.sandbox.moodle.contexts import context_id
from include.sandbox.moodle.registry import Call

# What an account's editor sees and others do not.
_WITH_ALL_DETAILS = (
    "username", "department", "institution", "idnumber", "auth", "confirmed", "lang", "theme", "mailformat",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ProfileField:
    """A custom profile field of the site: what it keeps of a value, and how it shows it."""

    shortname: str
    type: str
    keep: Callable[[str], str]
    shown_empty: str = ""
    display: Callable[[str], str] = str


CAMPUSES = ("North", "South")
PROFILE_FIELDS = (
    ProfileField("staffno", "text", keep=str),
    # A value outside the menu empties the field, without a word.
    ProfileField("campus", "menu", keep=lambda value: value if value in CAMPUSES else ""),
    ProfileField(
        "active",
        "checkbox",
        keep=lambda value: "1" if value == "1" else "0",
        shown_empty="0",
        display=lambda value: "Yes" if value == "1" else "No",
    ),
)


def picture_url(site_url: str, size: str, context: int = 0, revision: int = 0) -> str:
    """Address of an account's picture, of the default one when it has none; the revision changes with the picture."""
    if not revision:
        return f"{site_url}/theme/image.php/boost/core/1/u/{size}"
    return f"{site_url}/pluginfile.php/{context}/user/icon/boost/{size}?rev={revision}"


def picture_urls(call: Call, user: Mapping[str, Any]) -> dict[str, str]:
    """Addresses of the account's picture in both sizes."""
    context = context_id(call.store, "user", user["id"]) if user["picture"] else 0
    return {
        "profileimageurlsmall": picture_url(call.site_url, "f2", context, user["picture"]),
        "profileimageurl": picture_url(call.site_url, "f1", context, user["picture"]),
    }


def details(call: Call, user: Mapping[str, Any]) -> dict[str, Any] | None:
    """The account as the caller may see it; None when the caller may not see it at all."""
    own = user["id"] == call.caller.user_id
    if user["id"] in call.settings.hidden_users or not (own or call.caller.may("moodle/user:viewdetails")):
        return None
    seen = _all_details(call, user)
    if not own and not call.caller.may("moodle/user:viewalldetails"):
        seen |= dict.fromkeys(_WITH_ALL_DETAILS)
    if not own and not call.caller.may("moodle/site:viewuseridentity"):
        seen["email"] = None
    return seen


def _all_details(call: Call, user: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": user["id"],
        "username": user["username"],
        "firstname": user["firstname"],
        "lastname": user["lastname"],
        "fullname": f"{user['firstname']} {user['lastname']}",
        "email": user["email"],
        "address": _filled(user["address"]),
        "phone1": None,
        "phone2": None,
        "department": user["department"],
        "institution": _filled(user["institution"]),
        "idnumber": _filled(user["idnumber"]),
        "interests": _filled(user["interests"]),
        "firstaccess": user["firstaccess"],
        "lastaccess": user["lastaccess"],
        **_preferences_of(user),
        "city": _filled(user["city"]),
        "country": _filled(user["country"]),
        **picture_urls(call, user),
        "customfields": _custom_fields(user),
        "preferences": (),
    }


def _preferences_of(user: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "auth": user["auth"],
        "suspended": bool(user["suspended"]),
        "confirmed": bool(user["confirmed"]),
        "lang": user["lang"],
        "calendartype": None,
        "theme": user["theme"],
        "timezone": user["timezone"],
        "mailformat": user["mailformat"],
        "trackforums": 0,
        "description": None,
        "descriptionformat": None,
    }


def _filled(value: str) -> str | None:
    # PHP takes "0" for empty too: that is how an unknown country vanishes.
    return value if value not in {"", "0"} else None


def _custom_fields(user: Mapping[str, Any]) -> list[dict[str, str]]:
    held = {field: user["customfields"].get(field.shortname) or field.shown_empty for field in PROFILE_FIELDS}
    return [
        {
            "type": field.type,
            "value": value,
            "displayvalue": field.display(value),
            "name": field.shortname.capitalize(),
            "shortname": field.shortname,
        }
        for field, value in held.items()
        if value
    ]
