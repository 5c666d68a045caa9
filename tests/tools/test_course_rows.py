"""What the planner of `courses_create` makes of rows: acts in order, with what each needs, and no call to get there."""

from datetime import UTC
from urllib.parse import parse_qsl

import httpx
import pytest

from sync_operators.moodle.client import MoodleClient
from sync_operators.moodle.reader import MoodleReader
from sync_operators.settings import load_settings
from sync_operators.tools.course_rows import CoursePlanner
from sync_operators.tools.tool import ParsedRow, ToolSettings

ANSWERS = {
    "core_course_get_categories": [
        {"id": 1, "name": "Category 1", "parent": 0, "coursecount": 1},
        {"id": 5, "name": "Arts &amp; more", "parent": 0, "coursecount": 0, "idnumber": "ARTS"},
    ],
    "core_course_get_courses": [
        {"id": 7, "shortname": "OLD", "fullname": "Old &amp; tried", "idnumber": "O-1", "categoryid": 1, "visible": 1}
    ],
}


@pytest.fixture
def plan(site):
    """Plans rows of given values under switches of `courses_create`."""
    asked = []

    def answer(request):
        form = dict(parse_qsl(request.content.decode(), keep_blank_values=True))
        asked.append(form["wsfunction"])
        if form["wsfunction"] != "core_course_get_courses_by_field":
            return httpx.Response(200, json=ANSWERS[form["wsfunction"]])
        known = ANSWERS["core_course_get_courses"]
        return httpx.Response(200, json={"courses": [one for one in known if one[form["field"]] == form["value"]]})

    def planned(*rows, **switches):
        environ = {f"SYNC__COURSES_CREATE__{name.upper()}": str(value) for name, value in switches.items()}
        section = load_settings(None, environ).command("courses_create")
        with MoodleClient("http://moodle.test", "t" * 32, transport=httpx.MockTransport(answer)) as client:
            planner = CoursePlanner(ToolSettings(section, None, UTC), MoodleReader(client), site)
            parsed = [ParsedRow(at, at + 1, f"key-{at}", {"fullname": "F", **row}) for at, row in enumerate(rows, 1)]
            planner.look_up(parsed)
            asked.clear()
            plans = [planner.plan(each) for each in parsed]
        assert asked == [], "planning asks Moodle"
        return plans

    return planned


def acts(told):
    return [(draft.verb, draft.target, draft.parent, dict(draft.after)) for draft in told.drafts]


def test_a_path_is_made_from_the_top_and_the_course_needs_its_end(plan):
    first, second = plan(
        {"shortname": "A", "category": "Arts & more/New/Deep"}, {"shortname": "B", "category": "Arts & more/New"}
    )
    assert acts(first) == [
        ("create_category", -1, None, {"name": "New", "parent": 5}),
        ("create_category", -2, ("category", -1), {"name": "Deep", "parent": 0}),
        ("create", -1, ("category", -2), {"shortname": "A", "fullname": "F"}),
    ]
    assert acts(second) == [("create", -2, ("category", -1), {"shortname": "B", "fullname": "F"})]


def test_a_known_category_is_a_value_of_the_course_and_what_its_row_stands_on(plan):
    (told,) = plan({"shortname": "A", "category_idnumber": "ARTS"})
    assert acts(told) == [("create", -1, None, {"shortname": "A", "fullname": "F", "categoryid": 5})]
    assert told.refs == (("category", 5),)


def test_a_refused_row_leaves_no_category_behind_for_the_next(plan):
    refused, made = plan(
        {"shortname": "A", "category": "New", "template": "NONE"}, {"shortname": "B", "category": "New"}
    )
    assert refused.code == "error_unknown_template"
    assert [draft.verb for draft in made.drafts] == ["create_category", "create"]


def test_a_course_that_takes_a_freed_name_says_so(plan):
    renamed, made = plan(
        {"idnumber": "O-1", "shortname": "NEW", "fullname": "Old & tried"},
        {"idnumber": "N-1", "shortname": "OLD"},
        identity="idnumber",
        update=True,
    )
    (rename,), (create,) = renamed.drafts, made.drafts
    assert (rename.before, rename.after, rename.frees) == (
        {"shortname": "OLD"},
        {"shortname": "NEW"},
        {("shortname", "OLD")},
    )
    assert ("shortname", "OLD") in create.takes


def test_a_name_that_moodle_formats_is_no_change(plan):
    (told,) = plan({"shortname": "OLD", "fullname": "Old & tried", "visible": True}, update=True)
    assert (told.code, told.drafts) == ("unchanged", ())
