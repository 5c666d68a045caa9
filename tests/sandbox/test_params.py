"""Parameters are checked as declared, before anything runs."""

import pytest

from include.sandbox.moodle.params import Many, Struct, Value, cleaned, optional
from include.sandbox.moodle.refusals import Refusal

DECLARED = Struct(
    {
        "id": Value("int"),
        "on": optional("bool"),
        "lang": optional("lang", "en"),
        "rows": Many(Struct({"name": Value("notags")}), required=False),
    }
)


@pytest.mark.parametrize(
    ("given", "values"),
    [
        ({"id": "7"}, {"id": 7, "lang": "en"}),
        ({"id": "-7", "on": "0", "lang": ""}, {"id": -7, "on": False, "lang": ""}),
        ({"id": "1", "rows": {"9": {"name": "a < b"}}}, {"id": 1, "lang": "en", "rows": [{"name": "a < b"}]}),
    ],
)
def test_clean_values_pass_as_python_values(given, values):
    assert cleaned(DECLARED, given) == values


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"id": ""},
        {"id": "01"},
        {"id": "1.0"},
        {"id": {"0": "1"}},
        {"id": "1", "nonsense": "x"},
        {"id": "1", "on": "true"},
        {"id": "1", "lang": "xx"},
        {"id": "1", "rows": ""},
        {"id": "1", "rows": {"0": "x"}},
        {"id": "1", "rows": {"0": {}}},
        {"id": "1", "rows": {"0": {"name": "<b>x"}}},
        {"id": "1", "rows": {"0": {"name": "nul\0"}}},
        {"id": "1", "rows": {"0": {"name": "no utf-8 \udcff"}}},
    ],
)
def test_anything_else_fails_the_call(given):
    with pytest.raises(Refusal) as caught:
        cleaned(DECLARED, given)
    assert caught.value.errorcode == "invalidparameter"
