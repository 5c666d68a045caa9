"""The page of courses: the list as it was read last, what of it is shown, what of it is chosen."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from functools import lru_cache
from typing import TYPE_CHECKING

from sync_operators import course_list
from sync_operators.course_list import CourseList, ListedCategory, ListedCourse
from sync_operators.depot.errors import NotThere

if TYPE_CHECKING:
    from sync_operators.depot.storage import Depot

PAGE = 100
SORTS = ("shortname", "fullname", "last")
TEACHERS = ("editingteacher", "teacher")
STUDENTS = ("student",)


@dataclass(frozen=True, slots=True)
class Filters:
    """Which courses: in some categories (or below), with a text, not visited since a day, visible or not, empty."""

    cat: frozenset[int] = frozenset()
    text: str = ""
    idle: date | None = None
    visible: str = ""
    empty: bool = False
    sort: str = "shortname"
    down: bool = False


@dataclass(frozen=True, slots=True)
class Branch:
    """A category of the tree with those below it; `count` counts courses in all of them."""

    category: ListedCategory
    count: int
    below: tuple["Branch", ...]


@dataclass(frozen=True, slots=True)
class Shelf:
    """A list, made ready to be shown: paths of categories, the tree, roles that anybody holds."""

    told: CourseList
    paths: Mapping[int, str]
    tree: tuple[Branch, ...]
    within: Mapping[int, frozenset[int]]
    by_id: Mapping[int, ListedCourse] = field(repr=False, default_factory=dict)

    def chosen(self, ids: Collection[int]) -> list[ListedCourse]:
        """The courses of some ids, in the order of the list; ids that are none are left out."""
        return [course for course in self.told.courses if course.id in ids]

    def found(self, filters: Filters) -> list[ListedCourse]:
        """The courses that pass the filters, sorted."""
        cats = frozenset().union(*(self.within.get(one, frozenset()) for one in filters.cat))
        wanted = [course for course in self.told.courses if _passes(course, filters, cats)]
        return sorted(wanted, key=_SORT_KEYS[filters.sort], reverse=filters.down)


_SORT_KEYS = {
    "shortname": lambda course: course.shortname.casefold(),
    "fullname": lambda course: course.fullname.casefold(),
    # Those of which it is not known come first, then those never visited.
    "last": lambda course: -1 if course.last is None else course.last,
}


def _passes(course: ListedCourse, filters: Filters, cats: Collection[int]) -> bool:
    return (
        (not filters.cat or course.category in cats)
        and _has_text(course, filters.text)
        and _is_idle(course, filters.idle)
        and (filters.visible not in {"yes", "no"} or course.visible == (filters.visible == "yes"))
        and (not filters.empty or (course.roles is not None and not role_count(course, STUDENTS)))
    )


def _has_text(course: ListedCourse, text: str) -> bool:
    wanted = text.casefold()
    return any(wanted in each.casefold() for each in (course.shortname, course.fullname, course.idnumber))


def _is_idle(course: ListedCourse, since: date | None) -> bool:
    """Not visited since the beginning of that day; of a course that Moodle tells nothing of it cannot be said."""
    if since is None:
        return True
    return course.last is not None and course.last < datetime.combine(since, time(), UTC).timestamp()


def role_count(course: ListedCourse, names: Collection[str]) -> int | None:
    """How many hold one of the roles in a course; None where Moodle does not tell."""
    return None if course.roles is None else sum(course.roles.get(name, 0) for name in names)


def roles_of(course: ListedCourse) -> list[tuple[str, int]]:
    """The roles in a course with how many hold each, the most first."""
    return sorted((course.roles or {}).items(), key=lambda role: (-role[1], role[0]))


def enrolled(courses: Collection[ListedCourse]) -> int:
    """How many enrolments are in some courses, as far as is known."""
    return sum(course.people or 0 for course in courses)


def shelf(depot: "Depot") -> Shelf | None:
    """The newest list; None before the first reading. Kept while none newer is there."""
    for _ in range(2):
        place = course_list.newest(depot)
        if place is None:
            return None
        try:
            return _ready(depot, place)
        except NotThere:
            continue
    return None


@lru_cache(maxsize=2)
def _ready(depot: "Depot", place: str) -> Shelf:
    listed = course_list.load(depot, place)
    below: dict[int, list[ListedCategory]] = {}
    known = {category.id for category in listed.categories}
    for category in listed.categories:
        # One whose parent our account does not see stands at the top.
        below.setdefault(category.parent if category.parent in known else 0, []).append(category)
    counts = Counter(course.category for course in listed.courses)
    tree = tuple(_branch(category, below, counts) for category in below.get(0, ()))
    paths: dict[int, str] = {}
    within: dict[int, frozenset[int]] = {}
    for branch in tree:
        _index(branch, "", paths, within)
    return Shelf(listed, paths, tree, within, {course.id: course for course in listed.courses})


def _branch(category: ListedCategory, below: Mapping[int, list[ListedCategory]], counts: Counter[int]) -> Branch:
    branches = tuple(_branch(each, below, counts) for each in below.get(category.id, ()))
    return Branch(category, counts[category.id] + sum(each.count for each in branches), branches)


def _index(branch: Branch, above: str, paths: dict[int, str], within: dict[int, frozenset[int]]) -> None:
    one = branch.category
    paths[one.id] = f"{above} / {one.name}" if above else one.name
    for each in branch.below:
        _index(each, paths[one.id], paths, within)
    within[one.id] = frozenset({one.id}).union(*(within[each.category.id] for each in branch.below))


@dataclass(frozen=True, slots=True)
class Part:
    """One page of the courses that were found; pages count from 1."""

    courses: tuple[ListedCourse, ...]
    found: int
    page: int
    pages: int


def part(found: list[ListedCourse], page: int) -> Part:
    """That page, or the last one when there are not so many."""
    pages = max(1, -(-len(found) // PAGE))
    wanted = min(max(page, 1), pages)
    return Part(tuple(found[(wanted - 1) * PAGE : wanted * PAGE]), len(found), wanted, pages)
