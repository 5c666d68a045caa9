"""PHP reads one field more than max_input_vars and drops the rest without a word."""

from tests.sandbox.conftest import person

LOOKUP = "core_user_get_users_by_field"
CREATE = "core_user_create_users"
NUMBERS = [f"E{1001 + place}" for place in range(10)]


def token_first(moodle, function, **params):
    return moodle.post({"wstoken": moodle.sandbox.token, **moodle.fields(function, **params)})


def test_a_lookup_over_the_limit_is_answered_for_a_part(moodle, sandbox):
    sandbox.control.set_max_input_vars(10)
    # Token, function, format and field are four of the eleven that are read.
    found = token_first(moodle, LOOKUP, field="idnumber", values=NUMBERS).json()
    assert [user["idnumber"] for user in found] == NUMBERS[:7]


def test_a_creation_cut_between_two_rows_creates_the_first(moodle, sandbox):
    sandbox.control.set_max_input_vars(3 + 5 - 1)
    answer = token_first(moodle, CREATE, users=[person("one"), person("two")]).json()
    assert [made["username"] for made in answer] == ["one"]
    assert "two" not in sandbox.control.people()


def test_a_creation_cut_inside_the_required_fields_fails_as_a_whole(moodle, sandbox):
    sandbox.control.set_max_input_vars(3 + 5)
    answer = token_first(moodle, CREATE, users=[person("one"), person("two")]).json()
    assert answer["errorcode"] == "invalidparameter"
    assert "one" not in sandbox.control.people()


def test_with_the_token_last_a_cut_request_fails_with_invalidtoken_as_xml(moodle, sandbox):
    sandbox.control.set_max_input_vars(10)
    answer = moodle.post(moodle.fields(CREATE, users=[person("one"), person("two"), person("three")]))
    assert answer.headers["content-type"].startswith("application/xml")
    assert "<ERRORCODE>invalidtoken</ERRORCODE>" in answer.text
    assert sandbox.control.journal() == []


def test_with_the_token_last_a_request_within_the_limit_passes(moodle, sandbox):
    sandbox.control.set_max_input_vars(14 - 1)
    # Ten values, field, function, format, token: fourteen fields, one more than the limit, are all read.
    assert len(moodle.call(LOOKUP, field="idnumber", values=NUMBERS)) == 10
