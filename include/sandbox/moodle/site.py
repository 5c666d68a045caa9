"""Site information (source: ws-functions.md, "Site")."""

from typing import Any

from include.sandbox.moodle.params import Many, Struct, Value
from include.sandbox.moodle.registry import Call, function
from include.sandbox.moodle.user_details import picture_url

RELEASE = "4.5.6 (Build: 20250811)"
VERSION = "2024100706"
_FEATURES = {
    "usecomments": 1, "usetags": 1, "enablenotes": 1, "messaging": 1, "enableblogs": 1, "enablecompletion": 1,
    "enablebadges": 1, "messagingallusers": 0, "enablecustomreports": 1, "enableglobalsearch": 0,
    "mnet_dispatcher_mode": 0, "enablecompetencies": 1,
}  # fmt: skip


@function(
    "core_webservice_get_site_info",
    Struct({"serviceshortnames": Many(Value("alphanumext"), required=False, default=())}),
)
def get_site_info(call: Call) -> dict[str, Any]:
    """Who the token is and what it may call."""
    return _account(call) | _site(call) | _account_settings(call)


def _account(call: Call) -> dict[str, Any]:
    user = call.store.user(call.caller.user_id) or {}
    return {
        "sitename": "Sandbox",
        "username": user["username"],
        "firstname": user["firstname"],
        "lastname": user["lastname"],
        "fullname": f"{user['firstname']} {user['lastname']}",
        "lang": user["lang"],
        "userid": user["id"],
    }


def _site(call: Call) -> dict[str, Any]:
    return {
        "siteurl": call.site_url,
        "userpictureurl": picture_url(call.site_url, "f1"),
        "functions": [{"name": name, "version": VERSION} for name in sorted(call.caller.functions)],
        "downloadfiles": 1,
        "uploadfiles": int(call.settings.uploads),
        "release": RELEASE,
        "version": VERSION,
        "mobilecssurl": "",
        "advancedfeatures": [{"name": name, "value": value} for name, value in _FEATURES.items()],
    }


def _account_settings(call: Call) -> dict[str, Any]:
    return {
        "usercanmanageownfiles": True,
        "userquota": 104857600,
        "usermaxuploadfilesize": call.settings.max_upload_bytes,
        "userhomepage": 1,
        "userprivateaccesskey": f"{call.caller.user_id:032x}",
        "siteid": 1,
        "sitecalendartype": "gregorian",
        "usercalendartype": "gregorian",
        "userissiteadmin": False,
        "theme": "boost",
        "limitconcurrentlogins": 0,
        "policyagreed": 0,
    }
