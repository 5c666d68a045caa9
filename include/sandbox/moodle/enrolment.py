"""Methods of enrolment and who is enrolled by them (source: ws-functions.md, "Enrolments").

A course has instances of methods (manual, self, guest, meta, cohort); an account is enrolled by an instance, and its
roles hang in the course's context. Meta and cohort own the roles they give; those of the others stay until the last
enrolment in the course goes.
"""

import time
from collections.abc import Mapping
from typing import Any

from include.sandbox.moodle.contexts import context_id
from include.sandbox.store import Row, Store

STUDENT = 5
# Methods whose roles are theirs alone: nobody else changes them.
_OWNERS = frozenset({"meta", "cohort"})


def add_method(store: Store, course_id: int, kind: str, **fields: Any) -> int:
    """Add an instance of a method, after those the course has."""
    last = store.scalar("SELECT MAX(sortorder) FROM enrol WHERE courseid = ?", (course_id,))
    place = {"courseid": course_id, "enrol": kind, "sortorder": 0 if last is None else last + 1}
    return store.insert("enrol", {**place, "roleid": STUDENT, **fields})


def add_default_methods(store: Store, course_id: int) -> None:
    """What Moodle adds to a new course: manual switched on, guest and self switched off."""
    for kind, status in (("manual", 0), ("guest", 1), ("self", 1)):
        add_method(store, course_id, kind, status=status)


def enabled_method(store: Store, course_id: int, kind: str) -> Row | None:
    """The first instance of a method that is switched on."""
    return store.record("enrol", courseid=course_id, enrol=kind, status=0)


def enrol(
    store: Store, method: Row, user_id: int, role_id: int, *, start: int = 0, end: int = 0, status: int = 0
) -> None:
    """Enrol an account, or overwrite times and status of its enrolment; the role is added, other roles stay."""
    wanted = {"status": status, "timestart": start, "timeend": end}
    write_enrolment(store, method["id"], user_id, wanted)
    if role_id:
        assign(store, role_id, user_id, context_id(store, "course", method["courseid"]), owner=owner_of(method))


def write_enrolment(store: Store, method_id: int, user_id: int, wanted: Mapping[str, int]) -> None:
    """Insert an enrolment, or change the one that is there."""
    now = int(time.time())
    found = store.record("user_enrolments", enrolid=method_id, userid=user_id)
    if found is None:
        stamps = {"timecreated": now, "timemodified": now}
        store.insert("user_enrolments", {"enrolid": method_id, "userid": user_id, **wanted, **stamps})
    elif any(found[name] != value for name, value in wanted.items()):
        store.change("user_enrolments", found["id"], {**wanted, "timemodified": now})


def owner_of(method: Row) -> tuple[str, int]:
    """Component and item that own the roles a method gives."""
    return (f"enrol_{method['enrol']}", method["id"]) if method["enrol"] in _OWNERS else ("", 0)


def assign(store: Store, role_id: int, user_id: int, context: int, *, owner: tuple[str, int] = ("", 0)) -> None:
    """Assign a role; no error when it is assigned already."""
    row = {"roleid": role_id, "userid": user_id, "contextid": context, "component": owner[0], "itemid": owner[1]}
    store.insert("role_assignments", row, ignore=True)


def unenrol(store: Store, method: Row, user_id: int) -> None:
    """End an enrolment with the roles and memberships it gave; with the last one in the course, all of them go."""
    if not store.delete("user_enrolments", enrolid=method["id"], userid=user_id):
        return
    context = context_id(store, "course", method["courseid"])
    owner = {"component": f"enrol_{method['enrol']}", "itemid": method["id"], "userid": user_id}
    store.delete("groups_members", **owner)
    store.delete("role_assignments", contextid=context, **owner)
    if not is_enrolled(store, method["courseid"], user_id):
        store.delete("role_assignments", contextid=context, userid=user_id)
        leave_groups(store, method["courseid"], user_id)


def is_enrolled(store: Store, course_id: int, user_id: int) -> bool:
    """Whether the account is enrolled by any method, suspended or not."""
    sql = (
        "SELECT 1 FROM user_enrolments ue JOIN enrol e ON e.id = ue.enrolid "
        "WHERE ue.userid = ? AND e.courseid = ? LIMIT 1"
    )
    return store.scalar(sql, (user_id, course_id)) is not None


def leave_groups(store: Store, course_id: int, user_id: int) -> None:
    """Take an account out of every group of a course."""
    store.execute(
        "DELETE FROM groups_members WHERE userid = ? AND groupid IN (SELECT id FROM groups WHERE courseid = ?)",
        (user_id, course_id),
    )


def delete_method(store: Store, method: Row) -> None:
    """Remove an instance with all its enrolments."""
    for user_id in store.scalars("SELECT userid FROM user_enrolments WHERE enrolid = ?", (method["id"],)):
        unenrol(store, method, user_id)
    store.delete("enrol", id=method["id"])


def forget_account(store: Store, user_id: int) -> None:
    """Take a deleted account out of everything it was in."""
    for table in ("user_enrolments", "role_assignments", "cohort_members", "groups_members"):
        store.delete(table, userid=user_id)
