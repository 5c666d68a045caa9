# Taken over as it was used on a real Moodle 4.5.6: the cases stay comparable only while the recorder is the same.
"""Cohorts and their members."""

from __future__ import annotations

from tests.contract.record_contract import ABSENT_ID, Recorder, ids_of, user


def cohorts(rec: Recorder, cat: dict[str, int], nocaps: str | None) -> None:
    names = ["ha", "hb", "hc", "hs"]
    rec.call("core_user_create_users", users=[user(n) for n in names])
    who = ids_of(rec, *names)
    rec.call("core_user_update_users", users=[{"id": who["hs"], "suspended": 1}])
    fn = "core_cohort_create_cohorts"
    system = {"type": "system", "value": ""}

    def row(label, where=None, **kw):
        return {"categorytype": where or system, "name": f"ctr {label}", "idnumber": f"ctr-{label}", **kw}

    def create(name, *rows, note="", **kw):
        return rec.call(fn, name, note, cohorts=list(rows), **kw)

    made = create(
        "two at system level", row("two"), row("one", description="<p>é</p>", visible=0), note="in the order sent"
    )
    ids = {c["idnumber"][4:]: c["id"] for c in made}
    got = create("in a category by id", row("cat", {"type": "id", "value": cat["sci"]}))
    ids["cat"] = got[0]["id"]
    create("in a category by idnumber", row("cat2", {"type": "idnumber", "value": "ctr-let"}))
    create("idnumber taken", row("one"))
    create("idnumber taken in another category", row("one", {"type": "id", "value": cat["sci"]}))
    create("empty idnumber", row("noid", idnumber=""), note="accepted? twice is possible")
    create("name taken", row("two", idnumber="ctr-other"), note="names need not be unique")
    create("empty name", row("x", name="", idnumber="ctr-empty"))
    create("unknown category", row("y", {"type": "id", "value": ABSENT_ID}))
    create("unknown category type", row("y", {"type": "nonsense", "value": 1}))
    create("good then bad", row("roll"), row("one"), note="rolled back as a whole")
    create("first row of that batch again", row("roll"), note="accepted: it had been rolled back")
    create("missing idnumber", {"categorytype": system, "name": "ctr z"})
    create("name of 255 characters", row("long", name="ctr" + "n" * 252), note="254 is the limit")
    create("idnumber of 101 characters", row("long2", idnumber="ctr-" + "n" * 97))
    rec.call(fn, "empty batch", "")
    if nocaps:
        create("missing capability", row("no"), token=nocaps)
    fn = "core_cohort_get_cohorts"
    rec.call(fn, "by ids", "", cohortids=[ids["one"], ids["two"]])
    rec.call(fn, "all", "no ids: every cohort of the site")
    rec.call(fn, "unknown id among them", "", cohortids=[ids["one"], ABSENT_ID])
    fn = "core_cohort_search_cohorts"
    rec.call(
        fn,
        "by text, everywhere",
        "matches name, idnumber, description",
        query="ctr-one",
        context={"contextlevel": "system"},
        includes="all",
    )
    rec.call(fn, "none", "", query="ctr-none-at-all", context={"contextlevel": "system"}, includes="all")
    rec.call(
        fn,
        "one category",
        "",
        query="ctr",
        context={"contextlevel": "coursecat", "instanceid": cat["sci"]},
        includes="self",
    )

    fn = "core_cohort_add_cohort_members"

    def member(ctype, cval, utype, uval):
        return {"cohorttype": {"type": ctype, "value": cval}, "usertype": {"type": utype, "value": uval}}

    rec.call(
        fn,
        "by id and by idnumber/username",
        "",
        members=[member("id", ids["one"], "id", who["ha"]), member("idnumber", "ctr-one", "username", "ctr_hb")],
    )
    rec.call(
        fn,
        "good, unknown user, unknown cohort, already in, bad types, good",
        "bad rows are warnings without row number; good rows are saved",
        members=[
            member("id", ids["two"], "id", who["ha"]),
            member("id", ids["two"], "id", ABSENT_ID),
            member("idnumber", "ctr-nope", "id", who["ha"]),
            member("id", ids["one"], "id", who["ha"]),
            member("name", "x", "id", who["ha"]),
            member("id", ids["one"], "idnumber", "x"),
            member("id", ids["two"], "id", who["hc"]),
        ],
    )
    rec.call("core_cohort_get_cohort_members", "after the mixed batch", "", file=fn, cohortids=[ids["one"], ids["two"]])
    rec.call(fn, "suspended user", "", members=[member("id", ids["one"], "id", who["hs"])])
    rec.call(fn, "guest user", "", members=[member("id", ids["one"], "id", 1)])
    rec.call(fn, "id of wrong type", "", members=[member("id", "abc", "id", who["ha"])])
    rec.call(fn, "missing usertype", "", members=[{"cohorttype": {"type": "id", "value": ids["one"]}}])
    rec.call(fn, "empty batch", "")
    if nocaps:
        rec.call(fn, "missing capability", "", token=nocaps, members=[member("id", ids["one"], "id", who["hc"])])
    fn = "core_cohort_get_cohort_members"
    rec.call(fn, "two cohorts", "", cohortids=[ids["one"], ids["two"]])
    rec.call(fn, "unknown cohort", "", cohortids=[ABSENT_ID])
    fn = "core_cohort_delete_cohort_members"
    rec.call(fn, "one", "answer is null", members=[{"cohortid": ids["one"], "userid": who["ha"]}])
    rec.call(fn, "not a member", "", members=[{"cohortid": ids["one"], "userid": who["ha"]}])
    rec.call(
        fn,
        "good then unknown user",
        "rolled back as a whole",
        members=[{"cohortid": ids["one"], "userid": who["hb"]}, {"cohortid": ids["one"], "userid": ABSENT_ID}],
    )
    rec.call(
        "core_cohort_get_cohort_members", "after the failed batch", "hb still a member", file=fn, cohortids=[ids["one"]]
    )
    rec.call(fn, "unknown cohort", "", members=[{"cohortid": ABSENT_ID, "userid": who["hb"]}])
    fn = "core_cohort_update_cohorts"
    rec.call(fn, "rename", "answer is null", cohorts=[{"id": ids["one"], **row("one", name="ctr One é")}])
    rec.call(
        fn,
        "move to a category",
        "",
        cohorts=[{"id": ids["one"], **row("one", {"type": "idnumber", "value": "ctr-let"})}],
    )
    rec.call(fn, "idnumber of another cohort", "", cohorts=[{"id": ids["one"], **row("two")}])
    rec.call(
        "core_cohort_get_cohorts",
        "after that",
        "is the idnumber now twice there?",
        file=fn,
        cohortids=[ids["one"], ids["two"]],
    )
    rec.call(fn, "unknown id", "", cohorts=[{"id": ABSENT_ID, **row("zz")}])
    fn = "core_cohort_delete_cohorts"
    rec.call(fn, "one", "answer is null", cohortids=[ids["cat"]])
    rec.call(fn, "good then unknown", "rolled back as a whole", cohortids=[ids["two"], ABSENT_ID])
    rec.call("core_cohort_get_cohorts", "after the failed batch", "", file=fn, cohortids=[ids["two"]])
