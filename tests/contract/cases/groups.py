# Taken over as it was used on a real Moodle 4.5.6: the cases stay comparable only while the recorder is the same.
"""Groups, members and groupings."""

from __future__ import annotations

from tests.contract.record_contract import ABSENT_ID, Recorder


def groups(rec: Recorder, course: dict[str, int], who: dict[str, int], student: int, nocaps: str | None) -> None:
    a, b = course["A"], course["B"]
    rec.call(
        "enrol_manual_enrol_users",
        enrolments=[{"roleid": student, "userid": who[n], "courseid": a} for n in ("ea", "eb")],
    )
    rec.call(
        "enrol_manual_enrol_users", enrolments=[{"roleid": student, "userid": who["ec"], "courseid": a, "suspend": 1}]
    )
    rec.call("enrol_manual_unenrol_users", enrolments=[{"userid": who["ed"], "courseid": a}])
    fn = "core_group_create_groups"

    def row(label, courseid=a, **kw):
        return {"courseid": courseid, "name": f"ctr {label}", "description": "", **kw}

    def create(name, *rows, note="", **kw):
        return rec.call(fn, name, note, groups=list(rows), **kw)

    made = create(
        "two groups",
        row("G2", idnumber="ctr-g2"),
        row("G1 é", idnumber="ctr-g1", description="<p>d</p>", enrolmentkey="Key-1234"),
        note="in the order sent",
    )
    g2, g1 = (g["id"] for g in made)
    create("no idnumber", row("G3"))
    create("visibility and participation", row("G4", visibility=1, participation=0))
    create("name taken in the course", row("G2", idnumber="ctr-gx"))
    create("name free in another course", row("G2", b), note="names are unique per course")
    create("idnumber taken in the course", row("G5", idnumber="ctr-g2"))
    create("idnumber taken in another course", row("G6", b, idnumber="ctr-g2"))
    create("good then bad", row("Roll"), row("G2"), note="rolled back as a whole")
    create("first row of that batch again", row("Roll"), note="accepted: it had been rolled back")
    create("same name twice in one batch", row("Twin"), row("Twin"))
    create("name with surrounding blanks", row("Blank  "), note="trimmed?")
    create("empty name", {"courseid": a, "name": " ", "description": ""})
    create("missing description", {"courseid": a, "name": "ctr Nodesc"}, note="description is required, may be empty")
    create("unknown course", row("U", ABSENT_ID))
    create("name of 255 characters", row("L", name="ctr" + "n" * 252), note="254 is the limit")
    create("idnumber of 101 characters", row("L2", idnumber="n" * 101))
    rec.call(fn, "empty batch", "")
    if nocaps:
        create("missing capability", row("N"), token=nocaps)
    rec.call("core_group_get_course_groups", "groups of a course", "ids, names, idnumbers", courseid=a)
    rec.call("core_group_get_course_groups", "unknown course", "", courseid=ABSENT_ID)
    rec.call("core_group_get_groups", "by ids", "", groupids=[g2, g1])
    rec.call("core_group_get_groups", "unknown id", "", groupids=[g2, ABSENT_ID])

    fn = "core_group_add_group_members"

    def add(name, *pairs, note="", **kw):
        return rec.call(fn, name, note, members=[{"groupid": g, "userid": u} for g, u in pairs], **kw)

    add("two members", (g1, who["ea"]), (g2, who["eb"]), note="answer is null")
    add("already a member", (g1, who["ea"]), note="no error")
    add("suspended enrolment", (g1, who["ec"]))
    add("user not enrolled", (g1, who["ed"]))
    add("good then not enrolled", (g1, who["eb"]), (g1, who["ed"]), note="rolled back as a whole")
    rec.call("core_group_get_group_members", "after the failed batch", "eb is not in g1", file=fn, groupids=[g1])
    add("unknown group", (ABSENT_ID, who["ea"]))
    add("unknown user", (g1, ABSENT_ID))
    rec.call(fn, "empty batch", "")
    if nocaps:
        add("missing capability", (g1, who["eb"]), token=nocaps)
    rec.call("core_group_get_group_members", "two groups", "", groupids=[g1, g2])
    rec.call("core_group_get_group_members", "unknown group", "", groupids=[ABSENT_ID])
    rec.call("core_group_get_course_user_groups", "groups of a user in a course", "", courseid=a, userid=who["ea"])
    fn = "core_group_delete_group_members"
    rec.call(fn, "one", "answer is null", members=[{"groupid": g1, "userid": who["ea"]}])
    rec.call(fn, "not a member", "", members=[{"groupid": g1, "userid": who["ea"]}])
    rec.call(fn, "unknown group", "", members=[{"groupid": ABSENT_ID, "userid": who["ea"]}])
    rec.call(fn, "unknown user", "", members=[{"groupid": g1, "userid": ABSENT_ID}])
    fn = "core_group_update_groups"
    rec.call(fn, "rename", "answer is null", groups=[{"id": g1, "name": "ctr G1"}])
    rec.call(fn, "name taken", "", groups=[{"id": g1, "name": "ctr G2"}])
    rec.call(fn, "idnumber taken", "", groups=[{"id": g1, "name": "ctr G1", "idnumber": "ctr-g2"}])
    rec.call(fn, "unknown id", "", groups=[{"id": ABSENT_ID, "name": "x"}])

    fn = "core_group_create_groupings"
    made = rec.call(
        fn, "one", "", groupings=[{"courseid": a, "name": "ctr GG", "description": "", "idnumber": "ctr-gg"}]
    )
    gg = made[0]["id"]
    rec.call(fn, "name taken", "", groupings=[{"courseid": a, "name": "ctr GG", "description": ""}])
    rec.call(
        fn,
        "idnumber taken",
        "",
        groupings=[{"courseid": a, "name": "ctr GG2", "description": "", "idnumber": "ctr-gg"}],
    )
    rec.call(fn, "unknown course", "", groupings=[{"courseid": ABSENT_ID, "name": "ctr GG3", "description": ""}])
    rec.call(
        "core_group_assign_grouping",
        "two groups",
        "answer is null",
        assignments=[{"groupingid": gg, "groupid": g1}, {"groupingid": gg, "groupid": g2}],
    )
    rec.call("core_group_assign_grouping", "already there", "", assignments=[{"groupingid": gg, "groupid": g1}])
    rec.call("core_group_assign_grouping", "unknown group", "", assignments=[{"groupingid": gg, "groupid": ABSENT_ID}])
    rec.call(
        "core_group_assign_grouping", "unknown grouping", "", assignments=[{"groupingid": ABSENT_ID, "groupid": g1}]
    )
    rec.call("core_group_get_groupings", "with groups", "", groupingids=[gg], returngroups=1)
    rec.call("core_group_get_course_groupings", "of a course", "", courseid=a)
    rec.call("core_group_unassign_grouping", "one", "answer is null", unassignments=[{"groupingid": gg, "groupid": g1}])
    rec.call("core_group_unassign_grouping", "not there", "", unassignments=[{"groupingid": gg, "groupid": g1}])
    rec.call(
        "core_group_update_groupings",
        "rename",
        "answer is null",
        groupings=[{"id": gg, "name": "ctr GG é", "description": ""}],
    )
    rec.call("core_group_delete_groupings", "one", "answer is null", groupingids=[gg])
    rec.call("core_group_delete_groupings", "unknown id", "", groupingids=[ABSENT_ID])
    fn = "core_group_delete_groups"
    rec.call(fn, "one", "answer is null", groupids=[g1])
    rec.call(fn, "unknown id", "", groupids=[ABSENT_ID])
    rec.call(fn, "good then unknown", "", groupids=[g2, ABSENT_ID])
    rec.call("core_group_get_course_groups", "after that", "is G2 still there?", file=fn, courseid=a)
