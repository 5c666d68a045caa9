"""Enrolments and roles, beyond what was recorded: what goes with the last one, who counts as active, who is contact."""

import pytest

ENROL, LISTED = "enrol_manual_enrol_users", "core_enrol_get_enrolled_users"
NOW = 1_800_000_000


def test_a_course_has_the_methods_of_a_new_one(campus):
    methods = [(one["enrol"], one["status"]) for one in campus.state("FIRE")["methods"]]
    assert methods == [("manual", 0), ("guest", 1), ("self", 1)]


def test_the_last_enrolment_takes_roles_and_memberships_along(campus):
    campus.unenrol("E1006", "ONB")
    state = campus.state("ONB")
    assert campus.enrolled("ONB") == [
        "lukasz.wojcik manual 0",
        "nikos.papadopoulos manual 0",
        "olena.kovalenko manual 0",
    ]
    assert "ayse.yilmaz: student" not in state["roles"]
    assert state["groups"]["Morning"]["members"] == ["nikos.papadopoulos"]


def test_while_another_method_enrols_roles_and_memberships_stay(campus):
    course = campus.course("ONB")
    newcomers = campus.cohort("COH-NEW")
    campus.control.add_row("cohort_members", cohortid=newcomers, userid=campus.user("E1006"))
    campus.control.add_row("enrol", courseid=course, enrol="cohort", customint1=newcomers, roleid=5)
    campus.unenrol("E1006", "ONB")
    assert "ayse.yilmaz cohort 0" in campus.enrolled("ONB")
    assert {"ayse.yilmaz: student", "ayse.yilmaz: student (enrol_cohort)"} <= set(campus.state("ONB")["roles"])
    assert campus.state("ONB")["groups"]["Morning"]["members"] == ["ayse.yilmaz", "nikos.papadopoulos"]


def test_enrolling_again_overwrites_times_and_adds_the_role(campus):
    campus.enrol("E1011", "AID", timestart=NOW, timeend=NOW + 9, suspend=1)
    campus.enrol("E1011", "AID", role=3)
    state = campus.state("AID")
    assert state["enrolments"] == [
        {"user": "aoife.obrien", "enrol": "manual", "status": 0, "timestart": 0, "timeend": 0}
    ]
    assert state["roles"] == ["aoife.obrien: editingteacher", "aoife.obrien: student"]


@pytest.mark.parametrize(
    ("times", "active"),
    [
        ({}, True),
        ({"suspend": 1}, False),
        ({"timestart": NOW}, True),
        ({"timestart": NOW + 1}, False),
        ({"timeend": NOW}, False),
        ({"timeend": NOW + 1}, True),
        ({"timestart": NOW + 1, "timeend": NOW - 1}, False),
    ],
)
def test_an_enrolment_is_active_between_its_start_and_its_end(campus, times, active):
    campus.control.set_clock(NOW)
    campus.enrol("E1011", "AID", **times)
    names = [{"name": "userfields", "value": "username"}]
    ask = [campus.do(LISTED, courseid=campus.course("AID"), options=[*names, option]) for option in (
        {"name": "onlyactive", "value": 1}, {"name": "onlysuspended", "value": 1},
    )]  # fmt: skip
    assert [bool(people) for people in ask] == [active, not active]
    courses = campus.do("core_enrol_get_users_courses", userid=campus.user("E1011"))
    assert bool(courses) is active


def test_a_method_that_is_switched_off_enrols_nobody_and_its_people_are_not_active(campus):
    course = campus.course("ONB")
    method = campus.row("enrol", courseid=course, enrol="manual")["id"]
    campus.control.change_row("enrol", method, status=1)
    row = {"userid": campus.user("E1011"), "courseid": course, "roleid": 5}
    assert campus.code(ENROL, enrolments=[row]) == "wsnoinstance"
    assert campus.do(LISTED, courseid=course, options=[{"name": "onlyactive", "value": 1}]) == []
    assert (
        campus.do("core_course_get_courses_by_field", field="id", value=course)["courses"][0]["enrollmentmethods"] == []
    )


def test_groups_of_participants_are_told_and_left_out_when_there_are_none(campus):
    options = [{"name": "userfields", "value": "groups"}]
    people = campus.do(LISTED, courseid=campus.course("ONB"), options=options)
    assert [[group["name"] for group in one["groups"]] if "groups" in one else None for one in people] == [
        None, ["Morning"], ["Morning"], ["Afternoon"],
    ]  # fmt: skip


def test_participants_of_a_group(campus):
    group = campus.row("groups", idnumber="ONB-PM")["id"]
    people = campus.do(LISTED, courseid=campus.course("ONB"), options=[{"name": "groupid", "value": group}])
    assert [one["username"] for one in people] == ["olena.kovalenko"]


def test_editing_teachers_are_contacts(campus):
    found = campus.do("core_course_get_courses_by_field", field="shortname", value="ONB")["courses"][0]
    assert [one["fullname"] for one in found["contacts"]] == ["Łukasz Wójcik"]


def test_a_deleted_account_is_in_nothing_any_more(campus):
    campus.do("core_user_delete_users", userids=[campus.user("E1006"), campus.user("E1002")])
    assert "ayse" not in str(campus.control.site_state())
    assert "jurgen" not in str(campus.control.site_state())


def test_a_bad_row_takes_the_whole_batch_back(campus):
    before = campus.control.site_state()
    good = {"userid": campus.user("E1011"), "courseid": campus.course("AID"), "roleid": 5}
    for bad in ({"userid": 1}, {"courseid": 999}, {"roleid": 2}, {"courseid": 1}):
        campus.code(ENROL, enrolments=[good, good | bad])
    assert campus.control.site_state() == before


def test_a_role_in_a_category_is_no_enrolment(campus):
    place = {"contextlevel": "coursecat", "instanceid": campus.category("CAT-LEAD")}
    campus.do("core_role_assign_roles", assignments=[{"roleid": 1, "userid": campus.user("E1011"), **place}])
    assert campus.control.site_state()["roles"] == ["Skills / Leadership: aoife.obrien: manager"]
    assert campus.enrolled("LEAD") == ["wei.zhang manual 0"]
