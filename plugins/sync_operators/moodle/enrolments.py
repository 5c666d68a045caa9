"""Enrolments through the web service, one typed function per call (`moodle/ws-functions.md`, Enrolments).

Which call answers which question: who is enrolled with which roles and groups, `core_enrol_get_enrolled_users`, a
course a call; with few `userfields` it tells 1,000 to 1,700 people a second, with all of them 225
(`moodle/baseline.md` (e)). It tells neither method nor times; whose enrolment is not in force, the same call says
with `onlysuspended`. Which methods a course has switched on, `core_course_get_courses_by_field` by `ids` says of many
courses at once. Enrolling takes 5 to 8 ms a row, in requests of a hundred (courses may be mixed), all or none.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any, Final

from sync_operators.moodle.batching import batches
from sync_operators.moodle.client import MoodleClient
from sync_operators.moodle.courses import GET_BY_FIELD
from sync_operators.moodle.errors import BadAnswer, Refused, Unanswered
from sync_operators.moodle.parallel import in_parallel

ENROL: Final = "enrol_manual_enrol_users"
UNENROL: Final = "enrol_manual_unenrol_users"
GET_ENROLLED: Final = "core_enrol_get_enrolled_users"

MANUAL: Final = "manual"
"""The one method by which a web service enrols."""

COURSE_GONE: Final = frozenset({"invalidrecord", "errorcoursecontextnotvalid"})
"""What Moodle says of a course that was deleted since we found it."""

PAGE: Final = 5000  # five seconds of Moodle's time
_COURSES: Final = 100
_NO_NUMBERS: Final[frozenset[int]] = frozenset()


@dataclass(frozen=True, slots=True)
class Participant:
    """Who is enrolled in a course by any method, with the ids of the roles and groups held in it."""

    id: int
    roles: frozenset[int] = _NO_NUMBERS
    groups: frozenset[int] = _NO_NUMBERS


def participants(client: MoodleClient, course_ids: Iterable[int]) -> dict[int, dict[int, Participant]]:
    """Everybody enrolled in each course, by course and account; a course that is gone has nobody."""
    wanted = list(dict.fromkeys(course_ids))
    told = in_parallel(lambda course: _participants(client, course), wanted, client.connections)
    return dict(zip(wanted, told, strict=True))


def not_in_force(client: MoodleClient, course_ids: Iterable[int]) -> dict[int, set[int]]:
    """Whose enrolments are suspended, over, or yet to begin, by course; all others' are in force."""
    wanted = list(dict.fromkeys(course_ids))

    def ask(course: int) -> set[int]:
        return {int(entry["id"]) for entry in enrolled(client, course, "id", onlysuspended=1)}

    return dict(zip(wanted, in_parallel(ask, wanted, client.connections), strict=True))


def enrolment_methods(client: MoodleClient, course_ids: Iterable[int]) -> dict[int, tuple[str, ...]]:
    """The methods that are switched on in each course, in their order."""
    groups = list(
        batches(
            dict.fromkeys(course_ids), max_rows=client.pressure.rows(_COURSES), max_fields=_COURSES, fields=lambda _: 1
        )
    )
    told = in_parallel(lambda group: _methods(client, group), groups, client.connections)
    return {course: methods for each in told for course, methods in each.items()}


def enrol_users(client: MoodleClient, rows: Sequence[Mapping[str, int]]) -> None:
    """Enrol by the manual method, all or none.

    Who is enrolled already gets the role beside those held, and the times of the row: what is left out is overwritten
    too (no limit, in force).
    """
    _void(ENROL, client.write(ENROL, {"enrolments": rows}))


def unenrol_users(client: MoodleClient, rows: Sequence[Mapping[str, int]]) -> None:
    """End manual enrolments with all roles and memberships, all or none.

    Who is not enrolled, or by another method, is left as he is without a word: look afterwards.
    """
    _void(UNENROL, client.write(UNENROL, {"enrolments": rows}))


def _void(function: str, answer: Any) -> None:
    if answer is not None:
        raise Unanswered(function, "the answer is not empty, as it is after a success")


def _participants(client: MoodleClient, course: int) -> dict[int, Participant]:
    try:
        people = [_participant(entry) for entry in enrolled(client, course, "id,roles,groups")]
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise BadAnswer(GET_ENROLLED, f"it is no list of participants ({error!r})") from error
    return {person.id: person for person in people}


def _participant(entry: Mapping[str, Any]) -> Participant:
    return Participant(
        int(entry["id"]),
        frozenset(int(role["roleid"]) for role in entry.get("roles") or ()),
        frozenset(int(group["id"]) for group in entry.get("groups") or ()),
    )


def enrolled(client: MoodleClient, course: int, fields: str, **options: int) -> Iterator[Mapping[str, Any]]:
    """The participants of a course in pages, in the order of ids; nobody when the course is gone."""
    for page in count():
        asked = {"userfields": fields, "sortby": "id", "limitfrom": page * PAGE, "limitnumber": PAGE, **options}
        told = _page(client, course, [{"name": name, "value": value} for name, value in asked.items()])
        yield from told
        if len(told) < PAGE:
            return


def _page(client: MoodleClient, course: int, options: Sequence[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
    try:
        answer = client.read(GET_ENROLLED, {"courseid": course, "options": options})
    except Refused as refused:
        if refused.errorcode in COURSE_GONE:
            return ()
        raise
    if not isinstance(answer, list):
        raise BadAnswer(GET_ENROLLED, f"it is no list of participants but {type(answer).__name__}")
    return answer


def _methods(client: MoodleClient, ids: Sequence[int]) -> dict[int, tuple[str, ...]]:
    try:
        answer = client.read(GET_BY_FIELD, {"field": "ids", "value": ",".join(map(str, ids))})
    except Refused:
        # One that was deleted since we found it spoils the answer for all (moodle/ws-functions.md).
        if len(ids) == 1:
            return {}
        return {course: methods for one in ids for course, methods in _methods(client, [one]).items()}
    try:
        return {int(entry["id"]): tuple(map(str, entry["enrollmentmethods"])) for entry in answer["courses"]}
    except (KeyError, TypeError, ValueError) as error:
        raise BadAnswer(GET_BY_FIELD, f"it is no list of courses ({error!r})") from error
