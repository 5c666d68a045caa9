"""Form fields become nested values as PHP nests them."""

import pytest

from include.sandbox.moodle.form import nested


@pytest.mark.parametrize(
    ("fields", "values"),
    [
        ([("a", "1"), ("a", "2")], {"a": "2"}),
        ([("a[0]", "x"), ("a[7]", "y")], {"a": {"0": "x", "7": "y"}}),
        ([("a[]", "x"), ("a[]", "y")], {"a": {"0": "x", "1": "y"}}),
        ([("a[5]", "x"), ("a[]", "y")], {"a": {"5": "x", "6": "y"}}),
        ([("a[0][b][1][c]", "x")], {"a": {"0": {"b": {"1": {"c": "x"}}}}}),
        ([("a", "1"), ("a[b]", "2")], {"a": {"b": "2"}}),
        ([("a.b", "1"), ("c d", "2")], {"a_b": "1", "c_d": "2"}),
        ([("[0]", "1"), ("", "2")], {}),
    ],
)
def test_brackets_nest(fields, values):
    assert nested(fields) == values
