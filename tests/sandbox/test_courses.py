"""Courses: defaults, order, visibility, custom fields, copies; names are escaped when they are read."""

import pytest

CREATE, UPDATE, DELETE = "core_course_create_courses", "core_course_update_courses", "core_course_delete_courses"
BY_FIELD, LIST = "core_course_get_courses_by_field", "core_course_get_courses"
DUPLICATE, IMPORT = "core_course_duplicate_course", "core_course_import_course"
DAY = 86_400


def make(campus, shortname, category="CAT-COMP", **more):
    row = {"fullname": f"Course {shortname}", "shortname": shortname, "categoryid": campus.category(category), **more}
    return campus.do(CREATE, courses=[row])[0]["id"]


def read(campus, shortname):
    return campus.do(BY_FIELD, field="shortname", value=shortname)["courses"][0]


def test_a_new_course_stands_first_in_its_category_and_has_what_belongs_to_one(campus):
    make(campus, "NEW", numsections=2)
    assert campus.control.site_state()["categories"][1]["courses"][0] == "NEW"
    state = campus.state("NEW")
    assert [one["enrol"] for one in state["methods"]] == ["manual", "guest", "self"]
    assert [one["modules"] for one in state["contents"]] == [["forum: Announcements"], [], []]
    assert state["enddate"] - state["startdate"] == 365 * DAY


def test_of_two_made_at_once_the_later_stands_first(campus):
    rows = [{"fullname": name, "shortname": name, "categoryid": campus.category("CAT-LEAD")} for name in ("ONE", "TWO")]
    campus.do(CREATE, courses=rows)
    assert campus.control.site_state()["categories"][3]["courses"] == ["TWO", "ONE", "LEAD"]


@pytest.mark.parametrize(
    ("sent", "end"),
    [
        ({"startdate": 100 * DAY}, 465 * DAY),
        ({"startdate": 100 * DAY, "enddate": 0}, 0),
        ({"startdate": 100 * DAY, "enddate": 101 * DAY}, 101 * DAY),
        ({"startdate": 100 * DAY, "format": "weeks", "numsections": 3}, 121 * DAY),
    ],
)
def test_when_a_course_ends(campus, sent, end):
    make(campus, "NEW", **sent)
    assert read(campus, "NEW")["enddate"] == end


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        ({"enddate": 900 * DAY}, "nostartdatenoenddate"),
        ({"startdate": 800 * DAY, "enddate": 799 * DAY}, "enddatebeforestartdate"),
        ({"startdate": 800 * DAY, "enddate": 800 * DAY}, None),
    ],
)
def test_an_update_brings_an_end_with_its_beginning(campus, sent, code):
    make(campus, "NEW", startdate=100 * DAY)
    told = campus.moodle.call(UPDATE, courses=[{"id": campus.course("NEW"), **sent}])
    assert [warning["warningcode"] for warning in told["warnings"]] == ([code] if code else [])


def test_a_course_in_a_hidden_category_is_hidden(campus):
    make(campus, "NEW", "CAT-OLD", visible=1)
    campus.do(UPDATE, courses=[{"id": campus.course("GDPR"), "categoryid": campus.category("CAT-OLD")}])
    assert [campus.state(name)["visible"] for name in ("NEW", "GDPR")] == [0, 0]


@pytest.mark.parametrize(
    ("name", "answered"),
    [
        ("Health & safety", "Health &amp; safety"),
        ("R&amp;D", "R&amp;D"),
        ("a < b > c", "a &lt; b &gt; c"),
        ("Été “élan”", "Été “élan”"),
    ],
)
def test_names_are_escaped_when_read_and_found_as_they_were_sent(campus, name, answered):
    made = campus.do(CREATE, courses=[{"fullname": name, "shortname": name, "categoryid": 1}])
    assert made[0]["shortname"] == name
    assert read(campus, name)["fullname"] == answered
    found = campus.do(LIST, options={"ids": [made[0]["id"]]})[0]
    assert (found["shortname"], found["fullname"], found["displayname"]) == (answered,) * 3


def test_custom_fields_keep_what_the_site_knows(campus):
    sent = [
        {"shortname": "costcentre", "value": "4711"},
        {"shortname": "mandatory", "value": "1"},
        {"shortname": "x", "value": "1"},
    ]
    made = make(campus, "NEW", customfields=sent)
    told = [(one["shortname"], one["valueraw"], one["value"]) for one in read(campus, "NEW")["customfields"]]
    assert told == [("costcentre", "4711", "4711"), ("mandatory", 1, "Yes")]
    campus.do(UPDATE, courses=[{"id": made, "customfields": [{"shortname": "costcentre", "value": ""}]}])
    told = [(one["shortname"], one["valueraw"], one["value"]) for one in read(campus, "NEW")["customfields"]]
    assert told == [("costcentre", "", None), ("mandatory", 1, "Yes")]


def test_a_hidden_course_is_seen_only_with_the_right(campus):
    for name in ("moodle/course:viewhiddencourses", "moodle/course:update"):
        assert read(campus, "OLD")["fullname"] == "Retired course"
        campus.control.remove_capability(name)
    assert campus.do(BY_FIELD, field="shortname", value="OLD")["courses"] == []
    assert campus.code(LIST, options={"ids": [campus.course("OLD")]}) == "errorcoursecontextnotvalid"


def test_without_a_way_in_only_the_outside_is_told(campus):
    campus.control.remove_capability("moodle/course:view")
    assert "idnumber" not in read(campus, "ONB")
    campus.control.add_row(
        "user_enrolments", enrolid=campus.row("enrol", courseid=campus.course("ONB"), enrol="manual")["id"], userid=3
    )
    assert read(campus, "ONB")["idnumber"] == "C-101"


def test_each_changed_name_takes_its_capability(campus):
    campus.control.remove_capability("moodle/course:changeidnumber")
    row = {"id": campus.course("ONB"), "fullname": "Welcome", "idnumber": "C-101"}
    assert campus.moodle.call(UPDATE, courses=[row])["warnings"] == []
    warnings = campus.moodle.call(UPDATE, courses=[row | {"idnumber": "C-1"}])["warnings"]
    assert [one["warningcode"] for one in warnings] == ["nopermissions"]


def test_a_deleted_course_leaves_nothing_behind(campus):
    course = campus.course("ONB")
    campus.do(DELETE, courseids=[course])
    tables = ("enrol", "groups", "groupings", "sections", "modules")
    assert [row for table in tables for row in campus.control.rows(table) if row["courseid"] == course] == []
    again = make(campus, "ONB", idnumber="C-101")
    assert (again > course, campus.enrolled("ONB")) == (True, [])


def test_a_duplicate_has_content_groups_and_settings_but_no_people(campus):
    campus.do(UPDATE, courses=[{"id": campus.course("ONB"), "groupmode": 1, "lang": "fr"}])
    names = {"fullname": "Copy", "shortname": "COPY", "categoryid": campus.category("CAT-LEAD"), "visible": 0}
    campus.do(DUPLICATE, courseid=campus.course("ONB"), **names)
    source, copy = campus.state("ONB"), campus.state("COPY")
    assert (copy["idnumber"], copy["visible"], copy["groupmode"], copy["lang"]) == ("", 0, 1, "fr")
    assert (copy["contents"], copy["groupings"]) == (source["contents"], source["groupings"])
    assert [one["members"] for one in copy["groups"].values()] == [[], []]
    assert (copy["enrolments"], copy["roles"], len(copy["methods"])) == ([], [], 3)


def test_a_duplicate_with_users_has_their_enrolments_roles_and_groups(campus):
    names = {"fullname": "Copy", "shortname": "COPY", "categoryid": 1}
    campus.do(DUPLICATE, courseid=campus.course("ONB"), **names, options=[{"name": "users", "value": 1}])
    source, copy = campus.state("ONB"), campus.state("COPY")
    for part in ("enrolments", "roles", "groups", "groupings"):
        assert copy[part] == source[part]


def test_an_import_adds_content_and_leaves_people(campus):
    source, target = campus.course("ONB"), campus.course("FIRE")
    before = campus.state("FIRE")
    campus.do(IMPORT, importfrom=source, importto=target)
    after = campus.state("FIRE")
    assert after["contents"][0]["modules"] == ["forum: Announcements"] * 2
    assert (after["enrolments"], after["groups"]) == (before["enrolments"], before["groups"])


def test_a_search_wants_every_word_and_tells_pages(campus):
    found = campus.do("core_course_search_courses", criterianame="search", criteriavalue="SAFETY fire")
    assert [one["shortname"] for one in found["courses"]] == ["FIRE"]
    pages = [
        campus.do("core_course_search_courses", criterianame="search", criteriavalue="e", page=page, perpage=2)
        for page in (0, 1)
    ]
    assert (pages[0]["total"], [len(one["courses"]) for one in pages]) == (6, [2, 2])
