"""Cohorts through the web service, one typed function per call (`moodle/ws-functions.md`, Cohorts).

Which call answers which question: the whole list, `core_cohort_get_cohorts` without ids, in one answer; it is the only
one that finds by idnumber or name, and it does not tell where a cohort lives. That, `core_cohort_search_cohorts` tells
of one context a call, when nothing is searched and only the context itself is included. Members come by ids, of many
cohorts in one call. A hundred members are added in one request, all good rows of it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sync_operators.moodle.batching import batches
from sync_operators.moodle.client import MoodleClient
from sync_operators.moodle.errors import BadAnswer, CutShort, Refused, Unanswered
from sync_operators.moodle.failing import RowWarning
from sync_operators.moodle.parallel import in_parallel

GET: Final = "core_cohort_get_cohorts"
SEARCH: Final = "core_cohort_search_cohorts"
GET_MEMBERS: Final = "core_cohort_get_cohort_members"
CREATE: Final = "core_cohort_create_cohorts"
UPDATE: Final = "core_cohort_update_cohorts"
DELETE: Final = "core_cohort_delete_cohorts"
ADD_MEMBERS: Final = "core_cohort_add_cohort_members"
DELETE_MEMBERS: Final = "core_cohort_delete_cohort_members"

NAME_LENGTH: Final = 254
IDNUMBER_LENGTH: Final = 100

SYSTEM: Final = 0
"""The place of a cohort that lives in no category."""

UNKNOWN: Final = "2"
THERE_ALREADY: Final = "3"
"""Codes of the warnings of `core_cohort_add_cohort_members`."""

_ALL: Final = 1_000_000
_COHORTS: Final = 100


@dataclass(frozen=True, slots=True)
class Cohort:
    """A cohort as Moodle tells it; its name is formatted (see `answered.plain`)."""

    id: int
    name: str
    idnumber: str = ""
    description: str = ""
    descriptionformat: int = 1


def all_cohorts(client: MoodleClient) -> list[Cohort]:
    """Every cohort of the site."""
    return _cohorts(GET, client.read(GET, {}))


def cohorts_in(client: MoodleClient, category_id: int) -> set[int]:
    """The cohorts that live in a category itself, or with SYSTEM in none."""
    level = "coursecat" if category_id else "system"
    context = {"contextlevel": level, "instanceid": category_id}
    asked = {"query": "", "context": context, "includes": "self", "limitfrom": 0, "limitnum": _ALL}
    answer = client.read(SEARCH, asked)
    told = answer.get("cohorts") if isinstance(answer, Mapping) else answer
    return {cohort.id for cohort in _cohorts(SEARCH, told)}


def cohort_members(client: MoodleClient, cohort_ids: Iterable[int]) -> dict[int, frozenset[int]]:
    """Who is in each cohort; one that is gone has nobody."""
    groups = list(
        batches(
            dict.fromkeys(cohort_ids), max_rows=client.pressure.rows(_COHORTS), max_fields=_COHORTS, fields=lambda _: 1
        )
    )
    told = in_parallel(lambda group: _members(client, group), groups, client.connections)
    return {cohort: members for each in told for cohort, members in each.items()}


def create_cohorts(client: MoodleClient, rows: Sequence[Mapping[str, Any]]) -> list[int]:
    """Create cohorts, all or none; their ids in the order of the rows."""
    answer = client.write(CREATE, {"cohorts": rows})
    if isinstance(answer, list) and len(answer) < len(rows):
        raise CutShort(CREATE, sent=len(rows), answered=len(answer))
    try:
        made = [(str(entry["idnumber"]), int(entry["id"])) for entry in answer]
    except (KeyError, TypeError, ValueError) as error:
        raise Unanswered(CREATE, f"the answer is no list of ids ({error!r})") from error
    if [idnumber for idnumber, _ in made] != [row["idnumber"] for row in rows]:
        raise Unanswered(CREATE, "the answer names other cohorts than were sent")
    return [cohort_id for _, cohort_id in made]


def update_cohorts(client: MoodleClient, rows: Sequence[Mapping[str, Any]]) -> None:
    """Change cohorts, all or none. Where each lives is part of a row: a wrong place moves it.

    The idnumber of another cohort is taken without a word: make sure of it before.
    """
    _void(UPDATE, client.write(UPDATE, {"cohorts": rows}))


def delete_cohorts(client: MoodleClient, ids: Sequence[int]) -> None:
    """Delete cohorts with their links to courses, all or none."""
    _void(DELETE, client.write(DELETE, {"cohortids": list(ids)}))


def add_members(client: MoodleClient, pairs: Sequence[tuple[int, int]]) -> list[RowWarning]:
    """Put accounts into cohorts, by (cohort, account); why some were not, in Moodle's words that name the values."""
    rows = [
        {"cohorttype": {"type": "id", "value": cohort}, "usertype": {"type": "id", "value": user}}
        for cohort, user in pairs
    ]
    answer = client.write(ADD_MEMBERS, {"members": rows})
    try:
        return [RowWarning(str(each["warningcode"]), str(each["message"])) for each in answer.get("warnings") or ()]
    except (AttributeError, KeyError, TypeError) as error:
        raise Unanswered(ADD_MEMBERS, f"the answer is no list of warnings ({error!r})") from error


def names_of(pair: tuple[int, int]) -> tuple[str, ...]:
    """The texts of the warnings that `add_members` may give for one pair."""
    cohort, user = pair
    return (
        f"record already exists: cohort(id={cohort} id={user})",
        f"user id={user} not exists",
        f"cohort id={cohort} not exists",
    )


def delete_members(client: MoodleClient, pairs: Sequence[tuple[int, int]]) -> None:
    """Take accounts out of cohorts, by (cohort, account), all or none; who is not in is no error."""
    rows = [{"cohortid": cohort, "userid": user} for cohort, user in pairs]
    _void(DELETE_MEMBERS, client.write(DELETE_MEMBERS, {"members": rows}))


def _void(function: str, answer: Any) -> None:
    if answer is not None:
        raise Unanswered(function, "the answer is not empty, as it is after a success")


def _members(client: MoodleClient, cohorts: Sequence[int]) -> dict[int, frozenset[int]]:
    try:
        answer = client.read(GET_MEMBERS, {"cohortids": list(cohorts)})
    except Refused as refused:
        if refused.errorcode != "invalidrecord":
            raise
        # A cohort that is gone spoils the answer for all.
        if len(cohorts) == 1:
            return {}
        return {cohort: members for one in cohorts for cohort, members in _members(client, [one]).items()}
    try:
        return {int(entry["cohortid"]): frozenset(map(int, entry["userids"])) for entry in answer}
    except (KeyError, TypeError, ValueError) as error:
        raise BadAnswer(GET_MEMBERS, f"it is no list of members ({error!r})") from error


def _cohorts(function: str, answer: Any) -> list[Cohort]:
    if not isinstance(answer, list):
        raise BadAnswer(function, f"it is no list of cohorts but {type(answer).__name__}")
    try:
        return [
            Cohort(
                int(entry["id"]),
                str(entry["name"]),
                str(entry.get("idnumber") or ""),
                str(entry.get("description") or ""),
                int(entry.get("descriptionformat", 1)),
            )
            for entry in answer
        ]
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise BadAnswer(function, f"it is no list of cohorts ({error!r})") from error
