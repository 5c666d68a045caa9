"""How acts on accounts are sent, found out about by looking, and explained when Moodle refuses them."""

import pytest

from sync_operators.ledger.operations import Operation
from sync_operators.plans.secrets import acts_of
from sync_operators.tools.tool import Seen
from sync_operators.tools.user_verbs import USER_VERBS, user_fields

CREATE, UPDATE, DELETE = (USER_VERBS[name] for name in ("create", "update", "delete"))


def act(moodle_id=11, *, before=None, **after):
    """As applying makes it of a planned operation."""
    fields = {"seq": 1, "row": 1, "wave": 0, "needs": None, "verb": "update", "entity": "user", "key": "k"}
    return acts_of([Operation(**fields, moodle_id=moodle_id, before=before or {}, after=after)], {}, dict)[0]


@pytest.fixture
def known(moodle):
    moodle.add(11, "bob", idnumber="E1", city="Oslo", email="Bob@example.org")
    moodle.add(12, "ann", customfields=[{"type": "menu", "value": "North", "name": "Campus", "shortname": "campus"}])
    return moodle


def test_profile_fields_go_in_a_list_of_their_own():
    assert user_fields({"city": "Oslo", "profile_field_campus": "North", "profile_field_x": ""}) == {
        "city": "Oslo",
        "customfields": [{"type": "campus", "value": "North"}, {"type": "x", "value": ""}],
    }


def test_a_form_is_counted_field_by_field():
    new = act(None, username="n", email="e", profile_field_a="1", preferences=[{"type": "t", "value": "v"}])
    assert (CREATE.fields(new), UPDATE.fields(act(city="x", suspended=True)), DELETE.fields(act())) == (6, 3, 1)


@pytest.mark.parametrize(
    ("after", "seen"),
    [
        ({"username": "nobody", "email": "n@x.org"}, Seen(done=False)),
        ({"username": "bob", "email": "BOB@example.org", "idnumber": "E1"}, Seen(done=True, moodle_id=11)),
        ({"username": "bob", "email": "bob@example.org"}, Seen(done=True, moodle_id=11)),
    ],
)
def test_an_account_with_our_names_is_the_one_that_we_made(known, after, seen):
    assert CREATE.look(known.reader, [act(None, **after)])[1] == seen


@pytest.mark.parametrize("differs", [{"email": "b@x.org"}, {"email": "bob@example.org", "idnumber": "e1"}])
def test_an_account_with_our_user_name_alone_is_anothers(known, differs):
    seen = CREATE.look(known.reader, [act(None, username="bob", **differs)])[1]
    assert (seen.done, seen.fault.code, dict(seen.fault.args)) == (
        False,
        "error_username_collision",
        {"username": "bob", "other_id": "11"},
    )


@pytest.mark.parametrize(
    ("after", "done"),
    [
        ({"city": "Oslo"}, True),
        ({"city": "Rome"}, False),
        ({"city": "Oslo", "maildisplay": "1"}, True),
        ({"maildisplay": "1"}, False),
        ({"email": "BOB@EXAMPLE.ORG"}, True),
        ({"suspended": False}, True),
        ({"suspended": True}, False),
    ],
)
def test_an_update_is_done_when_all_that_moodle_tells_is_as_wanted(known, after, done):
    assert UPDATE.look(known.reader, [act(**after)])[1] == Seen(done, 11)


def _username(username, other_id):
    return "error_username_collision", {"username": username, "other_id": other_id}


def _email(email):
    return "error_email_collision", {"email": email, "found": "bob", "other_id": "11"}


def _said(code, errorcode):
    return code, {"moodle_message": "said", "moodle_code": errorcode}


def _database():
    code, args = _said("error_update", "dmlwriteexception")
    return code, {"reason": "the username is taken, or a value is too long", **args}


def _protected(username):
    return "error_protected", {"username": username}


NEW, OLD = {"username": "n", "email": "BOB@example.org"}, {"email": "bob@example.org"}


@pytest.mark.parametrize(
    ("verb", "moodle_id", "after", "errorcode", "fault"),
    [
        ("create", None, {"username": "ann"}, "invalidparameter", _username("ann", "12")),
        ("create", None, NEW, "invalidparameter", _email("BOB@example.org")),
        ("update", 12, OLD, "useremailduplicate", _email("bob@example.org")),
        ("update", 11, OLD, "useremailinvalid", _said("error_update", "useremailinvalid")),
        ("rename", 12, {"username": "bob"}, "dmlwriteexception", _username("bob", "11")),
        ("rename", 11, {"username": "bob"}, "dmlwriteexception", _database()),
        ("update", 11, {"city": "x"}, "usernotupdatedadmin", _protected("bob")),
        ("update", 99, {"city": "x"}, "usernotupdatedguest", _protected("99")),
        ("delete", 11, {}, "useradminodelete", _protected("bob")),
        ("delete", 11, {}, "invaliduser", ("skipped_not_found", {})),
        ("delete", 11, {}, "odd", _said("error_delete", "odd")),
        ("update", 11, {"city": "x"}, "invalidresponse", _said("error_update", "invalidresponse")),
    ],
)
def test_a_refusal_gets_the_nearest_reason_that_looking_gives(known, verb, moodle_id, after, errorcode, fault):
    found = USER_VERBS[verb].explain(known.reader, act(moodle_id, **after), errorcode, "said")
    assert (found.code, dict(found.args)) == fault


@pytest.mark.parametrize(
    ("after", "errorcode", "reason"),
    [
        ({"password": "x"}, "passwordpolicy", "the password is against the site's policy"),
        ({"password": "x"}, "invalidresponse", "the password is against the site's policy"),
        ({"lang": "xx"}, "invalidparameter", "the site may not have this language or this authentication method"),
        ({"city": "x"}, "dmlwriteexception", "the username is taken, or a value is too long"),
        ({"city": "x"}, "invalidparameter", None),
    ],
)
def test_moodles_own_code_is_put_into_words_where_its_meaning_is_known(known, after, errorcode, reason):
    assert UPDATE.explain(known.reader, act(**after), errorcode, "said").args.get("reason") == reason


def test_only_accounts_with_profile_fields_are_read_back_and_each_dropped_one_is_named(known):
    acts = {
        11: act(11, city="Rome"),
        12: act(12, profile_field_campus="North", profile_field_site="x", profile_field_empty=""),
    }
    known.questions()
    told = UPDATE.after_write(known.reader, acts)
    assert known.questions() == [("id", ["12"])]
    assert {key: [(fault.code, fault.args) for fault in faults] for key, faults in told.items()} == {
        12: [("warn_not_stored", {"column": "profile_field_site"})]
    }


def test_nothing_is_read_back_when_nothing_could_be_dropped(known):
    assert (UPDATE.after_write(known.reader, {11: act(11, city="Rome")}), known.questions()) == ({}, [])


def test_a_batch_of_which_nothing_was_done_has_made_nobody():
    assert CREATE.made([], None) == {}
