# Taken over as it was used on a real Moodle 4.5.6: the cases stay comparable only while the recorder is the same.
"""Categories, courses and their content."""

from __future__ import annotations

from tests.contract.record_contract import ABSENT_ID, Recorder


def categories(rec: Recorder, nocaps: str | None) -> dict[str, int]:
    fn = "core_course_create_categories"
    made = rec.call(
        fn,
        "two categories",
        "ids in the order sent",
        categories=[
            {"name": "ctr Sciences", "idnumber": "ctr-sci"},
            {"name": "ctr Lettres é", "idnumber": "ctr-let", "description": "<p>x</p>"},
        ],
    )
    sci, let = (c["id"] for c in made)
    sub = rec.call(fn, "sub-category", "", categories=[{"name": "ctr Sub", "idnumber": "ctr-sub", "parent": sci}])[0][
        "id"
    ]
    rec.call(fn, "idnumber taken", "", categories=[{"name": "ctr Dup", "idnumber": "ctr-sci"}])
    rec.call(fn, "same name, same parent", "allowed", categories=[{"name": "ctr Sciences", "idnumber": "ctr-sci2"}])
    rec.call(fn, "unknown parent", "", categories=[{"name": "ctr P", "parent": ABSENT_ID}])
    rec.call(
        fn,
        "good then bad",
        "rolled back as a whole",
        categories=[{"name": "ctr Roll", "idnumber": "ctr-roll"}, {"name": "ctr Roll2", "idnumber": "ctr-sci"}],
    )
    rec.call(
        "core_course_get_categories",
        "after the failed batch",
        "",
        file=fn,
        criteria=[{"key": "idnumber", "value": "ctr-roll"}],
    )
    rec.call(fn, "name of 256 characters", "", categories=[{"name": "ctr" + "n" * 253}])
    rec.call(fn, "empty name", "", categories=[{"name": ""}])
    rec.call(fn, "empty batch", "")
    if nocaps:
        rec.call(fn, "missing capability", "", token=nocaps, categories=[{"name": "ctr No"}])
    fn = "core_course_get_categories"
    rec.call(fn, "by idnumber", "", criteria=[{"key": "idnumber", "value": "ctr-sci"}], addsubcategories=0)
    rec.call(fn, "by idnumber with sub-categories", "", criteria=[{"key": "idnumber", "value": "ctr-sci"}])
    rec.call(fn, "by ids", "comma-separated", criteria=[{"key": "ids", "value": f"{sci},{let}"}], addsubcategories=0)
    rec.call(fn, "by name", "", criteria=[{"key": "name", "value": "ctr Sub"}])
    rec.call(fn, "none found", "", criteria=[{"key": "idnumber", "value": "ctr-none"}])
    rec.call(fn, "unknown key", "", criteria=[{"key": "nonsense", "value": "1"}])
    rec.call(fn, "all", "")
    fn = "core_course_update_categories"
    rec.call(fn, "rename", "answer is null", categories=[{"id": let, "name": "ctr Lettres"}])
    rec.call(fn, "move", "", categories=[{"id": sub, "parent": let}])
    rec.call(fn, "idnumber taken", "", categories=[{"id": let, "idnumber": "ctr-sci"}])
    rec.call(fn, "unknown id", "", categories=[{"id": ABSENT_ID, "name": "x"}])
    rec.call(fn, "unknown parent", "", categories=[{"id": sub, "parent": ABSENT_ID}])
    fn = "core_course_delete_categories"
    tmp = rec.call(
        "core_course_create_categories",
        categories=[{"name": "ctr T1", "idnumber": "ctr-t1"}, {"name": "ctr T2", "idnumber": "ctr-t2"}],
    )
    rec.call(
        "core_course_create_categories", categories=[{"name": "ctr T1c", "idnumber": "ctr-t1c", "parent": tmp[0]["id"]}]
    )
    rec.call(
        fn,
        "move content to another category",
        "answer is null",
        categories=[{"id": tmp[0]["id"], "newparent": tmp[1]["id"]}],
    )
    rec.call(fn, "recursive", "", categories=[{"id": tmp[1]["id"], "recursive": 1}])
    rec.call(fn, "unknown id", "", categories=[{"id": ABSENT_ID, "recursive": 1}])
    return {"sci": sci, "let": let, "sub": sub}


def courses(rec: Recorder, cat: dict[str, int], nocaps: str | None) -> dict[str, int]:
    fn = "core_course_create_courses"

    def row(name, **kw):
        return {"fullname": f"ctr {name}", "shortname": f"ctr{name}", "categoryid": cat["sci"], **kw}

    def create(name, *rows, note="", **kw):
        return rec.call(fn, name, note, courses=list(rows), **kw)

    made = create(
        "two courses", row("B", idnumber="ctr-id-b"), row("A", idnumber="ctr-id-a"), note="ids in the order sent"
    )
    ids = {m["shortname"][3:]: m["id"] for m in made}
    got = create(
        "all fields",
        row(
            "C",
            idnumber="ctr-id-c",
            summary="<p>Résumé</p>",
            format="weeks",
            startdate=1767225600,
            enddate=1782864000,
            visible=0,
            numsections=4,
            groupmode=1,
            groupmodeforce=1,
            lang="en",
            enablecompletion=1,
            newsitems=0,
            showgrades=0,
            courseformatoptions=[{"name": "hiddensections", "value": 1}, {"name": "coursedisplay", "value": 1}],
        ),
    )
    ids["C"] = got[0]["id"]
    ids["D"] = create("no idnumber", row("D"))[0]["id"]
    create("shortname taken", row("A2", shortname="ctrA"))
    create("idnumber taken", row("A3", idnumber="ctr-id-a"))
    create("same shortname twice in one batch", row("E"), row("E"))
    create("good then bad", row("F", idnumber="ctr-id-f"), row("A"), note="rolled back as a whole")
    rec.call(
        "core_course_get_courses_by_field",
        "after the failed batch",
        "F does not exist",
        file=fn,
        field="shortname",
        value="ctrF",
    )
    create("unknown category", {**row("G"), "categoryid": ABSENT_ID})
    create("no category", {"fullname": "ctr H", "shortname": "ctrH"})
    create("empty shortname", row("I", shortname=""))
    create("empty fullname", row("J", fullname=""))
    create("end before start", row("K", startdate=1782864000, enddate=1767225600))
    create("unknown format", row("L", format="nosuch"))
    create("unknown language", row("M", lang="xx"))
    create("shortname of 256 characters", row("N", shortname="ctrN" + "n" * 252))
    create("fullname of 255 characters", row("N2", fullname="ctr" + "n" * 252), note="254 is the limit")
    create("idnumber of 101 characters", row("N3", idnumber="ctr" + "n" * 98))
    create("unknown custom field", row("O", customfields=[{"shortname": "nosuch", "value": "1"}]))
    create("shortname in other letter case", row("Aa", shortname="CTRA"))
    create("unknown key", row("P", nonsense=1))
    rec.call(fn, "empty batch", "")
    if nocaps:
        create("missing capability", row("Q"), token=nocaps)

    fn = "core_course_get_courses_by_field"
    for name, field, value, note in [
        ("by id", "id", ids["A"], ""),
        ("by ids", "ids", f"{ids['B']},{ids['A']}", "comma-separated"),
        (
            "by ids, one unknown",
            "ids",
            f"{ids['B']},{ids['A']},{ABSENT_ID}",
            "fails with a PHP error that has no errorcode (seen in 4.5.6)",
        ),
        ("by shortname", "shortname", "ctrA", ""),
        ("by shortname, other case", "shortname", "cTrB", ""),
        ("by idnumber", "idnumber", "ctr-id-b", ""),
        ("by category", "category", cat["sci"], ""),
        ("none found", "shortname", "ctr-none", ""),
        ("unknown field", "nonsense", "1", ""),
        ("id not a number", "id", "abc", ""),
        ("empty idnumber", "idnumber", "", "matches every course without idnumber"),
    ]:
        rec.call(fn, name, note, field=field, value=value)
    fn = "core_course_get_courses"
    rec.call(fn, "by ids", "", options={"ids": [ids["A"], ids["C"]]})
    rec.call(fn, "unknown id among them", "", options={"ids": [ids["A"], ABSENT_ID]})
    rec.call("core_course_search_courses", "search", "", criterianame="search", criteriavalue="ctr", page=0, perpage=2)

    fn = "core_course_update_courses"

    def update(name, *rows, note="", **kw):
        return rec.call(fn, name, note, courses=list(rows), **kw)

    update("change fields", {"id": ids["A"], "fullname": "ctr A é", "visible": 0, "summary": "new"})
    update("visible again", {"id": ids["A"], "visible": 1})
    update("move to another category", {"id": ids["A"], "categoryid": cat["let"]})
    update(
        "good, shortname taken, good",
        {"id": ids["A"], "fullname": "ctr A1"},
        {"id": ids["B"], "shortname": "ctrA"},
        {"id": ids["C"], "fullname": "ctr C1"},
        note="bad rows become warnings; the others are saved",
    )
    rec.call(
        "core_course_get_courses", "after the mixed batch", "", file=fn, options={"ids": [ids["A"], ids["B"], ids["C"]]}
    )
    update("idnumber taken", {"id": ids["B"], "idnumber": "ctr-id-a"})
    update("unknown id", {"id": ABSENT_ID, "fullname": "x"})
    update(
        "unknown category",
        {"id": ids["B"], "categoryid": ABSENT_ID},
        note="accepted: the course is left in a category that does not exist",
    )
    rec.call("core_course_get_courses", "after that", "categoryid points nowhere", file=fn, options={"ids": [ids["B"]]})
    rec.call(
        "core_course_delete_courses",
        "delete such a course",
        "fails until it is moved back",
        file=fn,
        courseids=[ids["B"]],
    )
    update("moved back to a real category", {"id": ids["B"], "categoryid": cat["sci"]})
    update("end before start", {"id": ids["B"], "startdate": 1782864000, "enddate": 1767225600})
    update("empty shortname", {"id": ids["B"], "shortname": ""})
    update("site home (id 1)", {"id": 1, "summary": "x"})
    update("unknown language", {"id": ids["B"], "lang": "xx"})
    update("id missing", {"fullname": "x"})
    rec.call(fn, "empty batch", "")
    if nocaps:
        update("missing capability", {"id": ids["B"], "fullname": "x"}, token=nocaps)

    fn = "core_course_duplicate_course"
    dup = rec.call(
        fn,
        "without users",
        "works at once (not queued)",
        courseid=ids["A"],
        fullname="ctr Copy",
        shortname="ctrCopy",
        categoryid=cat["sci"],
        visible=1,
        options=[{"name": "users", "value": 0}],
    )
    ids["Copy"] = dup["id"]
    rec.call(
        fn, "shortname taken", "", courseid=ids["A"], fullname="ctr Copy", shortname="ctrCopy", categoryid=cat["sci"]
    )
    rec.call(
        fn, "unknown course", "", courseid=ABSENT_ID, fullname="ctr Copy2", shortname="ctrCopy2", categoryid=cat["sci"]
    )
    rec.call(
        fn, "unknown category", "", courseid=ids["A"], fullname="ctr Copy3", shortname="ctrCopy3", categoryid=ABSENT_ID
    )
    rec.call(
        fn,
        "unknown option",
        "",
        courseid=ids["A"],
        fullname="ctr Copy4",
        shortname="ctrCopy4",
        categoryid=cat["sci"],
        options=[{"name": "nonsense", "value": 1}],
    )
    fn = "core_course_import_course"
    target = rec.call("core_course_create_courses", courses=[row("Target")])[0]["id"]
    rec.call(fn, "import, keep content", "answer is null", importfrom=ids["A"], importto=target, deletecontent=0)
    enrolment = [{"roleid": 5, "userid": rec.call("core_webservice_get_site_info")["userid"], "courseid": target}]
    rec.call("enrol_manual_enrol_users", "enrol into the target before", "", file=fn, enrolments=enrolment)
    rec.call(
        "core_group_create_groups",
        "group in the target before",
        "",
        file=fn,
        groups=[{"courseid": target, "name": "ctr G", "description": ""}],
    )
    rec.call(
        fn,
        "import, delete content first",
        "also removes enrolment methods, enrolments and groups, see the next cases",
        importfrom=ids["A"],
        importto=target,
        deletecontent=1,
    )
    rec.call(
        "core_enrol_get_enrolled_users",
        "enrolled users after delete and import",
        "",
        file=fn,
        courseid=target,
        options=[{"name": "userfields", "value": "id,username"}],
    )
    rec.call("core_group_get_course_groups", "groups after delete and import", "", file=fn, courseid=target)
    rec.call(
        "enrol_manual_enrol_users",
        "enrol again after delete and import",
        "the manual enrolment method is gone",
        file=fn,
        enrolments=enrolment,
    )
    rec.call(fn, "deletecontent neither 0 nor 1", "", importfrom=ids["A"], importto=target, deletecontent=2)
    rec.call(fn, "unknown source", "", importfrom=ABSENT_ID, importto=target)
    rec.call("core_course_get_contents", "contents", "section and module ids (cmid)", courseid=ids["B"])
    rec.call("core_course_get_contents", "unknown course", "", courseid=ABSENT_ID)
    fn = "core_course_delete_modules"
    rec.call(fn, "unknown module", "", cmids=[ABSENT_ID])
    contents = rec.call("core_course_get_contents", courseid=ids["B"])
    cmids = [m["id"] for s in contents for m in s["modules"]]
    if cmids:
        rec.call(fn, "one module", "answer is null", cmids=cmids[:1])

    fn = "core_course_delete_courses"
    rec.call(fn, "one course", "", courseids=[ids["Copy"]])
    rec.call(fn, "good and unknown", "unknown ones become warnings", courseids=[ids["D"], ABSENT_ID])
    rec.call(fn, "site home (id 1)", "", courseids=[1])
    rec.call(fn, "empty batch", "")
    if nocaps:
        rec.call(fn, "missing capability", "", token=nocaps, courseids=[ids["C"]])
    return ids
