"""The list of a site's courses, as it was read from Moodle last: a small file of the depot, hidden from people.

Each reading is a file of its own, named by its time, and takes the place of those before it; who reads one that goes
away meanwhile takes the newer one.
"""

import io
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from sync_operators.depot.errors import NotThere
from sync_operators.depot.storage import Depot
from sync_operators.moodle.answered import plain
from sync_operators.moodle.attendance import Attendance, attendance
from sync_operators.moodle.categories import Category, all_categories
from sync_operators.moodle.client import MoodleClient
from sync_operators.moodle.courses import Course, all_courses
from sync_operators.moodle.errors import FunctionMissing
from sync_operators.moodle.site import site_info

FOLDER: Final = ".courses"
_SUFFIX: Final = ".json"


@dataclass(frozen=True, slots=True)
class ListedCourse:
    """A course of the list. `roles` counts people by role, None where Moodle does not tell; so does `last`.

    `last`: Unix seconds of the last visit of somebody enrolled, 0 for never.
    """

    id: int
    shortname: str
    fullname: str
    idnumber: str
    category: int
    visible: bool
    roles: Mapping[str, int] | None = None
    people: int | None = None
    last: int | None = None


@dataclass(frozen=True, slots=True)
class ListedCategory:
    """A category of the list; `parent` 0 at the top."""

    id: int
    name: str
    parent: int


@dataclass(frozen=True, slots=True)
class CourseList:
    """Courses and categories (in the order of the tree) of the site at `url`, as they were at `read`."""

    url: str
    read: datetime
    courses: tuple[ListedCourse, ...] = ()
    categories: tuple[ListedCategory, ...] = field(default=())


def read_courses(moodle: MoodleClient, now: Callable[[], datetime]) -> CourseList:
    """Ask Moodle for its courses, the site home left out, with the people in them where our account may see them."""
    found = [course for course in all_courses(moodle) if not course.is_site]
    categories = all_categories(moodle)
    people = _people(moodle, found)
    return CourseList(
        site_info(moodle).siteurl,
        now(),
        tuple(_listed(course, people.get(course.id)) for course in found),
        tuple(_category(each) for each in categories),
    )


def _people(moodle: MoodleClient, courses: list[Course]) -> Mapping[int, Attendance]:
    try:
        return attendance(moodle, (course.id for course in courses))
    except FunctionMissing:
        return {}


def _listed(course: Course, told: Attendance | None) -> ListedCourse:
    return ListedCourse(
        course.id,
        plain(course.shortname),
        plain(course.fullname),
        course.idnumber,
        course.categoryid,
        course.fields.get("visible", "1") != "0",
        told.roles if told else None,
        told.people if told else None,
        told.last if told else None,
    )


def _category(one: Category) -> ListedCategory:
    return ListedCategory(one.id, plain(one.name), one.parent)


def keep(depot: Depot, courses: CourseList) -> str:
    """Write the list beside those before it, then take them away; gives its place."""
    before = _names(depot)
    name = f"{courses.read.astimezone(UTC):%Y%m%dT%H%M%S.%fZ}{_SUFFIX}"
    text = json.dumps(asdict(courses), default=datetime.isoformat, ensure_ascii=False, separators=(",", ":"))
    depot.put(f"{FOLDER}/{name}", io.BytesIO(text.encode()), mode=0o600)
    for old in before:
        depot.remove(f"{FOLDER}/{old}")
    return f"{FOLDER}/{name}"


def newest(depot: Depot) -> str | None:
    """The place of the newest list; None before the first reading."""
    names = _names(depot)
    return f"{FOLDER}/{names[-1]}" if names else None


def load(depot: Depot, place: str) -> CourseList:
    """The list at a place. Raises NotThere when a newer one has taken its place meanwhile."""
    with depot.open(place) as file:
        told = json.load(file)
    return CourseList(
        told["url"],
        datetime.fromisoformat(told["read"]),
        tuple(_made(ListedCourse, told["courses"])),
        tuple(_made(ListedCategory, told["categories"])),
    )


def _made(kind: type[Any], told: list[dict[str, Any]]) -> Iterator[Any]:
    return (kind(**one) for one in told)


def _names(depot: Depot) -> list[str]:
    try:
        return [name for name in depot.listing(FOLDER) if name.endswith(_SUFFIX)]
    except NotThere:
        return []
