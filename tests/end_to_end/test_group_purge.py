"""`group_members.purge_empty`: what is empty when all rows are done goes, in the courses of the file only."""

from dataclasses import asdict, replace
from functools import partial

import pytest

from sync_operators import walk
from sync_operators.codes import code
from sync_operators.ledger import operations
from sync_operators.plans.request import Request
from sync_operators.plans.result import result
from tests.end_to_end.walker import Order

HEAD = "cmd;courseid;groupid;userid"
DELETE, DELETE_GROUPINGS = "core_group_delete_groups", "core_group_delete_groupings"
ADD = "add;CHEM-101;LAB-A;E2001"


@pytest.fixture
def open_members(open_groups):
    """CHEM-101 has Lab A, Lab B and two groupings, HIST-110 has Readers; E2001 is enrolled in both courses."""

    def opened(purge="groups", **settings):
        site = open_groups(group_members__purge_empty=purge, **settings).labs()
        site.command = "group_members"
        for name in ("Labs", "Idle"):
            site.grouping("CHEM-101", name)
        site.bind("Labs", "Lab B")
        for course in ("CHEM-101", "HIST-110"):
            site.by_hand(course, "E2001")
        return site

    return opened


def left(site):
    """The names of groups and groupings of the two courses."""
    rows = [row for table in ("groups", "groupings") for row in site.sandbox.control.rows(table)]
    return sorted(row["name"] for row in rows if row["courseid"] in site.courses.values())


def messages(site, run):
    """The message of each row behind those of the file."""
    with site.site.work.ledger.read() as tx:
        rows = [row for row in operations.rows(tx, run["run_id"]) if row.line is None]
    return [code(row.code).message("en", row.args) for row in rows]


@pytest.mark.parametrize(
    ("purge", "expected", "told"),
    [
        ("none", ["Idle", "Lab A", "Lab B", "Labs", "Readers"], []),
        ("groups", ["Idle", "Lab A", "Labs", "Readers"], ["The empty group `Lab B` was deleted."]),
        (
            "groupings",
            ["Lab A", "Readers"],
            [
                "The empty group `Lab B` was deleted.",
                "The empty grouping `Labs` was deleted.",
                "The empty grouping `Idle` was deleted.",
            ],
        ),
    ],
)
def test_what_is_empty_at_the_end_goes_in_the_courses_of_the_file(open_members, purge, expected, told):
    site = open_members(purge)
    run = site.run(HEAD, ADD)
    assert (run["state"], left(site), messages(site, run)) == ("done", expected, told)
    assert run["counts"].get("group_purged", 0) == sum("group `" in each for each in told)


def test_a_group_that_the_file_empties_goes_after_its_last_member(open_members):
    site = open_members("groupings")
    site.join("CHEM-101", "Lab B", "E2001")
    assert site.run(HEAD, "del;CHEM-101;LAB-B;E2001")["counts"] == {
        "member_removed": 1,
        "group_purged": 2,
        "grouping_purged": 2,
    }
    assert left(site) == ["Readers"]
    assert site.writes()[-3:] == ["core_group_delete_group_members", DELETE, DELETE_GROUPINGS]


def test_a_group_with_a_member_stays_and_so_does_its_grouping(open_members):
    site = open_members("groupings")
    site.join("CHEM-101", "Lab B", "E2001")
    assert site.run(HEAD, ADD)["counts"] == {"member_added": 1, "grouping_purged": 1}
    assert left(site) == ["Lab A", "Lab B", "Labs", "Readers"]


def test_a_group_that_a_row_in_error_names_is_there_for_its_tryback(open_members):
    site = open_members()
    run = site.run(HEAD, ADD, "add;CHEM-101;LAB-B;E9999")
    assert (run["counts"], left(site)) == (
        {"member_added": 1, "error_unknown_user": 1},
        ["Idle", "Lab A", "Lab B", "Labs", "Readers"],
    )


def test_a_group_that_only_an_unchanged_row_names_stays_and_its_course_is_looked_at_each_time(open_members):
    site = open_members()
    assert site.run(HEAD, ADD)["counts"] == {"member_added": 1, "group_purged": 1}
    site.group("CHEM-101", "Lab C")
    site.leave("Lab A", "E2001")
    assert site.run(HEAD, ADD)["counts"] == {"member_added": 1, "group_purged": 1}
    assert left(site) == ["Idle", "Lab A", "Labs", "Readers"]


def test_a_simulation_lists_what_would_go(open_members):
    site = open_members("groupings")
    run = site.run(HEAD, ADD, simulate=True)
    assert run["counts"] == {"member_added": 1, "group_purged": 1, "grouping_purged": 2}
    assert site.writes() == []


def test_too_many_deletions_are_held_and_listed_first(open_members):
    site = open_members(guards__group_members__delete__count=0)
    run = site.run(HEAD, ADD)
    assert (run["state"], run["counts"], site.writes()) == ("held", {"planned": 2}, [])
    assert "1. purge_group `group=" in walk.question(site.site.work, run["run_id"]).body
    walk.decide(site.site.work, run["run_id"], approved=True, who="ann", reason="")
    told = site.site.run("group_members", answered=run["run_id"])["runs"][0]
    assert told["counts"] == {"member_added": 1, "group_purged": 1}


def test_a_group_that_somebody_fills_after_the_plan_stays_and_says_so(open_members):
    site = open_members("groupings")
    site.site.put("groupmembers.csv", f"{HEAD}\n{ADD}\n")
    site.site.capture()
    step = walk.plan(site.site.work, Request("group_members"))
    walk.gate(site.site.work, step.run_id)
    site.join("CHEM-101", "Lab B", "E2001")
    walk.apply(site.site.work, step.run_id)
    walk.close(site.site.work, step.run_id)
    assert messages(site, {"run_id": step.run_id}) == [
        "The group or grouping `Lab B` stays: it is not empty any more.",
        "The group or grouping `Labs` stays: it is not empty any more.",
        "The empty grouping `Idle` was deleted.",
    ]
    assert site.site.find_run(step.run_id).counts["skipped_filled"] == 2


def test_what_moodle_refuses_is_an_error_that_no_tryback_can_mend(open_members):
    site = open_members()
    site.join("CHEM-101", "Lab A", "E2001")
    site.site.put("groupmembers.csv", f"{HEAD}\n{ADD}\nadd;CHEM-101;LAB-A;E9999\n")
    site.site.capture()
    dag_run = {"dag_id": "test", "dag_run_id": "one"}
    step = walk.plan(site.site.work, Request("group_members", **dag_run))
    walk.gate(site.site.work, step.run_id)
    site.sandbox.control.remove_capability("moodle/course:managegroups")
    walk.apply(site.site.work, step.run_id)
    walk.close(site.site.work, step.run_id)
    run = result(site.site.work, "test", "one", failed_tasks=0)["runs"][0]
    assert run["counts"] == {"error_delete": 1, "error_unknown_user": 1, "unchanged": 1}
    assert (site.site.depot / run["tryback"]).read_text() == f"{HEAD}\nadd;CHEM-101;LAB-A;E9999\n"


@pytest.mark.parametrize("lost", ["cut", "drop_connection"])
@pytest.mark.parametrize("function", [DELETE, DELETE_GROUPINGS])
def test_a_deletion_whose_answer_is_lost_is_done_once(open_members, lost, function):
    site = open_members("groupings")
    getattr(site.sandbox.control, lost)(of=function)
    assert site.run(HEAD, ADD)["counts"] == {"member_added": 1, "group_purged": 1, "grouping_purged": 2}
    journal = [entry for entry in site.sandbox.control.journal() if entry["function"] == function]
    assert sum(entry["rows"] for entry in journal) == (1 if function == DELETE else 2)


def test_a_plan_made_again_half_way_counts_its_deletions_once(open_members):
    """What is done keeps its row; what is left gets one of its own behind it."""
    site = open_members("groupings")
    site.sandbox.control.page(of=DELETE_GROUPINGS, times=20)
    site.site.put("groupmembers.csv", f"{HEAD}\n{ADD}\n")
    site.site.capture()
    assert site.site.tick("group_members")["run"]["state"] == "failed"
    site.sandbox.control.clear_faults()
    site.grouping("CHEM-101", "New")
    settings = site.site.work.settings
    section = settings.group_members.model_copy(update={"empty_clears": True})
    site.site.work = replace(site.site.work, settings=settings.model_copy(update={"group_members": section}))
    told = site.site.tick("group_members")["run"]
    assert (told["state"], told["counts"]) == ("done", {"member_added": 1, "group_purged": 1, "grouping_purged": 3})


@pytest.mark.parametrize(("purge", "state"), [("none", "done"), ("groups", "failed")])
def test_only_who_wants_it_needs_the_right_to_delete(open_members, purge, state):
    site = open_members(purge)
    site.sandbox.control.remove_function(DELETE)
    site.site.put("groupmembers.csv", f"{HEAD}\n{ADD}\n")
    site.site.capture()
    assert site.site.tick("group_members")["run"]["state"] == state


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("function", [DELETE, DELETE_GROUPINGS])
def test_a_walk_killed_at_a_deletion_ends_as_an_undisturbed_one(open_members, walkers, function, when):
    site = open_members("groupings")
    site.site.put("groupmembers.csv", f"{HEAD}\n{ADD}\n")
    sandbox, sftp = site.sandbox, asdict(site.sandbox.sftp) | {"client_key": ""}
    purge = {"SYNC__GROUP_MEMBERS__PURGE_EMPTY": "groupings"}
    order = Order(
        str(site.site.folder), sandbox.moodle_url, sandbox.token, sftp, commands=("group_members",), environ=purge
    )
    kill = partial(sandbox.control.kill_caller, of=function, when=when)
    assert [walkers.run(order, kill).status, walkers.run(order).status] == [-9, 0]
    assert left(site) == ["Lab A", "Readers"]


def test_a_purged_group_is_made_again_by_the_row_that_made_it(open_members):
    site = open_members()
    site.command = "groups"
    file = ["type;courseid;name;idnumber", "group;CHEM-101;Lab C;LAB-C"]
    assert site.run(*file)["counts"] == {"group_created": 1}
    site.command = "group_members"
    assert site.run(HEAD, ADD)["counts"] == {"member_added": 1, "group_purged": 2}
    site.command = "groups"
    assert site.run(*file)["counts"] == {"group_created": 1}
