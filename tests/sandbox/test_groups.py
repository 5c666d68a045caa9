"""Cohorts, groups and groupings, beyond what was recorded."""

import pytest

CREATE, MEMBERS = "core_group_create_groups", "core_group_get_group_members"


def test_only_the_enrolled_are_members_and_the_suspended_are_enrolled(campus):
    group = campus.row("groups", idnumber="FIRE-N")["id"]
    campus.enrol("E1011", "FIRE", suspend=1)
    campus.do("core_group_add_group_members", members=[{"groupid": group, "userid": campus.user("E1011")}])
    stranger = {"groupid": group, "userid": campus.user("E1008")}
    assert campus.code("core_group_add_group_members", members=[stranger]) == "invalidparameter"
    assert campus.state("FIRE")["groups"]["North"]["members"] == ["amelie.laurent", "aoife.obrien"]


def test_members_come_by_last_name(campus):
    group = campus.row("groups", idnumber="ONB-AM")["id"]
    names = {campus.user("E1006"): "Yılmaz", campus.user("E1007"): "Papadopoulos"}
    (told,) = campus.do(MEMBERS, groupids=[group])
    assert [names[user] for user in told["userids"]] == ["Papadopoulos", "Yılmaz"]


@pytest.mark.parametrize("name", ["Night & day", "x < y"])
def test_names_are_escaped_when_read(campus, name):
    course = campus.course("ONB")
    made = campus.do(CREATE, groups=[{"courseid": course, "name": name, "description": ""}])
    assert made[0]["name"] == name
    answered = name.replace("&", "&amp;").replace("<", "&lt;")
    assert answered in [one["name"] for one in campus.do("core_group_get_course_groups", courseid=course)]
    taken = {"courseid": course, "name": name, "description": ""}
    assert campus.code(CREATE, groups=[taken]) == "invalidparameter"


def test_an_update_changes_what_is_sent_and_may_keep_its_own_names(campus):
    group = campus.row("groups", idnumber="ONB-AM")["id"]
    campus.do(
        "core_group_update_groups", groups=[{"id": group, "name": "Morning", "idnumber": "ONB-AM", "enrolmentkey": "k"}]
    )
    campus.do("core_group_update_groups", groups=[{"id": group, "name": " Early ", "participation": 0}])
    assert campus.state("ONB")["groups"]["Early"] == {
        "idnumber": "ONB-AM", "description": "", "enrolmentkey": "k", "visibility": 0, "participation": 0,
        "members": ["ayse.yilmaz", "nikos.papadopoulos"],
    }  # fmt: skip


def test_a_deleted_group_leaves_its_grouping_and_a_deleted_grouping_its_groups(campus):
    grouping = campus.row("groupings", name="Sessions")["id"]
    campus.do("core_course_update_courses", courses=[{"id": campus.course("ONB"), "defaultgroupingid": grouping}])
    campus.do("core_group_delete_groups", groupids=[campus.row("groups", idnumber="ONB-AM")["id"]])
    assert campus.state("ONB")["groupings"]["Sessions"]["groups"] == ["Afternoon"]
    assert campus.state("ONB")["default_grouping"] == "Sessions"
    campus.do("core_group_delete_groupings", groupingids=[grouping])
    assert list(campus.state("ONB")["groups"]) == ["Afternoon"]
    assert campus.control.rows("courses")[1]["defaultgroupingid"] == 0


def test_groups_of_an_account_in_all_of_its_courses(campus):
    told = campus.do("core_group_get_course_user_groups", userid=campus.user("E1006"))
    assert [(one["courseid"], one["name"]) for one in told["groups"]] == [(campus.course("ONB"), "Morning")]


@pytest.mark.parametrize("name", ["core_group_create_groups", "core_group_create_groupings"])
def test_groups_take_their_capability(campus, name):
    campus.control.remove_capability("moodle/course:managegroups")
    row = {"courseid": campus.course("ONB"), "name": "X", "description": ""}
    assert campus.code(name, **{name.rpartition("_")[2]: [row]}) == "nopermissions"


def test_cohorts_of_a_context_of_those_above_and_of_all(campus):
    place = {"contextlevel": "coursecat", "instanceid": campus.category("CAT-COMP")}
    found = {
        includes: [one["idnumber"] for one in campus.do(
            "core_cohort_search_cohorts", query="coh-", context=place, includes=includes
        )["cohorts"]]
        for includes in ("self", "parents", "all")
    }  # fmt: skip
    everywhere = ["COH-AUDIT", "COH-MGR", "COH-NEW"]
    assert found == {"self": ["COH-AUDIT"], "parents": everywhere, "all": everywhere}


def test_an_update_of_a_cohort_moves_it_where_it_says(campus):
    row = {"id": campus.cohort("COH-AUDIT"), "name": "A & B", "idnumber": "COH-AUDIT", "visible": 1}
    campus.do("core_cohort_update_cohorts", cohorts=[row | {"categorytype": {"type": "system", "value": ""}}])
    (state,) = [one for one in campus.control.site_state()["cohorts"] if one["idnumber"] == "COH-AUDIT"]
    assert (state["context"], state["visible"], state["name"]) == ("system", 1, "A & B")
    assert campus.do("core_cohort_get_cohorts", cohortids=[row["id"]])[0]["name"] == "A &amp; B"


def test_cohorts_are_seen_and_changed_with_the_rights_to(campus):
    for name in ("manage", "assign", "view"):
        campus.control.remove_capability(f"moodle/cohort:{name}")
    member = {"cohortid": campus.cohort("COH-NEW"), "userid": campus.user("E1001")}
    assert [
        campus.code("core_cohort_get_cohorts"),
        campus.code("core_cohort_delete_cohorts", cohortids=[member["cohortid"]]),
        campus.code("core_cohort_delete_cohort_members", members=[member]),
    ] == ["nopermissions"] * 3
