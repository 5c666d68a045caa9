# Taken over as it was used on a real Moodle 4.5.6: the cases stay comparable only while the recorder is the same.
"""Enrolments, roles and meta links."""

from __future__ import annotations

from tests.contract.record_contract import ABSENT_ID, Recorder, ids_of, user


def enrolments(rec: Recorder, course: dict[str, int], student: int, teacher: int, nocaps: str | None) -> dict[str, int]:
    names = ["ea", "eb", "ec", "ed", "es", "ex"]
    rec.call("core_user_create_users", users=[user(n) for n in names])
    who = ids_of(rec, *names)
    rec.call("core_user_update_users", users=[{"id": who["es"], "suspended": 1}])
    rec.call("core_user_delete_users", userids=[who["ex"]])
    a, b = course["A"], course["B"]
    fn = "enrol_manual_enrol_users"

    def row(name, roleid=student, courseid=a, **kw):
        return {"roleid": roleid, "userid": who[name] if isinstance(name, str) else name, "courseid": courseid, **kw}

    def enrol(name, *rows, note="", **kw):
        return rec.call(fn, name, note, enrolments=list(rows), **kw)

    def listed(name, note, file=fn, courseid=a, **options):
        return rec.call(
            "core_enrol_get_enrolled_users",
            name,
            note,
            file=file,
            courseid=courseid,
            options=[{"name": k, "value": v} for k, v in {"userfields": "id,username,roles", **options}.items()],
        )

    enrol("one enrolment", row("ea"), note="answer is null")
    enrol("already enrolled", row("ea"), note="no error")
    enrol("second role for the same user", row("ea", teacher), note="adds the role, keeps the first")
    enrol("with start and end", row("eb", timestart=1767225600, timeend=1798761600))
    enrol("suspended enrolment", row("ec", suspend=1))
    listed("only suspended enrolments", "", onlysuspended=1)
    enrol("enrol again without suspend", row("ec"), note="becomes active again")
    listed("after that", "")
    enrol("end before start", row("ed", timestart=1798761600, timeend=1767225600))
    enrol("good then unknown user", row("ed", courseid=b), row(ABSENT_ID, courseid=b), note="rolled back as a whole")
    listed("after the failed batch", "ed is not enrolled in B", courseid=b)
    enrol("unknown course", row("ed", courseid=ABSENT_ID))
    enrol("unknown role", row("ed", ABSENT_ID))
    enrol("role not assignable in a course", row("ed", 2), note="role id 2 is course creator on a standard site")
    enrol("role id 0", row("ed", 0, courseid=b))
    enrol("suspended user", row("es"))
    enrol("deleted user", row("ex"))
    enrol("guest user", row(1))
    enrol("course without a manual enrolment method", row("ed", courseid=1), note="site home has none")
    enrol("same row twice", row("ed"), row("ed"))
    enrol("missing roleid", {"userid": who["ed"], "courseid": a})
    rec.call(fn, "empty batch", "")
    if nocaps:
        enrol("missing capability", row("ed"), token=nocaps)

    fn2 = "core_enrol_get_enrolled_users"
    rec.call(fn2, "default fields", "", courseid=a)
    rec.call(
        fn2,
        "few fields, a page",
        "",
        courseid=a,
        options=[
            {"name": "userfields", "value": "id,username,roles,groups"},
            {"name": "limitfrom", "value": 1},
            {"name": "limitnumber", "value": 2},
            {"name": "sortby", "value": "id"},
            {"name": "sortdirection", "value": "ASC"},
        ],
    )
    rec.call(
        fn2,
        "only active",
        "",
        courseid=a,
        options=[{"name": "onlyactive", "value": 1}, {"name": "userfields", "value": "id,username"}],
    )
    rec.call(
        fn2,
        "site home: every user of the site",
        "course id 1; paged; suspended and guest included as the site has them",
        courseid=1,
        options=[
            {"name": "userfields", "value": "id,username"},
            {"name": "sortby", "value": "id"},
            {"name": "limitfrom", "value": 0},
            {"name": "limitnumber", "value": 3},
        ],
    )
    rec.call(fn2, "unknown course", "", courseid=ABSENT_ID)
    rec.call(fn2, "unknown option", "", courseid=a, options=[{"name": "nonsense", "value": 1}])
    if nocaps:
        rec.call(fn2, "missing capability", "", token=nocaps, courseid=a)
    rec.call("core_group_get_course_user_groups", "user not enrolled", "", courseid=b, userid=who["ea"])
    rec.call("core_enrol_get_users_courses", "courses of a user", "", userid=who["ea"])
    rec.call("core_enrol_get_users_courses", "unknown user", "", userid=ABSENT_ID)
    rec.call(
        "core_enrol_get_course_enrolment_methods",
        "a normal course",
        "manual, meta and cohort methods are not shown",
        courseid=a,
    )
    rec.call("core_enrol_get_course_enrolment_methods", "unknown course", "", courseid=ABSENT_ID)
    rec.call(
        "core_user_get_course_user_profiles",
        "roles, groups, courses of users in a course",
        "",
        userlist=[{"userid": who["ea"], "courseid": a}, {"userid": who["eb"], "courseid": a}],
    )

    fn = "enrol_manual_unenrol_users"

    def unenrol(name, *rows, note="", **kw):
        return rec.call(fn, name, note, enrolments=list(rows), **kw)

    unenrol("one", {"userid": who["ed"], "courseid": a}, note="answer is null")
    unenrol("not enrolled", {"userid": who["ed"], "courseid": a}, note="no error")
    unenrol("with a role id", {"userid": who["ea"], "courseid": a, "roleid": teacher})
    listed("after unenrolling one of two roles", "the role id is ignored: the whole enrolment is gone", file=fn)
    enrol_back = [row("ea"), row("eb")]
    rec.call("enrol_manual_enrol_users", enrolments=enrol_back)
    unenrol("good then unknown user", {"userid": who["eb"], "courseid": a}, {"userid": ABSENT_ID, "courseid": a})
    listed("after the failed batch", "eb is still enrolled", file=fn)
    unenrol("unknown course", {"userid": who["eb"], "courseid": ABSENT_ID})
    unenrol("suspended user", {"userid": who["es"], "courseid": a})
    unenrol("course without a manual enrolment method", {"userid": who["eb"], "courseid": 1})
    if nocaps:
        unenrol("missing capability", {"userid": who["eb"], "courseid": a}, token=nocaps)

    fn = "core_role_assign_roles"

    def assign(name, *rows, note="", **kw):
        return rec.call(fn, name, note, assignments=list(rows), **kw)

    assign(
        "in a course",
        {"roleid": teacher, "userid": who["ea"], "contextlevel": "course", "instanceid": a},
        note="answer is null",
    )
    assign("twice", {"roleid": teacher, "userid": who["ea"], "contextlevel": "course", "instanceid": a})
    assign(
        "user not enrolled in the course",
        {"roleid": teacher, "userid": who["ed"], "contextlevel": "course", "instanceid": b},
    )
    assign("at system level", {"roleid": 2, "userid": who["ea"], "contextlevel": "system", "instanceid": 0})
    assign("at system level without instance", {"roleid": 2, "userid": who["ea"], "contextlevel": "system"})
    assign("by context id", {"roleid": 2, "userid": who["ea"], "contextid": 1})
    assign("role not assignable there", {"roleid": student, "userid": who["ea"], "contextid": 1})
    assign("unknown role", {"roleid": ABSENT_ID, "userid": who["ea"], "contextlevel": "course", "instanceid": a})
    assign("unknown user", {"roleid": teacher, "userid": ABSENT_ID, "contextlevel": "course", "instanceid": a})
    assign(
        "unknown course", {"roleid": teacher, "userid": who["ea"], "contextlevel": "course", "instanceid": ABSENT_ID}
    )
    assign(
        "unknown context level", {"roleid": teacher, "userid": who["ea"], "contextlevel": "nonsense", "instanceid": a}
    )
    assign("neither context id nor level", {"roleid": teacher, "userid": who["ea"]})
    fn = "core_role_unassign_roles"
    rec.call(
        fn,
        "in a course",
        "answer is null",
        unassignments=[{"roleid": teacher, "userid": who["ea"], "contextlevel": "course", "instanceid": a}],
    )
    rec.call(
        fn,
        "not assigned",
        "",
        unassignments=[{"roleid": teacher, "userid": who["ea"], "contextlevel": "course", "instanceid": a}],
    )
    rec.call(fn, "at system level", "", unassignments=[{"roleid": 2, "userid": who["ea"], "contextid": 1}])
    rec.call(fn, "unknown role", "", unassignments=[{"roleid": ABSENT_ID, "userid": who["ea"], "contextid": 1}])

    fn = "enrol_meta_add_instances"
    c = course["C"]
    rec.call(fn, "link A into B", "B gets A's participants", instances=[{"metacourseid": b, "courseid": a}])
    rec.call(fn, "again", "status false: it was there already", instances=[{"metacourseid": b, "courseid": a}])
    rec.call(fn, "with group", "", instances=[{"metacourseid": c, "courseid": b, "creategroup": 1}])
    rec.call(fn, "course into itself", "accepted", instances=[{"metacourseid": a, "courseid": a}])
    rec.call("enrol_meta_delete_instances", instances=[{"metacourseid": a, "courseid": a}])
    rec.call(
        fn,
        "good then unknown",
        "no transaction: is the first row kept?",
        instances=[{"metacourseid": c, "courseid": a}, {"metacourseid": c, "courseid": ABSENT_ID}],
    )
    rec.call(
        fn,
        "first row of that batch again",
        "status false means it was kept",
        instances=[{"metacourseid": c, "courseid": a}],
    )
    rec.call(fn, "unknown meta course", "", instances=[{"metacourseid": ABSENT_ID, "courseid": a}])
    rec.call(fn, "empty batch", "")
    rec.call(
        "core_enrol_get_enrolled_users",
        "B after linking",
        "",
        file=fn,
        courseid=b,
        options=[{"name": "userfields", "value": "id,username,roles"}],
    )
    fn = "enrol_meta_delete_instances"
    rec.call(fn, "unlink", "", instances=[{"metacourseid": b, "courseid": a}])
    rec.call(fn, "again", "status false: nothing to unlink", instances=[{"metacourseid": b, "courseid": a}])
    rec.call(fn, "unknown course", "", instances=[{"metacourseid": b, "courseid": ABSENT_ID}])
    rec.call(fn, "empty batch", "")
    return who
