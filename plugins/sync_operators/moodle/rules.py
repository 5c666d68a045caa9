"""The rules by which Moodle 4.5 takes or refuses the fields of a user.

A production Moodle says only "Invalid parameter value detected", for a whole batch and naming neither row nor field
(`moodle/ws-functions.md`, Protocol and Users), so the reason must come from us, before the call. Each rule gives None
when the value is fine, or the key of a reason (`REASONS`). An empty value breaks no rule but `username`'s and
`email`'s: whether a field may be empty is the command's matter.

Where Moodle stores a value that it does not understand without a word (country, time zone), we refuse it.
"""

import re
import zoneinfo
from collections.abc import Callable
from functools import cache

REASONS = frozenset(
    {
        "empty",
        "too_long",
        "nul",
        "username_characters",
        "blanks_around",
        "email_shape",
        "tags",
        "not_a_country",
        "not_a_timezone",
        "not_a_language",
        "not_an_auth",
        "auth_not_allowed",
        "not_a_number",
        "not_in_range",
        "shortname_characters",
    }
)

# In characters. The first eleven are recorded in `moodle/ws-functions.md`, the others are columns of Moodle's table.
MAX_LENGTHS = {
    "username": 100,
    "firstname": 100,
    "lastname": 100,
    "email": 100,
    "idnumber": 255,
    "institution": 255,
    "department": 255,
    "address": 255,
    "city": 120,
    "phone1": 20,
    "phone2": 20,
    "firstnamephonetic": 255,
    "lastnamephonetic": 255,
    "middlename": 255,
    "alternatename": 255,
    "auth": 20,
    "lang": 30,
    "theme": 50,
    "calendartype": 30,
    "timezone": 100,
}

# Accounts of these methods need a password (or `createpassword`) when they are created.
INTERNAL_AUTHS = frozenset({"manual", "email", "nologin", "none"})
_NO_ACCOUNTS = frozenset({"webservice", "mnet"})

# ISO 3166-1. Codes that are only reserved (EU, UK), private (XK) or withdrawn (AN) are not in Moodle's list.
COUNTRIES = frozenset(
    """
    AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ
    CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR
    GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO
    JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR
    MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO
    RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV
    TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW
    """.split()  # noqa: SIM905 # a list of 249 quoted pairs is not to be read
)

_USERNAME = re.compile(r"[-._@a-z0-9]+")
_LANGUAGE = re.compile(r"[a-z]{2,3}(_[a-z0-9]+)*")
_PLUGIN = re.compile(r"[a-z][a-z0-9_]*")
_SHORTNAME = re.compile(r"[A-Za-z0-9_-]+")
_OFFSET = re.compile(r"[+-]?\d{1,2}(\.[05])?")
_ID = re.compile(r"[1-9][0-9]{0,18}")
_MAX_ID = 2**63 - 1
# PHP takes "<" for the begin of a tag unless a blank follows; a ">" alone is text.
_TAG = re.compile(r"<(?![ \t\n\v\f\r])")
_LANG = r'lang="[a-zA-Z0-9_-]+"'
_SPAN = rf'{_LANG}\s+class="multilang"|class="multilang"\s+{_LANG}'
_MULTILANG = re.compile(rf"<lang {_LANG}\s*>[^<]*</lang>|<span\s+(?:{_SPAN})\s*>[^<]*</span>")
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LOCAL = rf"(?:{_ATOM}(?:\.{_ATOM})*|\"[^\"\\<>\x00-\x1f\x7f-\U0010ffff]+\")"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_EMAIL = re.compile(rf"(?P<local>{_LOCAL})@(?:{_LABEL}\.)+(?=[A-Za-z]|xn--){_LABEL}")


def username(value: str) -> str | None:
    """Lower-case letters a-z, digits and `-._@`; the site's "extended characters in usernames" is taken as off."""
    if not value:
        return "empty"
    return None if _USERNAME.fullmatch(value) else "username_characters"


def email(value: str) -> str | None:
    """An address as PHP's FILTER_VALIDATE_EMAIL takes it, nearly: ASCII, with a dot in its domain."""
    if not value:
        return "empty"
    if value != value.strip():
        return "blanks_around"
    found = _EMAIL.fullmatch(value)
    return None if found and len(found["local"]) <= 64 else "email_shape"


def no_tags(value: str) -> str | None:
    """Moodle's `notags`: any tag is an error."""
    return "tags" if _TAG.search(value) else None


def text(value: str) -> str | None:
    """Moodle's `text`: no tags but those of the multi-language filter."""
    return no_tags(_MULTILANG.sub("", value))


def country(value: str) -> str | None:
    """Two capital letters of ISO 3166; Moodle would store any other value as "0" without an error."""
    return None if not value or value in COUNTRIES else "not_a_country"


def timezone(value: str) -> str | None:
    """A zone by name, `99` (the server's), or hours from UTC; Moodle would store any text."""
    return None if not value or value == "99" or value in _zones() or _is_offset(value) else "not_a_timezone"


def lang(value: str) -> str | None:
    """The shape of a language code; whether the pack is installed only the site knows."""
    return None if not value or _LANGUAGE.fullmatch(value) else "not_a_language"


def auth(value: str) -> str | None:
    """The shape of an authentication method; `webservice` and `mnet` take no new accounts."""
    if value in _NO_ACCOUNTS:
        return "auth_not_allowed"
    return None if not value or _PLUGIN.fullmatch(value) else "not_an_auth"


def entity_id(value: str) -> str | None:
    """A Moodle id as Moodle writes it: any other spelling fails the whole call."""
    if not _ID.fullmatch(value):
        return "not_a_number"
    return None if int(value) <= _MAX_ID else "not_in_range"


def profile_shortname(value: str) -> str | None:
    """The short name of a custom profile field."""
    return None if _SHORTNAME.fullmatch(value) else "shortname_characters"


def needs_password(method: str) -> bool:
    """Whether an account of that authentication method cannot be created without a password."""
    return method in INTERNAL_AUTHS


def fault(field: str, value: str) -> str | None:
    """Why Moodle would not take that value in that field of a user, or None."""
    if "\0" in value:
        return "nul"
    if len(value) > MAX_LENGTHS.get(field, len(value)):
        return "too_long"
    rule = _RULES.get(field)
    return rule(value) if rule else None


def _is_offset(value: str) -> bool:
    return bool(_OFFSET.fullmatch(value)) and -13 <= float(value) <= 14


@cache
def _zones() -> frozenset[str]:
    return frozenset(zoneinfo.available_timezones()) - {"localtime", "posixrules", "Factory"}


def _choice(*choices: str) -> Callable[[str], str | None]:
    return lambda value: None if not value or value in choices else "not_in_range"


def _plugin(value: str) -> str | None:
    return None if not value or _PLUGIN.fullmatch(value) else "shortname_characters"


_RULES: dict[str, Callable[[str], str | None]] = {
    "id": entity_id,
    "username": username,
    "email": email,
    "country": country,
    "timezone": timezone,
    "lang": lang,
    "auth": auth,
    "theme": _plugin,
    "calendartype": _plugin,
    "maildisplay": _choice("0", "1", "2"),
    "mailformat": _choice("0", "1"),
    **dict.fromkeys(("city", "interests", "institution", "department", "address"), text),
    **dict.fromkeys(
        ("firstname", "lastname", "firstnamephonetic", "lastnamephonetic", "middlename", "alternatename"), no_tags
    ),
    **dict.fromkeys(("phone1", "phone2"), no_tags),
}
