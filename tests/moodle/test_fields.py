"""Structures become form fields as Moodle's REST server reads them."""

from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync_operators.moodle.fields import encoded, field_count, flatten, row_count


@pytest.mark.parametrize(
    ("value", "fields"),
    [
        ({"field": "username", "values": ["a", "b"]}, [("field", "username"), ("values[0]", "a"), ("values[1]", "b")]),
        (
            {"users": [{"id": 7, "suspended": True}, {"id": 8, "suspended": False}]},
            [("users[0][id]", "7"), ("users[0][suspended]", "1"), ("users[1][id]", "8"), ("users[1][suspended]", "0")],
        ),
        (
            {"users": [{"customfields": [{"type": "staffno", "value": "S-1"}]}]},
            [("users[0][customfields][0][type]", "staffno"), ("users[0][customfields][0][value]", "S-1")],
        ),
        ({"a": "", "b": "0", "c": 0}, [("a", ""), ("b", "0"), ("c", "0")]),
        ({"users": [{"id": 7, "customfields": []}]}, [("users[0][id]", "7")]),
        ({}, []),
    ],
)
def test_a_structure_is_written_with_brackets(value, fields):
    assert flatten(value) == fields


@pytest.mark.parametrize("value", [None, b"bytes", object()])
def test_what_a_form_cannot_hold_is_refused_by_name(value):
    with pytest.raises(TypeError, match=r"^users\[0\]\[city\]: a form field cannot hold "):
        flatten({"users": [{"city": value}]})


@given(st.lists(st.tuples(st.sampled_from(["users[0][email]", "wstoken"]), st.text(st.characters(codec="utf-8")))))
def test_a_body_is_what_urlencode_makes_of_it_and_reads_back_as_it_was(form):
    body = encoded(form)
    assert body == urlencode(form).encode("ascii")
    assert parse_qsl(body.decode("ascii"), keep_blank_values=True, separator="&") == form


_values = st.recursive(
    st.one_of(st.text(max_size=3), st.booleans(), st.integers()),
    lambda parts: st.one_of(st.lists(parts, max_size=4), st.dictionaries(st.text("ab", min_size=1), parts, max_size=4)),
    max_leaves=20,
)


@given(_values)
def test_the_count_is_that_of_the_fields(value):
    assert field_count(value) == len(flatten(value))


@pytest.mark.parametrize(
    ("params", "rows"),
    [({}, 0), ({"field": "id"}, 0), ({"field": "id", "values": ["1", "2"]}, 2), ({"users": [{}]}, 1)],
)
def test_the_rows_of_a_call_are_those_of_its_list(params, rows):
    assert row_count(params) == rows
