"""Meta links and cohort methods follow at once what they are tied to, and only that."""

import pytest

ADD, DELETE = "enrol_meta_add_instances", "enrol_meta_delete_instances"


def link(campus, target, source, **more):
    pair = {"metacourseid": campus.course(target), "courseid": campus.course(source), **more}
    return campus.do(ADD, instances=[pair])[0]["status"]


def test_a_link_takes_over_people_roles_status_and_times(campus):
    campus.enrol("E1011", "FIRE", role=3, timestart=100, timeend=200, suspend=1)
    assert link(campus, "XLS", "FIRE") is True
    state = campus.state("XLS")
    assert campus.enrolled("XLS") == [
        "amelie.laurent meta 0", "aoife.obrien meta 1", "ayse.yilmaz meta 0", "jurgen.weiss meta 0",
    ]  # fmt: skip
    assert {"user": "aoife.obrien", "enrol": "meta", "status": 1, "timestart": 100, "timeend": 200} in state[
        "enrolments"
    ]
    assert "aoife.obrien: editingteacher (enrol_meta)" in state["roles"]


def test_a_link_follows_later_enrolments_and_roles(campus):
    link(campus, "XLS", "FIRE")
    campus.enrol("E1011", "FIRE")
    place = {"contextlevel": "course", "instanceid": campus.course("FIRE")}
    campus.do("core_role_assign_roles", assignments=[{"roleid": 4, "userid": campus.user("E1011"), **place}])
    assert "aoife.obrien meta 0" in campus.enrolled("XLS")
    assert {"aoife.obrien: student (enrol_meta)", "aoife.obrien: teacher (enrol_meta)"} <= set(
        campus.state("XLS")["roles"]
    )


def test_who_leaves_the_source_is_suspended_without_roles_and_comes_back(campus):
    link(campus, "XLS", "FIRE")
    campus.unenrol("E1001", "FIRE")
    assert "amelie.laurent meta 1" in campus.enrolled("XLS")
    assert "amelie" not in str(campus.state("XLS")["roles"])
    campus.enrol("E1001", "FIRE")
    assert "amelie.laurent meta 0" in campus.enrolled("XLS")


def test_links_of_links_are_not_followed(campus):
    link(campus, "XLS", "FIRE")
    link(campus, "AID", "XLS")
    assert campus.enrolled("AID") == []


def test_an_unlinked_or_deleted_source_leaves_nobody(campus):
    for end in (
        lambda: campus.do(
            DELETE, instances=[{"metacourseid": campus.course("XLS"), "courseid": campus.course("FIRE")}]
        ),
        lambda: campus.do("core_course_delete_courses", courseids=[campus.course("FIRE")]),
    ):
        link(campus, "XLS", "FIRE")
        end()
        assert (campus.enrolled("XLS"), campus.state("XLS")["roles"]) == ([], [])
        assert "meta" not in [one["enrol"] for one in campus.state("XLS")["methods"]]


def test_a_link_makes_a_group_of_its_people_whom_nobody_else_removes(campus):
    link(campus, "XLS", "FIRE", creategroup=1)
    group = campus.state("XLS")["groups"]["Fire safety course"]
    assert group["members"] == ["amelie.laurent", "ayse.yilmaz", "jurgen.weiss"]
    member = {"groupid": campus.row("groups", name="Fire safety course")["id"], "userid": campus.user("E1001")}
    assert campus.code("core_group_delete_group_members", members=[member]) == "errorremovenotpermitted"


@pytest.fixture
def newcomers(campus):
    cohort = campus.cohort("COH-NEW")
    campus.control.add_row("enrol", courseid=campus.course("GDPR"), enrol="cohort", customint1=cohort, roleid=5)
    return cohort


def test_a_cohort_method_enrols_the_members_it_finds(campus, newcomers):
    assert campus.enrolled("GDPR") == [
        "amelie.laurent cohort 0", "jurgen.weiss cohort 0", "soren.kjaer cohort 0", "zoe.vandijk cohort 0",
    ]  # fmt: skip
    assert "soren.kjaer: student (enrol_cohort)" in campus.state("GDPR")["roles"]


def test_a_cohort_method_follows_members_in_and_out(campus, newcomers):
    joins = {"cohorttype": {"type": "id", "value": newcomers}, "usertype": {"type": "username", "value": "wei.zhang"}}
    campus.do("core_cohort_add_cohort_members", members=[joins])
    leaves = [{"cohortid": newcomers, "userid": campus.user(number)} for number in ("E1001", "E1002", "E1003")]
    campus.do("core_cohort_delete_cohort_members", members=leaves)
    assert campus.enrolled("GDPR") == ["wei.zhang cohort 0", "zoe.vandijk cohort 0"]


def test_what_is_linked_to_a_course_with_a_cohort_follows_too(campus, newcomers):
    link(campus, "XLS", "GDPR")
    campus.do("core_cohort_delete_cohort_members", members=[{"cohortid": newcomers, "userid": campus.user("E1001")}])
    assert campus.enrolled("XLS")[0] == "amelie.laurent meta 1"


def test_a_deleted_cohort_takes_its_method_and_enrolments_along(campus, newcomers):
    campus.do("core_cohort_delete_cohorts", cohortids=[newcomers])
    assert campus.enrolled("GDPR") == []
    assert "cohort" not in [one["enrol"] for one in campus.state("GDPR")["methods"]]
