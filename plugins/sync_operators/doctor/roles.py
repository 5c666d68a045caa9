"""The roles that can be seen: no web service lists them, but who holds which in a course is told with its id."""

from collections.abc import Mapping
from typing import Any, Final

from sync_operators.moodle.client import MoodleClient
from sync_operators.moodle.courses import courses_by_id
from sync_operators.moodle.enrolments import GET_ENROLLED
from sync_operators.moodle.errors import BadAnswer

RolesSeen = Mapping[str, int]
"""Ids by shortname."""

_FIRST_IDS: Final = range(2, 62)  # of unknown ones Moodle says nothing; the list of all courses may take a minute
_COURSES: Final = 5
_PEOPLE: Final = 200


def roles_seen(client: MoodleClient) -> RolesSeen:
    """Look at who is enrolled in a few courses. Raises FunctionMissing, or Refused where we may not look."""
    courses = courses_by_id(client, map(str, _FIRST_IDS))
    seen: dict[str, int] = {}
    for course in sorted(courses, key=lambda course: -course.id)[:_COURSES]:
        seen |= _in_course(client, course.id)
    return dict(sorted(seen.items()))


def _in_course(client: MoodleClient, course: int) -> dict[str, int]:
    options = {"userfields": "roles", "limitnumber": _PEOPLE}
    told: Any = client.read(
        GET_ENROLLED,
        {"courseid": course, "options": [{"name": name, "value": value} for name, value in options.items()]},
    )
    try:
        return {str(role["shortname"]): int(role["roleid"]) for person in told for role in person.get("roles") or ()}
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise BadAnswer(GET_ENROLLED, f"it is no list of participants ({error!r})") from error
