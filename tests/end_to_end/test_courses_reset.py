"""Files of `courses_reset` against the sandbox: what is emptied, and what is told to be left undone."""

from contextlib import ExitStack

import pytest

from tests.end_to_end.courses import SAMPLES, CourseSite
from tests.end_to_end.site import site as open_site

NEEDED = "events;logs;notes;grades;roles;local_roles;groups;groupings;modules"


def line(shortname, **wishes):
    """A row that asks for nothing but these."""
    return ";".join([shortname, *(wishes.get(name, "") for name in NEEDED.split(";"))])


@pytest.fixture
def courses(sandbox, tmp_path):
    with ExitStack() as stack:
        # Most of a course's people go: that is what a reset is.
        environ = {f"SYNC__GUARDS__COURSES_RESET__{verb}__FLOOR": "1000" for verb in ("UNENROL", "REMOVE")}
        opened = stack.enter_context(open_site(sandbox, tmp_path, environ=environ, sleep=lambda _: None))
        yield CourseSite(opened, sandbox, "courses_reset")


@pytest.fixture
def reset(courses):
    """Runs rows of the needed columns; code and message of each."""

    def run(*lines):
        told = courses.run(f"shortname;{NEEDED}", *lines)
        return [(entry.code, courses.message(entry)) for entry in courses.entries(told)]

    return run


def inside(courses, shortname):
    """People, groups with members, and groupings with groups of a course."""
    course = courses.sandbox.control.site_state()["courses"][shortname]
    return (
        sorted(each["username"] if "username" in each else each["user"] for each in course["enrolments"]),
        {name: sorted(group["members"]) for name, group in course["groups"].items()},
        {name: sorted(grouping["groups"]) for name, grouping in course["groupings"].items()},
    )


def test_the_sample_does_what_can_be_done_and_names_what_cannot(courses):
    control = courses.sandbox.control
    control.reset(bare=True)
    control.add_row("courses", shortname="CHEM-101", fullname="Chemistry")
    run = courses.run(content=(SAMPLES / "courses_reset.csv").read_bytes())
    assert courses.outcomes(run) == [(2, "reset_partial"), (3, "error_unknown_course"), (4, "error_unknown_course")]
    first = courses.entries(run)[0]
    assert courses.message(first) == (
        "Reset in part. Done: groups, roles. Not done: events, notes, completion, grades, local_roles, modules."
    )
    assert [(part["code"], part["args"].get("column")) for part in first.parts] == [
        ("reset_partial", None),
        *(("unsupported_part", name) for name in ("events", "notes", "completion", "grades", "local_roles", "modules")),
    ]


def test_all_that_can_be_done_is_done_in_a_safe_order(courses, reset):
    assert reset(line("ONB", roles="all", groups="all", groupings="all")) == [
        ("reset", "Reset: groupings, groups, roles.")
    ]
    assert inside(courses, "ONB") == ([], {}, {})
    written = [call["function"] for call in courses.sandbox.control.calls() if call["writes"]]
    assert written == ["core_group_delete_groupings", "core_group_delete_groups", "enrol_manual_unenrol_users"]


def test_members_leave_and_groups_and_groupings_stay(courses, reset):
    before = inside(courses, "ONB")
    assert reset(line("ONB", groups="members", groupings="members"))[0][0] == "reset"
    people, groups, groupings = inside(courses, "ONB")
    assert people == before[0]
    assert groups == {"Morning": [], "Afternoon": []}
    assert groupings == {"Sessions": []}


def test_only_people_with_the_role_leave(courses, reset):
    before = inside(courses, "ONB")[0]
    assert reset(line("ONB", roles="editingteacher"))[0][0] == "reset"
    assert len(inside(courses, "ONB")[0]) == len(before) - 1
    assert reset(line("ONB", roles="student editingteacher"))[0][0] == "reset"
    assert inside(courses, "ONB")[0] == []


def test_a_mistyped_role_keeps_the_row_from_anything(courses, reset):
    before = inside(courses, "ONB")
    assert reset(line("ONB", roles="student techer", groups="all")) == [
        ("error_unknown_role", "No role has the short name `techer`.")
    ]
    assert inside(courses, "ONB") == before


def test_people_of_another_method_stay_and_the_row_says_how_many(courses, reset):
    courses.sandbox.control.add_row("enrol", courseid=courses.course("AID")["id"], enrol="meta", customint1=2)
    assert len(inside(courses, "AID")[0]) == 4
    assert reset(line("AID", roles="all", events="yes", groups="all")) == [
        (
            "reset_partial",
            "Reset in part. Done: groups. Not done: roles (4: enrolled by a cohort, a link or themselves), events.",
        )
    ]


def test_a_reset_is_never_taken_for_done_because_it_was_done_before(courses, reset):
    assert reset(line("ONB", roles="all"))[0][0] == "reset"
    assert reset(line("ONB", roles="all"))[0][0] == "reset"
    assert courses.writes() == {"enrol_manual_unenrol_users": 1}


@pytest.mark.parametrize("said", ["", "no", "none", "0"])
def test_a_row_that_asks_for_nothing_does_nothing(courses, reset, said):
    wishes = dict.fromkeys(("grades", "roles", "local_roles", "groups", "groupings", "modules"), said)
    assert reset(line("ONB", **wishes))[0][0] == "unchanged"
    assert courses.writes() == {}


def test_a_column_that_is_not_there_means_no_but_those_of_the_help_must_be_there(courses):
    run = courses.run("shortname;roles", "ONB;all")
    assert (run["state"], run["code"]) == ("refused", "error_missing_column")
    assert inside(courses, "ONB")[0] != []


def test_a_reset_lets_the_enrolments_of_its_course_come_again(courses):
    file = ["cmd;uid;cid;rolename", "add;E1009;ONB;student"]
    deliver = courses.site.deliver
    text = "".join(f"{each}\n" for each in file)
    told = [deliver("enrols.csv", text, "enrolments")["counts"]]
    courses.run(f"shortname;{NEEDED}", line("ONB", roles="all"))
    told.append(deliver("enrols.csv", text, "enrolments")["counts"])
    assert told == [{"enrolled": 1}, {"enrolled": 1}]


def test_most_people_of_many_courses_are_held(sandbox, tmp_path):
    with open_site(sandbox, tmp_path, environ={"SYNC__GUARDS__COURSES_RESET__UNENROL__COUNT": "0"}) as opened:
        courses = CourseSite(opened, sandbox, "courses_reset")
        assert courses.run(f"shortname;{NEEDED}", line("ONB", roles="all"))["state"] == "held"
        assert inside(courses, "ONB")[0] != []


LOST = {
    "core_group_delete_groupings": {"groupings": "all"},
    "core_group_unassign_grouping": {"groupings": "members"},
    "core_group_delete_groups": {"groups": "all"},
    "core_group_delete_group_members": {"groups": "members"},
    "enrol_manual_unenrol_users": {"roles": "all"},
}


@pytest.mark.parametrize("function", LOST)
def test_a_write_whose_answer_is_lost_is_looked_for_and_not_sent_again(courses, reset, function):
    courses.sandbox.control.cut(of=function)
    assert reset(line("ONB", **LOST[function]))[0][0] == "reset"
    assert courses.writes() == {function: 1}
