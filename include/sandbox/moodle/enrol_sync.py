"""Enrolments that follow others: meta links follow another course, cohort methods follow a cohort.

Source: ws-functions.md, enrol_meta_add_instances and core_cohort_add_cohort_members: both follow at once. Where the
other enrolment has gone, a meta link suspends its own and takes the roles away, a cohort method unenrols: Moodle's
defaults.
"""

from collections.abc import Iterable

from include.sandbox.moodle.contexts import context_id
from include.sandbox.moodle.enrolment import assign, enrol, owner_of, unenrol, write_enrolment
from include.sandbox.store import Row, Store

# Links of links are not followed: only enrolments that no link has made count.
_PARTICIPANTS = """
    SELECT ue.userid, MIN(MAX(ue.status, e.status)) AS status, MIN(ue.timestart) AS timestart,
        CASE WHEN MIN(ue.timeend) = 0 THEN 0 ELSE MAX(ue.timeend) END AS timeend
    FROM user_enrolments ue JOIN enrol e ON e.id = ue.enrolid
    WHERE e.courseid = ? AND e.enrol <> 'meta' GROUP BY ue.userid ORDER BY ue.userid
"""
_SUSPENDED = {"status": 1}


def follow_courses(store: Store, course_ids: Iterable[int]) -> None:
    """Bring every course that is linked to one of these up to date."""
    for course_id in sorted(set(course_ids)):
        for link in store.records("enrol", enrol="meta", customint1=course_id, status=0):
            follow_link(store, link)


def follow_link(store: Store, link: Row) -> None:
    """Bring one meta link up to date with the course it follows."""
    participants = {row.pop("userid"): row for row in store.query(_PARTICIPANTS, (link["customint1"],))}
    for user_id, wanted in participants.items():
        write_enrolment(store, link["id"], user_id, wanted)
    for user_id in _enrolled_by(store, link) - participants.keys():
        write_enrolment(store, link["id"], user_id, _SUSPENDED)
    _follow_roles(store, link, participants.keys())
    _follow_group(store, link, participants.keys())


def _follow_roles(store: Store, link: Row, users: Iterable[int]) -> None:
    source = context_id(store, "course", link["customint1"])
    target = context_id(store, "course", link["courseid"])
    held = store.query(
        "SELECT DISTINCT roleid, userid FROM role_assignments WHERE contextid = ? AND component <> 'enrol_meta'",
        (source,),
    )
    wanted = {(row["roleid"], row["userid"]) for row in held if row["userid"] in set(users)}
    component, item = owner_of(link)
    given = store.records("role_assignments", contextid=target, component=component, itemid=item)
    for row in given:
        if (row["roleid"], row["userid"]) not in wanted:
            store.delete("role_assignments", id=row["id"])
    for role_id, user_id in sorted(wanted):
        assign(store, role_id, user_id, target, owner=(component, item))


def follow_cohorts(store: Store, cohort_ids: Iterable[int]) -> None:
    """Bring every course that enrols one of these cohorts up to date, and what is linked to those courses."""
    touched: set[int] = set()
    for cohort_id in sorted(set(cohort_ids)):
        members = set(store.scalars("SELECT userid FROM cohort_members WHERE cohortid = ?", (cohort_id,)))
        for method in store.records("enrol", enrol="cohort", customint1=cohort_id, status=0):
            _follow_members(store, method, members)
            touched.add(method["courseid"])
    follow_courses(store, touched)


def _follow_members(store: Store, method: Row, members: set[int]) -> None:
    enrolled = _enrolled_by(store, method)
    for user_id in sorted(members - enrolled):
        enrol(store, method, user_id, method["roleid"])
    for user_id in sorted(enrolled - members):
        unenrol(store, method, user_id)
    _follow_group(store, method, members)


def _follow_group(store: Store, method: Row, users: Iterable[int]) -> None:
    if not method["customint2"]:
        return
    component, item = owner_of(method)
    owner = {"groupid": method["customint2"], "component": component, "itemid": item}
    for row in store.records("groups_members", **owner):
        if row["userid"] not in set(users):
            store.delete("groups_members", id=row["id"])
    for user_id in sorted(users):
        store.insert("groups_members", {**owner, "userid": user_id}, ignore=True)


def _enrolled_by(store: Store, method: Row) -> set[int]:
    return set(store.scalars("SELECT userid FROM user_enrolments WHERE enrolid = ?", (method["id"],)))
