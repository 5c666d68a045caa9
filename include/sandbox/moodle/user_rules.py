"""What Moodle accepts in an account, and what it stores (source: ws-functions.md, "Users")."""

import hashlib
from collections.abc import Callable, Mapping
from typing import Any

from include.sandbox.moodle.cleaning import INTERNAL_AUTHS
from include.sandbox.moodle.params import Description, Many, Struct, Value, optional
from include.sandbox.moodle.refusals import write_error
from include.sandbox.moodle.user_details import PROFILE_FIELDS

OPTIONAL_FIELDS: dict[str, Description] = {
    "auth": optional("auth"),
    "password": optional("raw"),
    "maildisplay": optional("int"),
    "city": optional("text"),
    "country": optional("alpha"),
    "timezone": optional("timezone"),
    "description": optional("raw"),
    "firstnamephonetic": optional("notags"),
    "lastnamephonetic": optional("notags"),
    "middlename": optional("notags"),
    "alternatename": optional("notags"),
    "interests": optional("text"),
    "idnumber": optional("raw"),
    "institution": optional("text"),
    "department": optional("text"),
    "phone1": optional("notags"),
    "phone2": optional("notags"),
    "address": optional("text"),
    "lang": optional("lang"),
    "calendartype": optional("plugin"),
    "theme": optional("theme"),
    "mailformat": optional("int"),
    "customfields": Many(Struct({"type": Value("alphanumext"), "value": Value("raw")}), required=False),
    "preferences": Many(Struct({"type": Value("raw"), "value": Value("raw")}), required=False),
}
LIMITS = {
    "username": 100, "firstname": 100, "lastname": 100, "email": 100, "idnumber": 255, "institution": 255,
    "department": 255, "address": 255, "city": 120, "phone1": 20, "phone2": 20, "middlename": 255,
    "alternatename": 255, "firstnamephonetic": 255, "lastnamephonetic": 255, "timezone": 100,
}  # fmt: skip
_POLICY: tuple[tuple[Callable[[str], bool], str], ...] = (
    (lambda text: len(text) >= 8, "Passwords must be at least 8 characters long."),
    (lambda text: any(letter.isdigit() for letter in text), "Passwords must have at least 1 digit(s)."),
    (lambda text: any(letter.islower() for letter in text), "Passwords must have at least 1 lower case letter(s)."),
    (lambda text: any(letter.isupper() for letter in text), "Passwords must have at least 1 upper case letter(s)."),
    (
        lambda text: not text.isalnum(),
        "The password must have at least 1 special character(s) such as *, -, or #.",
    ),
)
_COUNTRIES = (
    "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ "
    "CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO "
    "FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE "
    "JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO "
    "MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW "
    "PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM "
    "TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW"
)
COUNTRIES = frozenset(_COUNTRIES.split())


def policy_faults(password: str) -> str:
    """The site's password policy as the HTML Moodle puts into `errorcode`; empty when the password is good."""
    return "".join(f"<div>{text}</div>" for holds, text in _POLICY if not holds(password))


def digest(password: str) -> str:
    """What is kept of a password: enough to compare, and cheap."""
    return hashlib.sha256(password.encode()).hexdigest()


def keeps_password(auth: str) -> bool:
    """Whether accounts of that plugin log in with a password of Moodle's own."""
    return auth in INTERNAL_AUTHS


def check_lengths(row: Mapping[str, Any]) -> None:
    """Refuse what the database has no room for."""
    if any(len(row[name]) > limit for name, limit in LIMITS.items() if name in row):
        raise write_error()


def stored_fields(row: Mapping[str, Any], before: Mapping[str, Any]) -> dict[str, Any]:
    """The columns that a sent row changes; custom fields and preferences are laid over those of before."""
    left_out = {"id", "password", "createpassword", "userpicture", "customfields", "preferences"}
    fields = {name: int(value) if value is True else value for name, value in row.items() if name not in left_out}
    if fields.get("country") and fields["country"] not in COUNTRIES:
        fields["country"] = "0"
    if "customfields" in row:
        fields["customfields"] = _custom_fields(row["customfields"], before.get("customfields", {}))
    if "preferences" in row:
        sent = {one["type"]: one["value"] for one in row["preferences"]}
        fields["preferences"] = {**before.get("preferences", {}), **sent}
    return fields


def _custom_fields(sent: list[dict[str, str]], before: Mapping[str, str]) -> dict[str, str]:
    known = {field.shortname: field for field in PROFILE_FIELDS}
    kept = {one["type"]: known[one["type"]].keep(one["value"]) for one in sent if one["type"] in known}
    return {**before, **kept}
