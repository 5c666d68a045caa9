"""Course categories through the web service (`moodle/ws-functions.md`, Categories).

One call tells the whole tree with the number of courses in each category; there are few hundreds of them on most
sites, so nothing here asks for less.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sync_operators.moodle.client import MoodleClient
from sync_operators.moodle.courses import courses_in
from sync_operators.moodle.errors import BadAnswer, CutShort, Unanswered

GET: Final = "core_course_get_categories"
CREATE: Final = "core_course_create_categories"
DELETE: Final = "core_course_delete_categories"


@dataclass(frozen=True, slots=True)
class Category:
    """A category as Moodle tells it; its name is formatted (see `answered.plain`), top categories have parent 0."""

    id: int
    name: str
    parent: int = 0
    idnumber: str = ""
    coursecount: int = 0
    visible: bool = True
    path: str = ""


@dataclass(frozen=True, slots=True)
class Content:
    """How much is in a category, as far as the service account sees it."""

    courses: int
    categories: int
    """Those below it, however deep."""


def all_categories(client: MoodleClient) -> list[Category]:
    """Every category that the service account sees, in the order of the tree."""
    return _categories(client.read(GET, {}))


def categories_below(client: MoodleClient, category_id: int) -> list[Category]:
    """A category and all below it; none when it is not there."""
    return _categories(client.read(GET, {"criteria": [{"key": "id", "value": str(category_id)}]}))


def content_of(client: MoodleClient, category_id: int) -> Content | None:
    """What is in a category, none when it is not there; two calls where Moodle counts nothing in it.

    `coursecount` tells hidden courses too, but is a number kept beside the category: where something else has written
    into Moodle's database it is wrong until repaired, so that a category without courses is asked for them.
    """
    found = {category.id: category for category in categories_below(client, category_id)}
    own = found.pop(category_id, None)
    if own is None:
        return None
    courses = own.coursecount if own.coursecount or found else len(courses_in(client, category_id))
    return Content(courses, len(found))


def create_categories(client: MoodleClient, rows: Sequence[Mapping[str, Any]]) -> list[int]:
    """Create categories, all or none, below parents that are there already; their ids in the order of the rows."""
    answer = client.write(CREATE, {"categories": rows})
    if isinstance(answer, list) and len(answer) < len(rows):
        raise CutShort(CREATE, sent=len(rows), answered=len(answer))
    try:
        ids = [int(entry["id"]) for entry in answer]
    except (KeyError, TypeError, ValueError) as error:
        raise Unanswered(CREATE, f"the answer is no list of ids ({error!r})") from error
    if len(ids) > len(rows):
        raise Unanswered(CREATE, "the answer names more categories than were sent")
    return ids


def delete_category(client: MoodleClient, category_id: int, *, top: bool) -> None:
    """Delete a category that is empty: make sure of that right before.

    What is in it all the same goes to the category above it. A top category has none, and Moodle refuses to delete it
    in any other way than with all that is in it.
    """
    answer = client.write(DELETE, {"categories": [{"id": category_id, "recursive": top}]})
    if answer is not None:
        raise Unanswered(DELETE, "the answer is not empty, as it is after a success")


def _categories(answer: Any) -> list[Category]:
    if not isinstance(answer, list):
        raise BadAnswer(GET, f"it is no list of categories but {type(answer).__name__}")
    try:
        return [_category(entry) for entry in answer]
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise BadAnswer(GET, f"it is no list of categories ({error!r})") from error


def _category(entry: Mapping[str, Any]) -> Category:
    return Category(
        id=int(entry["id"]),
        name=str(entry["name"]),
        parent=int(entry["parent"]),
        idnumber=str(entry.get("idnumber") or ""),
        coursecount=int(entry.get("coursecount") or 0),
        visible=bool(entry.get("visible", True)),
        path=str(entry.get("path") or ""),
    )
