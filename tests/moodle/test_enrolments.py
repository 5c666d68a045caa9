"""Enrolments, roles and groups are read and written, against the stand-in Moodle."""

import pytest

from include.sandbox.starting import Sandbox
from sync_operators.moodle import enrolments
from sync_operators.moodle.client import MoodleClient
from sync_operators.moodle.enrolments import (
    enrol_users,
    enrolment_methods,
    not_in_force,
    participants,
    unenrol_users,
)
from sync_operators.moodle.errors import BadAnswer, CutShort, Refused, Unanswered
from sync_operators.moodle.groups import (
    Group,
    add_members,
    course_groups,
    create_groups,
    delete_members,
    group_members,
)
from sync_operators.moodle.roles import assign_roles, course_role, unassign_roles
from tests.moodle.wire import says

TEACHER, STUDENT, NOBODY = 4, 5, 999_999


class Campus:
    """The stand-in's seed by the names that people know."""

    def __init__(self, client):
        self.client = client
        told = client.read("core_course_get_courses", {})
        self.courses = {one["shortname"]: one["id"] for one in told}
        values = [f"E10{number:02}" for number in range(1, 11)]
        users = client.read("core_user_get_users_by_field", {"field": "idnumber", "values": values})
        self.users = {one["idnumber"]: one["id"] for one in users}

    def held(self, course):
        """Who is enrolled with which roles, by idnumber."""
        names = {key: name for name, key in self.users.items()}
        found = participants(self.client, [self.courses[course]])[self.courses[course]]
        return {names[key]: set(person.roles) for key, person in found.items()}

    def row(self, course, user, role=None, **more):
        return {"courseid": self.courses[course], "userid": self.users[user], **more} | (
            {"roleid": role} if role else {}
        )


@pytest.fixture
def campus(sandbox: Sandbox):
    sandbox.control.reset()
    with MoodleClient(sandbox.moodle_url, sandbox.token, sleep=lambda _: None) as client:
        yield Campus(client)


def test_participants_come_with_their_roles_and_groups(campus):
    onb = campus.courses["ONB"]
    told = participants(campus.client, [onb, campus.courses["GDPR"], NOBODY])
    groups = {group.id: group.name for group in course_groups(campus.client, [onb])[onb]}
    assert campus.held("ONB") == {"E1005": {3}, "E1006": {5}, "E1007": {5}, "E1008": {5}}
    assert {groups[key] for key in told[onb][campus.users["E1006"]].groups} == {"Morning"}
    assert (told[campus.courses["GDPR"]], told[NOBODY]) == ({}, {})


def test_participants_of_a_large_course_come_in_pages(campus, sandbox, monkeypatch):
    monkeypatch.setattr(enrolments, "PAGE", 2)
    before = sandbox.control.counts().by_function["core_enrol_get_enrolled_users"]
    assert campus.held("ONB").keys() == {"E1005", "E1006", "E1007", "E1008"}
    assert sandbox.control.counts().by_function["core_enrol_get_enrolled_users"] - before == 3


def test_an_enrolment_that_is_suspended_or_over_is_not_in_force(campus):
    enrol_users(campus.client, [
        campus.row("GDPR", "E1001", STUDENT, suspend=1),
        campus.row("GDPR", "E1002", STUDENT, timeend=1),
        campus.row("GDPR", "E1003", STUDENT),
    ])  # fmt: skip
    gdpr, fire = campus.courses["GDPR"], campus.courses["FIRE"]
    wanted = {campus.users["E1001"], campus.users["E1002"]}
    assert not_in_force(campus.client, [gdpr, fire]) == {gdpr: wanted, fire: set()}
    assert campus.held("GDPR").keys() == {"E1001", "E1002", "E1003"}


def test_the_methods_of_many_courses_come_in_one_call_unless_one_is_gone(campus, sandbox):
    wanted = [campus.courses["ONB"], campus.courses["FIRE"]]
    before = sandbox.control.counts().total
    assert enrolment_methods(campus.client, wanted) == dict.fromkeys(wanted, ("manual",))
    assert sandbox.control.counts().total - before == 1
    assert enrolment_methods(campus.client, [*wanted, NOBODY]) == dict.fromkeys(wanted, ("manual",))


def test_enrolling_is_all_or_nothing_and_unenrolling_takes_every_role(campus):
    nobody = campus.row("GDPR", "E1002", STUDENT) | {"userid": NOBODY}
    with pytest.raises(Refused, match="invaliduser"):
        enrol_users(campus.client, [campus.row("GDPR", "E1001", STUDENT), nobody])
    assert campus.held("GDPR") == {}
    enrol_users(campus.client, [campus.row("GDPR", "E1001", STUDENT), campus.row("GDPR", "E1001", TEACHER)])
    assert campus.held("GDPR") == {"E1001": {TEACHER, STUDENT}}
    unenrol_users(campus.client, [campus.row("GDPR", "E1001")])
    assert campus.held("GDPR") == {}


def test_roles_are_given_and_taken_without_touching_the_enrolment(campus):
    fire, who = campus.courses["FIRE"], campus.users["E1001"]
    assign_roles(campus.client, [course_role(fire, who, TEACHER)])
    unassign_roles(campus.client, [course_role(fire, who, STUDENT)])
    assert campus.held("FIRE")["E1001"] == {TEACHER}


def test_groups_are_made_in_order_filled_and_emptied(campus):
    onb, who = campus.courses["ONB"], campus.users["E1008"]
    made = create_groups(campus.client, [{"courseid": onb, "name": name} for name in ("R&D", "Staff")])
    told = {group.id: group for group in course_groups(campus.client, [onb])[onb]}
    assert told[made[1]] == Group(made[1], onb, "Staff", "")
    add_members(campus.client, [{"groupid": key, "userid": who} for key in made])
    delete_members(campus.client, [{"groupid": made[1], "userid": who}])
    assert group_members(campus.client, [*made, NOBODY]) == {made[0]: {who}, made[1]: set()}


@pytest.mark.parametrize("answer", [{}, [{}], [{"id": "x"}]])
def test_what_is_no_list_of_participants_is_no_answer(wire, answer):
    wire.script = [says(answer)]
    with wire.client() as client, pytest.raises(BadAnswer):
        participants(client, [2])


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ([], CutShort),
        ([{"id": 7, "courseid": 2, "name": "Other"}], Unanswered),
        ([{"id": 7, "courseid": 2}], Unanswered),
        (None, Unanswered),
    ],
)
def test_an_answer_for_other_groups_than_were_sent_is_none(wire, answer, error):
    wire.script = [says(answer)]
    with wire.client() as client, pytest.raises(error):
        create_groups(client, [{"courseid": 2, "name": "Staff"}])


@pytest.mark.parametrize("write", [enrol_users, unenrol_users, assign_roles, unassign_roles, add_members])
def test_an_answer_that_is_not_empty_is_none(wire, write):
    wire.script = [says([])]
    with wire.client() as client, pytest.raises(Unanswered):
        write(client, [{"userid": 1}])
