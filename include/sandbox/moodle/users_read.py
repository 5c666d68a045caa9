"""Looking accounts up (source: ws-functions.md, core_user_get_users_by_field and core_user_get_users)."""

from collections.abc import Sequence
from typing import Any

from include.sandbox.moodle.cleaning import is_clean
from include.sandbox.moodle.params import Many, Struct, Value
from include.sandbox.moodle.refusals import Refusal, coding_error, invalid_parameter
from include.sandbox.moodle.registry import Call, function
from include.sandbox.moodle.user_details import details

_FIELD_TYPES = {"id": "int", "idnumber": "raw", "username": "username", "email": "raw"}
_KEY_TYPES = _FIELD_TYPES | {"auth": "auth", "firstname": "raw", "lastname": "raw"}
_WILDCARD_KEYS = ("email", "firstname", "lastname")


@function("core_user_get_users_by_field", Struct({"field": Value("alpha"), "values": Many(Value("raw"))}))
def get_users_by_field(call: Call) -> list[dict[str, Any]]:
    """Accounts with one of the values; deleted ones are still found by id."""
    field = call.params["field"]
    if field not in _FIELD_TYPES:
        raise coding_error("invalid field parameter")
    values = [_clean(_FIELD_TYPES[field], value) for value in call.params["values"]]
    return _visible(call, call.store.users_among(field, values), [field])


@function(
    "core_user_get_users",
    Struct({"criteria": Many(Struct({"key": Value("alpha"), "value": Value("raw")}))}),
)
def get_users(call: Call) -> dict[str, Any]:
    """Accounts that meet all criteria; an unsupported key is dropped with a warning."""
    criteria = _each_once(call.params["criteria"])
    wanted = {key: _clean(_KEY_TYPES[key], value) for key, value in criteria.items() if key in _KEY_TYPES}
    where = " AND ".join(["deleted = 0", *map(_condition, wanted)])
    found = list(call.store.users(where, list(wanted.values())))
    return {
        "users": _visible(call, found, list(wanted)),
        "warnings": [_unsupported(key) for key in criteria if key not in _KEY_TYPES],
    }


def _clean(type_name: str, value: str) -> Any:
    if not is_clean(type_name, value):
        raise invalid_parameter()
    return int(value) if type_name == "int" else value


def _visible(call: Call, users: Sequence[dict[str, Any]], searched: Sequence[str]) -> list[dict[str, Any]]:
    seen = (details(call, user) for user in users)
    # Who may not see a field, or finds it empty, does not find the account by it.
    return [one for one in seen if one is not None and all(one[field] for field in searched)]


def _each_once(criteria: Sequence[dict[str, str]]) -> dict[str, str]:
    once: dict[str, str] = {}
    for one in criteria:
        if one["key"] in once:
            raise Refusal("keyalreadyset", "error/keyalreadyset")
        once[one["key"]] = one["value"]
    return once


def _condition(key: str) -> str:
    if key in _WILDCARD_KEYS:
        return f"lowered({key}) LIKE lowered(?) ESCAPE '\\'"
    return f"{key} = ?"


def _unsupported(key: str) -> dict[str, str]:
    return {
        "item": key,
        "warningcode": "invalidfieldparameter",
        "message": f"The search key '{key}' is not supported, look at the web service documentation",
    }
