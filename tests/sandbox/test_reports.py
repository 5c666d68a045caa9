"""What the control endpoint tells of calls, writes and accounts."""

import json

from tests.sandbox.conftest import person

CREATE, UPDATE = "core_user_create_users", "core_user_update_users"


def test_calls_are_counted_by_function_and_as_writes(moodle, sandbox):
    moodle.call("core_webservice_get_site_info")
    moodle.call(CREATE, users=[person("new")])
    moodle.call(CREATE, users=[person("new")])
    counts = sandbox.control.counts()
    assert (counts.total, counts.writes) == (3, 2)
    assert counts.by_function == {"core_webservice_get_site_info": 1, CREATE: 2}
    assert [call["outcome"] for call in sandbox.control.calls()] == ["ok", "ok", "invalidparameter"]


def test_the_journal_holds_writes_that_took_effect_without_passwords(moodle, sandbox):
    made = moodle.call(CREATE, users=[person("new")])[0]["id"]
    moodle.call(CREATE, users=[person("new")])
    moodle.call(UPDATE, users=[{"id": made, "city": "Lyon"}, {"id": 999_999, "city": "Lyon"}])
    moodle.call(UPDATE, users=[{"id": 999_999, "city": "Lyon"}])
    moodle.call("core_user_delete_users", userids=[made])
    journal = sandbox.control.journal()
    assert [(one["function"], one["rows"]) for one in journal] == [
        (CREATE, 1),
        (UPDATE, 1),
        ("core_user_delete_users", 1),
    ]
    assert journal[0]["args"]["users"] == [person("new", password="(given)")]
    assert "Abcdef-123" not in json.dumps(journal)


def test_an_account_is_told_with_all_its_fields(moodle, sandbox):
    fields = {"customfields": [{"type": "staffno", "value": "S-9"}], "phone1": "123", "country": "XX"}
    moodle.call(CREATE, users=[person("new", **fields)])
    account = sandbox.control.people()["new"]
    assert {name: account[name] for name in ("customfields", "phone1", "country", "password_origin", "deleted")} == {
        "customfields": {"staffno": "S-9"},
        "phone1": "123",
        "country": "0",
        "password_origin": "given",
        "deleted": 0,
    }
    assert sandbox.control.password_is("new", "Abcdef-123")
    assert not sandbox.control.password_is("new", "Abcdef-124")


def test_two_equal_histories_give_equal_states(moodle, sandbox):
    states = []
    for _ in range(2):
        sandbox.control.reset()
        made = moodle.call(CREATE, users=[person("one"), person("two")])
        moodle.call("core_user_delete_users", userids=[made[0]["id"]])
        states.append(sandbox.control.state())
    assert states[0] == states[1]
    assert len(states[0]) == 66


def test_accounts_made_behind_moodles_back_are_found_and_leave_no_call(moodle, sandbox):
    (made,) = sandbox.control.add_accounts([{"username": "quiet", "email": "quiet@example.org", "idnumber": "Q1"}])
    sandbox.control.change_account(made, firstname="Quiet", customfields={"campus": "North"})
    assert (sandbox.control.calls(), sandbox.control.journal()) == ([], [])
    (found,) = moodle.call("core_user_get_users_by_field", field="idnumber", values=["Q1"])
    assert (found["firstname"], found["customfields"][0]["value"]) == ("Quiet", "North")


def test_reset_is_seed_data_with_the_same_tokens(moodle, sandbox):
    before = sandbox.control.accounts()
    moodle.call(CREATE, users=[person("new")])
    sandbox.control.set_max_input_vars(5)
    (sandbox.drop / "left.csv").write_text("x")
    sandbox.control.reset()
    assert sandbox.control.accounts() == before
    assert list(sandbox.drop.iterdir()) == []
    assert moodle.call("core_webservice_get_site_info")["username"] == "wssync"


def test_the_seed_is_sixty_people_with_clean_and_distinct_identities(sandbox):
    people = [one for one in sandbox.control.accounts() if one["id"] > 4]
    assert len(people) == 60
    assert [one["idnumber"] for one in people] == [f"E{1001 + place}" for place in range(60)]
    for field in ("username", "email"):
        assert len({one[field] for one in people}) == 60
        assert all(one[field].isascii() and one[field] == one[field].lower() for one in people)
