"""Accounts as the earlier rows of a file will leave them."""

import pytest

from sync_operators.tools.accounts import Accounts, as_text, folded


@pytest.fixture
def accounts(moodle):
    moodle.add(11, "bob", idnumber="E1", city="Oslo")
    moodle.add(12, "ann", idnumber="E2", phone1="123")
    return Accounts(moodle.reader)


def ids(found):
    return [account.id for account in found]


@pytest.mark.parametrize(
    ("field", "one", "other", "same"),
    [
        ("username", "Bob", "bob", True),
        ("email", "Bob@X.org", "bob@x.ORG", True),
        ("idnumber", "e1", "E1", False),
        ("idnumber", "\u00e9", "e\u0301", False),
        ("city", "Oslo", "oslo", False),
    ],
)
def test_names_and_addresses_compare_without_letter_case_all_else_by_its_bytes(field, one, other, same):
    assert (folded(field, one) == folded(field, other)) is same


@pytest.mark.parametrize(("value", "text"), [(True, "1"), (False, "0"), ("x", "x"), (7, "7")])
def test_a_value_is_compared_as_a_form_field_carries_it(value, text):
    assert as_text(value) == text


def test_each_value_is_asked_once_and_the_empty_one_never(accounts, moodle):
    accounts.load("username", ["bob", "nobody", ""])
    accounts.load("username", ["bob", "nobody", "ann"])
    assert moodle.questions() == [("username", ["bob", "nobody"]), ("username", ["ann"])]
    assert ids(accounts.find("username", "BOB")) == [11]


def test_an_account_that_was_found_by_one_field_is_found_by_every_other(accounts):
    accounts.load("username", ["bob"])
    assert [ids(accounts.find(*name)) for name in (("id", "11"), ("idnumber", "E1"), ("email", "BOB@example.org"))] == [
        [11],
        [11],
        [11],
    ]
    assert ids(accounts.find("idnumber", "e1")) == []


def test_what_moodle_does_not_tell_is_none_and_what_it_leaves_out_when_empty_is_empty(accounts):
    accounts.load("idnumber", ["E1", "E2"])
    (bob,), (ann,) = accounts.find("idnumber", "E1"), accounts.find("idnumber", "E2")
    assert [account.get("phone1") for account in (bob, ann)] == [None, "123"]
    assert [account.get("city") for account in (bob, ann)] == ["Oslo", ""]
    assert (bob.get("maildisplay"), bob.get("suspended"), bob.get("profile_field_site")) == (None, "0", "")


def test_a_planned_name_is_the_one_that_is_found(accounts):
    accounts.load("username", ["bob"])
    (bob,) = accounts.find("username", "bob")
    accounts.change(bob, {"username": "bobby", "email": "b@new.org"})
    assert ids(accounts.find("username", "bob")) == []
    assert ids(accounts.find("username", "bobby")) == [11]
    assert bob.names() == {("username", "bobby"), ("email", "b@new.org")}


def test_an_account_of_the_plan_has_no_id_of_moodles_and_nothing_stands_on_it(accounts):
    new, newer = accounts.make({"username": "new"}), accounts.make({"username": "newer"})
    assert (new.id, newer.id, new.refs, new.get("city")) == (-1, -2, (), "")
    assert accounts.find("username", "new") == [new]


def test_a_deleted_account_is_not_found_though_moodle_is_asked_again(accounts):
    accounts.load("username", ["bob"])
    accounts.delete(accounts.find("username", "bob")[0])
    accounts.forget_told()
    accounts.load("username", ["bob"])
    accounts.load("idnumber", ["E1"])
    assert accounts.find("username", "bob") == accounts.find("idnumber", "E1") == []


def test_an_account_that_moodle_has_deleted_is_found_by_nothing(accounts, moodle):
    moodle.add(13, "carl@example.org.1788000000", email="0123456789abcdef0123456789abcdef")
    accounts.load("id", ["13"])
    assert accounts.find("id", "13") == []


def test_what_no_row_changed_is_forgotten_with_its_names_and_what_one_changed_stays(accounts, moodle):
    accounts.load("username", ["bob", "ann"])
    accounts.change(accounts.find("username", "ann")[0], {"city": "Rome"})
    accounts.make({"username": "new"})
    accounts.forget_told()
    assert [ids(accounts.find("username", name)) for name in ("bob", "ann", "new")] == [[], [12], [-1]]
    accounts.load("username", ["ann"])
    assert accounts.find("username", "ann")[0].get("city") == "Rome"


def test_what_rows_changed_leaves_memory_and_comes_back_whole_by_each_of_its_names(accounts, moodle):
    site = [{"type": "text", "value": "Nord", "name": "Site", "shortname": "site"}]
    moodle.add(14, "eve", idnumber="E4", customfields=site)
    accounts.load("username", ["ann", "eve"])
    for name, values in (("ann", {"username": "anna"}), ("eve", {"email": "Eve@New.org"})):
        accounts.change(accounts.find("username", name)[0], values)
    accounts.make({"username": "new", "email": "new@x.org", "city": "Bonn"})
    accounts.forget_told()
    assert not accounts._by_id
    assert not accounts._index
    assert ids(accounts.find("username", "ann")) == []
    assert [ids(accounts.find(*name)) for name in (("username", "ANNA"), ("idnumber", "E2"), ("id", "12"))] == [
        [12]
    ] * 3
    assert accounts.find("email", "new@X.org")[0].get("city") == "Bonn"
    (eve,) = accounts.find("email", "eve@new.org")
    assert (eve.get("profile_field_site"), eve.get("idnumber"), eve.get("email")) == ("Nord", "E4", "Eve@New.org")
    accounts.load("idnumber", ["E2"])
    assert ids(accounts.find("username", "ann")) == []


def test_an_account_is_the_same_thing_by_every_name_of_a_chunk(accounts):
    accounts.make({"username": "new", "email": "new@x.org"})
    accounts.forget_told()
    (one,) = accounts.find("username", "new")
    accounts.change(one, {"city": "Rome"})
    assert accounts.find("email", "new@x.org")[0] is one
    accounts.forget_told()
    assert accounts.find("email", "new@x.org")[0].get("city") == "Rome"


def test_a_deleted_account_of_the_plan_frees_its_names_for_good(accounts):
    gone = accounts.make({"username": "new", "email": "new@x.org"})
    accounts.forget_told()
    accounts.delete(accounts.find("username", "new")[0])
    accounts.forget_told()
    assert accounts.find("username", "new") == accounts.find("id", str(gone.id)) == []
    assert ids([accounts.make({"username": "new"})]) == [-2]
    accounts.forget_told()
    assert ids(accounts.find("username", "new")) == [-2]
