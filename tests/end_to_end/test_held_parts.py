"""Half of one faculty is held though it is little of the site; a file that is unlike the last one is held too."""

from contextlib import contextmanager

import pytest

from sync_operators import walk
from sync_operators.plans.spreading import spread
from tests.end_to_end.site import site as open_site

ACCOUNTS = "username;firstname;lastname;idnumber;email;institution\n"
FILES = {
    "users_suspend": "usersuspend.csv",
    "users_delete": "userdelete.csv",
    "courses_delete": "deletecourses.csv",
    "enrolments": "enrols.csv",
    "cohorts": "cohorts.csv",
    "groups": "groups.csv",
    "group_members": "groupmembers.csv",
}


@contextmanager
def opened(sandbox, folder, environ=None, /, **limits):
    """A site with these limits (`command__verb__scope`), the whole of the site being under none."""
    environ = dict(environ or {})
    for name, limit in limits.items():
        command, verb, scope = name.split("__")
        environ[f"SYNC__GUARDS__{command}__{verb}".upper()] = "{share: null}"
        environ[f"SYNC__GUARDS__{command}__{verb}__SCOPES__{scope}".upper()] = limit
    with open_site(sandbox, folder, environ=environ, sleep=lambda _: None) as site:
        yield site


def accounts(faculties):
    """Rows of accounts: `{"Law": 3}` → law.0, law.1, law.2."""
    return "".join(
        f"{name.lower()}.{n};{name};{n};{name}{n};{name.lower()}.{n}@example.org;{name}\n"
        for name, count in faculties.items()
        for n in range(count)
    )


def trips(site, run):
    """The limits that a held run goes over: `suspend 3 in institution Law`."""
    assert run["state"] == "held", (run["counts"], site.errors)
    return sorted(trip.short for trip in walk.question(site.work, run["run_id"]).trips)


def deliver(site, command, *lines, header=""):
    return site.deliver(FILES[command], "".join(f"{line}\n" for line in (*filter(None, [header]), *lines)), command)


@pytest.mark.parametrize(("of_law", "of_arts", "held"), [(50, 0, ["suspend 50 in institution `Law`"]), (20, 30, [])])
def test_half_of_one_faculty_is_held_the_same_number_of_the_whole_site_is_not(sandbox, tmp_path, of_law, of_arts, held):
    with open_site(
        sandbox, tmp_path, environ={"SYNC__GUARDS__USERS_SUSPEND__SUSPEND__SHARE": "0.9"}, sleep=lambda _: None
    ) as site:
        site.deliver("userimport.csv", ACCOUNTS + accounts({"Law": 101, "Arts": 101}))
        gone = [f"law.{n}" for n in range(of_law)] + [f"arts.{n}" for n in range(of_arts)]
        run = deliver(site, "users_suspend", "username", *gone)
        assert (trips(site, run) if held else [run["state"]]) == (held or ["done"])


def test_an_account_lies_where_its_last_file_has_put_it(sandbox, tmp_path):
    with opened(sandbox, tmp_path, users_delete__delete__institution="{share: 0.4, floor: 2}") as site:
        site.deliver("userimport.csv", ACCOUNTS + accounts({"Law": 4}))
        site.deliver("userimport.csv", ACCOUNTS + accounts({"Law": 4}).replace(";Law\n", ";Arts\n"))
        run = deliver(site, "users_delete", "username", "law.0", "law.1", "law.2")
        assert trips(site, run) == ["delete 3 in institution `Arts`"]
        assert "delete of 4 known entities in institution `Arts` (75%)" in walk.question(site.work, run["run_id"]).body


def test_a_course_counts_in_its_category_and_in_those_above(sandbox, tmp_path):
    with opened(sandbox, tmp_path, courses_delete__delete__category="{share: 0.4, floor: 2}") as site:
        rows = "".join(f"L{n};Law {n};Law/{'Civil' if n % 2 else 'Penal'}\n" for n in range(6))
        site.deliver("uploadcourses.csv", f"shortname;fullname;category\n{rows}", "courses_create")
        run = deliver(site, "courses_delete", "L0", "L1", "L2")
        assert trips(site, run) == ["delete 3 in category `Law`"]
        assert "delete of 6 known entities in category `Law` (50%)" in walk.question(site.work, run["run_id"]).body


def test_an_enrolment_counts_in_its_course_the_category_and_the_institution_of_its_account(sandbox, tmp_path):
    limit = "{share: 0.4, floor: 2}"
    limits = {f"enrolments__unenrol__{scope}": limit for scope in ("course", "category", "institution")}
    with opened(sandbox, tmp_path, **limits) as site:
        site.deliver("userimport.csv", ACCOUNTS + accounts({"Law": 4}))
        lines = [f"{{}},student,Law{n},ONB" for n in range(4)]
        header = "cmd,rolename,uid,cid"
        deliver(site, "enrolments", *(line.format("add") for line in lines), header=header)
        run = deliver(site, "enrolments", *(line.format("del") for line in lines[:3]), header=header)
        found = trips(site, run)
        assert found[0].startswith("unenrol 3 in category ")
        assert found[1:] == ["unenrol 3 in course `ONB`", "unenrol 3 in institution `Law`"]
        body = walk.question(site.work, run["run_id"]).body
        assert body.count("3 unenrol of 4 known entities in ") == 3


def test_a_member_counts_in_its_cohort(sandbox, tmp_path):
    with opened(sandbox, tmp_path, cohorts__remove__cohort="{share: 0.4, floor: 2}") as site:
        site.deliver("userimport.csv", ACCOUNTS + accounts({"Law": 4}))
        header = "cmd,cidnumber,cname,userid"
        deliver(site, "cohorts", *(f"add,LAW-1,Law 1,Law{n}" for n in range(4)), header=header)
        run = deliver(site, "cohorts", *(f"del,LAW-1,,Law{n}" for n in range(3)), header=header)
        assert trips(site, run) == ["remove 3 in cohort `LAW-1`"]


def test_a_group_member_counts_in_its_course(sandbox, tmp_path):
    with opened(sandbox, tmp_path, group_members__remove__course="{share: 0.4, floor: 2}") as site:
        site.deliver("userimport.csv", ACCOUNTS + accounts({"Law": 4}))
        enrolled = [f"add,student,Law{n},ONB" for n in range(4)]
        deliver(site, "enrolments", *enrolled, header="cmd,rolename,uid,cid")
        deliver(site, "groups", "ONB,Seminar,SEM", header="courseid,name,idnumber")
        header = "cmd,courseid,groupid,userid"
        deliver(site, "group_members", *(f"add,ONB,SEM,Law{n}" for n in range(4)), header=header)
        run = deliver(site, "group_members", *(f"del,ONB,SEM,Law{n}" for n in range(3)), header=header)
        assert trips(site, run) == ["remove 3 in course `ONB`"]


@pytest.mark.parametrize("scope", ["course", "category"])
def test_a_group_that_goes_counts_in_its_course_and_the_category_of_that(sandbox, tmp_path, scope):
    limits = {f"group_members__delete__{scope}": "{share: 0.4, floor: 2}"}
    with opened(sandbox, tmp_path, {"SYNC__GROUP_MEMBERS__PURGE_EMPTY": "groups"}, **limits) as site:
        site.deliver("userimport.csv", ACCOUNTS + accounts({"Law": 4}))
        enrolled = [f"add,student,Law{n},ONB" for n in range(4)]
        deliver(site, "enrolments", *enrolled, header="cmd,rolename,uid,cid")
        deliver(site, "groups", *(f"ONB,Seminar {n},SEM{n}" for n in range(4)), header="courseid,name,idnumber")
        header = "cmd,courseid,groupid,userid"
        deliver(site, "group_members", *(f"add,ONB,SEM{n},Law{n}" for n in range(4)), header=header)
        run = deliver(site, "group_members", *(f"del,ONB,SEM{n},Law{n}" for n in range(3)), header=header)
        (found,) = trips(site, run)
        assert found.startswith(f"delete 3 in {scope} ")
        assert " 3 delete of 4 known entities in " in walk.question(site.work, run["run_id"]).body


def test_of_many_parts_the_largest_are_named(sandbox, tmp_path):
    with opened(sandbox, tmp_path, users_delete__delete__institution="{share: 0.4, floor: 0}") as site:
        site.deliver("userimport.csv", ACCOUNTS + accounts({"A": 1, "B": 3, "C": 1, "D": 2, "E": 1}))
        gone = ["a.0", "b.0", "b.1", "b.2", "c.0", "d.0", "d.1", "e.0"]
        run = deliver(site, "users_delete", "username", *gone)
        assert trips(site, run) == [
            "delete 1 in institution `A`",
            "delete 2 in institution `D`",
            "delete 3 in institution `B`",
            "delete in 2 more of kind institution",
        ]


def test_a_name_in_the_question_is_no_markdown(sandbox, tmp_path):
    with opened(sandbox, tmp_path, users_delete__delete__institution="{share: 0.4, floor: 0}") as site:
        evil = "[x](javascript:y)` **now**"
        site.deliver("userimport.csv", ACCOUNTS + accounts({"Law": 1}).replace(";Law\n", f";{evil}\n"))
        run = deliver(site, "users_delete", "username", "law.0")
        assert "in institution `[x](javascript:y)' **now**` " in walk.question(site.work, run["run_id"]).body


def unlike(sandbox, folder, first, second, *, floor="0", name="userimport.csv", **wishes):
    """What the second file is held for, all floors being low."""
    verbs = ("ALL_CHANGED", "IDENTITY_CHANGED", "SHRUNK", "HEADER")
    environ = {f"SYNC__GUARDS__USERS__{verb}__FLOOR": floor for verb in verbs}
    environ["SYNC__USERS__FILE"] = "userimport.csv, pupils-*.csv"
    with open_site(sandbox, folder, environ=environ, sleep=lambda _: None) as site:
        for _ in range(2):  # the second time all is unchanged
            site.deliver("userimport.csv", first)
        run = site.deliver(name, second, **wishes)
        return trips(site, run) if run["state"] == "held" else []


FOUR = ACCOUNTS + accounts({"Law": 4})


@pytest.mark.parametrize(
    ("second", "held"),
    [
        (FOUR, []),
        (FOUR.replace(";Law\n", ";Arts\n"), ["all rows changed"]),
        (FOUR.replace(";Law\n", ";Arts\n", 3), []),
        (ACCOUNTS + accounts({"Law": 1}), ["fewer rows"]),
        (ACCOUNTS + accounts({"Law": 2}), []),
        (FOUR.replace("institution", "department", 1), ["all rows changed", "other columns"]),
        (FOUR.replace(";Law0;", ";X0;").replace(";Law1;", ";X1;"), []),
        (
            FOUR.replace(";Law0;", ";X0;").replace(";Law1;", ";X1;").replace(";Law2;", ";X2;"),
            ["another identity"],
        ),
    ],
)
def test_a_file_unlike_the_last_one_of_its_name_is_held(sandbox, tmp_path, second, held):
    assert unlike(sandbox, tmp_path, FOUR, second) == held


def test_a_small_file_is_never_held_for_being_unlike(sandbox, tmp_path):
    assert unlike(sandbox, tmp_path, FOUR, ACCOUNTS + accounts({"Law": 1}), floor="20") == []


def test_a_file_of_another_name_is_not_compared(sandbox, tmp_path):
    assert unlike(sandbox, tmp_path, FOUR, ACCOUNTS + accounts({"Law": 1}), name="pupils-7.csv") == []


def test_a_file_that_somebody_asks_for_is_not_compared(sandbox, tmp_path):
    header = ACCOUNTS.replace("institution", "department")
    second = header + accounts({"Law": 1})
    assert unlike(sandbox, tmp_path, FOUR, second, name="by-hand.csv", file="by-hand.csv") == []


def spread_of(site, run):
    with site.work.ledger.read() as tx:
        return [(each.scope, each.name, each.verb, each.count, each.known) for each in spread(tx, run)]


def test_a_held_plan_tells_what_it_does_in_each_part_whatever_the_limit_was(sandbox, tmp_path):
    with open_site(sandbox, tmp_path, environ={"SYNC__GUARDS__USERS_DELETE__DELETE__COUNT": "3"}) as site:
        site.deliver("userimport.csv", ACCOUNTS + accounts({"Law": 4, "Arts": 3}))
        run = deliver(site, "users_delete", "username", "law.0", "law.1", "law.2", "arts.0")
        told = [("institution", "Law", "delete", 3, 4), ("institution", "Arts", "delete", 1, 3)]
        assert (trips(site, run), spread_of(site, site.find_run(run["run_id"]))) == (["delete 4"], told)


def test_a_moodle_that_falls_silent_when_the_parts_are_measured_keeps_no_plan_from_being_held(sandbox, tmp_path):
    environ = {"SYNC__GUARDS__USERS_DELETE__DELETE__COUNT": "3"}
    with open_site(sandbox, tmp_path, environ=environ, sleep=lambda _: None) as site:
        site.deliver("userimport.csv", ACCOUNTS + accounts({"Law": 4}))
        sandbox.control.page(502, of="core_course_get_categories", times=6)
        run = deliver(site, "users_delete", "username", "law.0", "law.1", "law.2", "law.3")
        assert sandbox.control.pending_faults() == []  # it was asked as often as a look is tried
        assert (trips(site, run), spread_of(site, site.find_run(run["run_id"]))) == (["delete 4"], [])
        assert walk.question(site.work, run["run_id"]).body


def test_it_tells_of_every_kind_of_part_and_of_at_most_ten_of_each_when_simulated_too(sandbox, tmp_path):
    with open_site(sandbox, tmp_path) as site:
        site.deliver("userimport.csv", ACCOUNTS + accounts({f"F{n:02}": 1 for n in range(12)}))
        lines = [f"{{}},student,F{n:02}0,ONB" for n in range(12)]
        header = "cmd,rolename,uid,cid\n"
        site.deliver("enrols.csv", header + "".join(f"{line.format('add')}\n" for line in lines), "enrolments")
        site.put("enrols.csv", header + "".join(f"{line.format('del')}\n" for line in lines))
        site.capture()
        told = spread_of(site, site.find_run(site.run("enrolments", simulate=True)["runs"][0]["run_id"]))
        of_course = [("category", "Category 1", "unenrol", 12, 12), ("course", "ONB", "unenrol", 12, 12)]
        assert told == of_course + [("institution", f"F{n:02}", "unenrol", 1, 1) for n in range(10)]
