"""The order of categories and courses, and what goes when one of them goes.

Categories stand in steps of 10,000 in the order of the tree; the courses of one stand between it and the next, the
newest first (recorded: core_course_get_categories, core_course_get_courses).
"""

from collections import defaultdict

from include.sandbox.moodle.contexts import SYSTEM, context_id, drop_context
from include.sandbox.moodle.enrol_sync import follow_courses
from include.sandbox.moodle.enrolment import delete_method
from include.sandbox.store import Row, Store

_STEP = 10_000
# Behind everything, until the order is made anew.
LAST = 1_000_000_000


def put_in_order(store: Store) -> None:
    """Make order, depth and paths of all categories and the order of all courses anew."""
    below: dict[int, list[Row]] = defaultdict(list)
    for category in store.records("categories", order="sortorder, id"):
        below[category["parent"]].append(category)
    courses: dict[int, list[Row]] = defaultdict(list)
    for course in store.query("SELECT id, categoryid, sortorder FROM courses ORDER BY sortorder, id DESC"):
        courses[course["categoryid"]].append(course)
    places = iter(range(_STEP, LAST, _STEP))
    waiting = [(category, "") for category in reversed(below[0])]
    while waiting:
        category, path = waiting.pop()
        path = f"{path}/{category['id']}"
        place = next(places)
        _place_category(store, category, {"sortorder": place, "depth": path.count("/"), "path": path})
        _place_courses(store, courses[category["id"]], place)
        waiting += [(child, path) for child in reversed(below[category["id"]])]


def _place_category(store: Store, category: Row, wanted: Row) -> None:
    if any(category[name] != value for name, value in wanted.items()):
        store.change("categories", category["id"], wanted)


def _place_courses(store: Store, courses: list[Row], place: int) -> None:
    for number, course in enumerate(courses, start=1):
        if course["sortorder"] != place + number:
            store.change("courses", course["id"], {"sortorder": place + number})


def subtree(store: Store, category: Row) -> list[Row]:
    """The categories below one, in the order of the tree."""
    return store.query("SELECT * FROM categories WHERE path LIKE ? ORDER BY sortorder", (f"{category['path']}/%",))


def delete_course(store: Store, course_id: int) -> None:
    """Remove a course with all that is in it; what follows it by a link is left without its participants."""
    empty_course(store, course_id)
    followers = store.records("enrol", enrol="meta", customint1=course_id)
    store.delete("courses", id=course_id)
    drop_context(store, "course", course_id)
    for link in followers:
        delete_method(store, link)
    follow_courses(store, {link["courseid"] for link in followers})


def empty_course(store: Store, course_id: int) -> None:
    """Remove content, enrolment methods, enrolments, groups and groupings of a course."""
    for method in store.records("enrol", courseid=course_id):
        delete_method(store, method)
    for group_id in store.scalars("SELECT id FROM groups WHERE courseid = ?", (course_id,)):
        delete_group(store, group_id)
    for grouping_id in store.scalars("SELECT id FROM groupings WHERE courseid = ?", (course_id,)):
        delete_grouping(store, grouping_id)
    for module_id in store.scalars("SELECT id FROM modules WHERE courseid = ?", (course_id,)):
        delete_module(store, module_id)
    store.delete("sections", courseid=course_id)


def delete_group(store: Store, group_id: int) -> None:
    """Remove a group, its memberships and its places in groupings."""
    store.delete("groups_members", groupid=group_id)
    store.delete("groupings_groups", groupid=group_id)
    store.delete("groups", id=group_id)


def delete_grouping(store: Store, grouping_id: int) -> None:
    """Remove a grouping; its groups stay, and courses that had it as their default have none."""
    store.delete("groupings_groups", groupingid=grouping_id)
    store.execute("UPDATE courses SET defaultgroupingid = 0 WHERE defaultgroupingid = ?", (grouping_id,))
    store.delete("groupings", id=grouping_id)


def delete_module(store: Store, module_id: int) -> None:
    """Remove an activity."""
    drop_context(store, "module", module_id)
    store.delete("modules", id=module_id)


def delete_category(store: Store, category: Row) -> None:
    """Remove an empty category; its cohorts move to the one above, or to the system."""
    above = context_id(store, "coursecat", category["parent"]) if category["parent"] else SYSTEM
    own = context_id(store, "coursecat", category["id"])
    store.execute("UPDATE cohorts SET contextid = ? WHERE contextid = ?", (above, own))
    drop_context(store, "coursecat", category["id"])
    store.delete("categories", id=category["id"])
