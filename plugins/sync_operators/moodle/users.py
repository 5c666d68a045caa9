"""Users through the web service, one typed function per call (`moodle/ws-functions.md`, Users)."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal
from urllib.parse import unquote

from sync_operators.moodle import rules
from sync_operators.moodle.batching import batches
from sync_operators.moodle.client import FIXED_FIELDS, MoodleClient
from sync_operators.moodle.errors import BadAnswer, CapabilityMissing, CutShort, Unanswered
from sync_operators.moodle.failing import RowWarning

GET_USERS = "core_user_get_users"
GET_BY_FIELD = "core_user_get_users_by_field"
CREATE = "core_user_create_users"
UPDATE = "core_user_update_users"
DELETE = "core_user_delete_users"

GUEST = "guest"

IdentityField = Literal["id", "idnumber", "username", "email"]

# Told whenever the account is found by a service account with the capabilities of the manual, even when empty.
ALWAYS_TOLD = frozenset(
    {"id", "username", "firstname", "lastname", "email", "auth", "suspended", "lang", "theme", "timezone", "mailformat"}
    | {"department"}
)
# Left out when empty; Moodle takes a stored "0" (what it makes of an unknown country) for empty too.
TOLD_WHEN_SET = frozenset({"idnumber", "institution", "address", "city", "country", "interests"})
# Told only to an administrator, or under settings that a client cannot see: when left out, nothing is known.
TOLD_TO_SOME = frozenset({"phone1", "phone2", "description", "calendartype"})
# No look-up answers these, to nobody.
NEVER_TOLD = frozenset(
    {"middlename", "alternatename", "firstnamephonetic", "lastnamephonetic", "maildisplay", "password", "preferences"}
)

_TEXTS = (
    *("username", "firstname", "lastname", "email", "idnumber", "auth", "city", "country", "lang", "timezone"),
    *("institution", "department", "address", "phone1", "phone2", "description", "interests", "theme", "calendartype"),
    "mailformat",
)
_NEEDED = frozenset({"username", "email", "auth", "suspended"})
_REVISION = re.compile(r"[?&]rev=([0-9]+)")
_DELETED_EMAIL = re.compile(r"[0-9a-f]{32}")
_DELETED_USERNAME = re.compile(r".+\.[0-9]{9,}")
_LOOKUP_ROWS = 500  # two seconds of Moodle's time; larger requests gain nothing (`moodle/baseline.md` (c))


@dataclass(frozen=True, slots=True)
class User:
    """An account as Moodle tells it. What it does not tell is empty here: ask `stored`, which knows the difference."""

    id: int
    username: str = ""
    firstname: str = ""
    lastname: str = ""
    email: str = ""
    idnumber: str = ""
    auth: str = ""
    suspended: bool = False
    city: str = ""
    country: str = ""
    lang: str = ""
    timezone: str = ""
    institution: str = ""
    department: str = ""
    address: str = ""
    phone1: str = ""
    phone2: str = ""
    description: str = ""
    interests: str = ""
    theme: str = ""
    calendartype: str = ""
    mailformat: str = ""
    customfields: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    told: frozenset[str] = frozenset()
    picture: int = 0
    """Which picture it has of its own, by a number that is new with each; 0 for none."""

    @property
    def deleted(self) -> bool:
        """Whether the account is deleted: such are still found by id, and nothing but their mangled names says so."""
        return bool(_DELETED_EMAIL.fullmatch(self.email) and _DELETED_USERNAME.fullmatch(self.username))


def stored(user: User, name: str) -> str | None:
    """What Moodle holds in a field, as a form field would carry it; None when Moodle does not tell.

    A custom profile field (`profile_field_<shortname>`) that is empty, hidden or unknown counts as empty.
    """
    if name.startswith("profile_field_"):
        return user.customfields.get(name.removeprefix("profile_field_"), "")
    if name not in user.told:
        return "" if name in TOLD_WHEN_SET else None
    value = getattr(user, name)
    return str(int(value)) if isinstance(value, bool) else str(value)


def users_by_field(client: MoodleClient, field: IdentityField, values: Iterable[str]) -> list[User]:
    """The accounts that have one of the values in a field, each once, in order of id.

    Values that cannot be found, or would fail the call of all others, are not sent. Whose value matches which row
    is the caller's to say: databases differ in whether letter case and accents count.
    """
    wanted = [value for value in dict.fromkeys(values) if _can_be_found(field, value)]
    groups = list(
        batches(
            wanted,
            max_rows=client.pressure.rows(_lookup_rows(len(wanted), client.connections)),
            max_fields=client.max_fields,
            fixed=FIXED_FIELDS + 1,
            fields=lambda _: 1,
        )
    )
    found = {user.id: user for users in _each(client, field, groups) for user in users}
    return [found[key] for key in sorted(found)]


def are_all(found: Sequence[User], wanted: int) -> bool:
    """Whether as many accounts were found as there were values, each with what we need to know of it."""
    return len(found) >= wanted and all(user.told >= _NEEDED for user in found)


def require_sight(client: MoodleClient) -> None:
    """Make sure that we see accounts: without the capabilities Moodle leaves everybody out, and says nothing.

    Every account would then look new. The guest account is the one that every site has.
    """
    for guest in users_by_field(client, "username", [GUEST]):
        if guest.told >= _NEEDED:
            return
    raise CapabilityMissing(GET_BY_FIELD, f"it does not see the account `{GUEST}`, which every site has")


def users_with_email(client: MoodleClient, email: str) -> list[User]:
    """The accounts whose address differs from this one in letter case at most; `core_user_get_users` compares so.

    `%` and `_` are wildcards there, so what comes back is compared once more.
    """
    answer = client.read(GET_USERS, {"criteria": [{"key": "email", "value": email}]})
    found = _users(GET_USERS, answer.get("users", []) if isinstance(answer, Mapping) else answer)
    return [user for user in found if user.email.casefold() == email.casefold()]


def create_users(client: MoodleClient, rows: Sequence[Mapping[str, Any]]) -> list[int]:
    """Create accounts, all or none; their ids in the order of the rows.

    Raises CutShort when Moodle answers for fewer rows, Unanswered when the answer is none.
    """
    answer = client.write(CREATE, {"users": rows})
    if isinstance(answer, list) and len(answer) < len(rows):
        raise CutShort(CREATE, sent=len(rows), answered=len(answer))
    try:
        names = [entry["username"] for entry in answer]
        ids = [int(entry["id"]) for entry in answer]
    except (KeyError, TypeError, ValueError) as error:
        raise Unanswered(CREATE, f"the answer is no list of ids ({error!r})") from error
    if names != [row["username"] for row in rows]:
        raise Unanswered(CREATE, "the answer names other accounts than were sent")
    return ids


def update_users(client: MoodleClient, rows: Sequence[Mapping[str, Any]]) -> dict[int, RowWarning]:
    """Change accounts, each row for itself; the rows that Moodle left undone, by user id.

    Raises Refused for the whole call; with `invalidresponse` the good rows were saved nevertheless (a password was
    against the policy).
    """
    answer = client.write(UPDATE, {"users": rows})
    try:
        warnings = {
            int(entry["itemid"]): RowWarning(str(entry["warningcode"]), str(entry["message"]))
            for entry in (answer or {}).get("warnings", ())
        }
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise Unanswered(UPDATE, f"the answer is no list of warnings ({error!r})") from error
    if not warnings.keys() <= {int(row["id"]) for row in rows}:
        raise Unanswered(UPDATE, "the answer warns of other accounts than were sent")
    return warnings


def delete_users(client: MoodleClient, ids: Sequence[int]) -> None:
    """Delete accounts, all or none. The same id twice would fail the call, so each is sent once."""
    answer = client.write(DELETE, {"userids": list(dict.fromkeys(ids))})
    if answer is not None:
        raise Unanswered(DELETE, "the answer is not empty, as it is after a deletion")


def picture_number(url: str) -> int:
    """The number of the picture at `profileimageurl`; 0 for the theme's or Gravatar's, which is nobody's own."""
    number = _REVISION.search(url)
    return int(number[1]) if number and "/user/icon/" in unquote(url) else 0


def _can_be_found(field: IdentityField, value: str) -> bool:
    if field == "id":
        return rules.entity_id(value) is None
    if field == "username":
        return rules.username(value) is None
    return bool(value) and "\0" not in value


def _lookup_rows(values: int, connections: int) -> int:
    """Requests of even size, so that no connection stands idle while another works."""
    rounds = -(-values // (_LOOKUP_ROWS * connections)) or 1
    return max(50, -(-values // (rounds * connections)))


def _each(client: MoodleClient, field: IdentityField, groups: Sequence[Sequence[str]]) -> Iterable[list[User]]:
    def ask(group: Sequence[str]) -> list[User]:
        return _users(GET_BY_FIELD, client.read(GET_BY_FIELD, {"field": field, "values": group}))

    return _in_parallel(ask, groups, client.connections)


def _in_parallel(
    ask: Callable[[Sequence[str]], list[User]], groups: Sequence[Sequence[str]], workers: int
) -> Iterable[list[User]]:
    if len(groups) < 2 or workers < 2:
        return map(ask, groups)
    with ThreadPoolExecutor(workers, thread_name_prefix="moodle") as pool:
        return list(pool.map(ask, groups))


def _users(function: str, answer: Any) -> list[User]:
    if not isinstance(answer, list):
        raise BadAnswer(function, f"it is no list of users but {type(answer).__name__}")
    try:
        return [_user(entry) for entry in answer]
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise BadAnswer(function, f"it is no list of users ({error!r})") from error


def _user(entry: Mapping[str, Any]) -> User:
    given = {name: str(entry[name]) for name in _TEXTS if entry.get(name) is not None}
    custom = {part["shortname"]: str(part["value"]) for part in entry.get("customfields", ())}
    told = {"id", *given, *(["suspended"] if "suspended" in entry else [])}
    return User(
        id=int(entry["id"]),
        suspended=bool(entry.get("suspended", False)),
        customfields=MappingProxyType(custom),
        told=frozenset(told),
        picture=picture_number(str(entry.get("profileimageurl", ""))),
        **given,
    )
