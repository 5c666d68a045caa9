"""What is in a category, and how an empty one is deleted, on the wire."""

import pytest

from sync_operators.moodle.categories import Content, content_of, delete_category
from sync_operators.moodle.errors import BadAnswer, Unanswered
from tests.moodle.wire import says

TREE, COURSES = "core_course_get_categories", "core_course_get_courses_by_field"


def told(category_id, parent=0, courses=0):
    return {"id": category_id, "name": "x", "parent": parent, "coursecount": courses, "path": f"/{category_id}"}


@pytest.mark.parametrize(
    ("categories", "courses", "expected", "asked"),
    [
        ([], [], None, [TREE]),
        ([told(7)], [], Content(0, 0), [TREE, COURSES]),
        ([told(7, courses=3)], [], Content(3, 0), [TREE]),
        ([told(7), told(8, 7), told(9, 8, 5)], [], Content(0, 2), [TREE]),
        # The number beside the category is wrong where something else has written into the database.
        ([told(7)], [{"id": 3, "categoryid": 7}], Content(1, 0), [TREE, COURSES]),
    ],
)
def test_what_is_in_a_category_is_asked_for_only_where_nothing_is_counted(wire, categories, courses, expected, asked):
    wire.script = [says(categories), says({"courses": courses, "warnings": []})]
    with wire.client() as client:
        assert content_of(client, 7) == expected
    assert wire.functions == asked


@pytest.mark.parametrize(("top", "recursive"), [(True, "1"), (False, "0")])
def test_only_a_top_category_is_deleted_with_what_is_in_it(wire, top, recursive):
    wire.script = [says(None)]
    with wire.client() as client:
        delete_category(client, 7, top=top)
    assert dict(wire.forms[0]).items() >= {"categories[0][id]": "7", "categories[0][recursive]": recursive}.items()


def test_an_answer_that_is_none_of_moodles_is_no_success(wire):
    wire.script = [says({"done": True})]
    with wire.client() as client:
        with pytest.raises(Unanswered):
            delete_category(client, 7, top=False)
        wire.script = [says({"no": "list"})]
        with pytest.raises(BadAnswer):
            content_of(client, 7)
