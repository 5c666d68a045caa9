"""How few look-ups rows cost, and what each row then means."""

import pytest

from sync_operators.tools.account_finder import AccountFinder, Refusal
from tests.tools.conftest import row, tool_settings


@pytest.fixture
def finder(moodle, site):
    moodle.add(11, "bob", idnumber="E1")
    moodle.add(12, "ann", idnumber="E2")
    moodle.add(13, "eve")
    return AccountFinder(tool_settings(), moodle.reader, site)


def test_an_account_found_by_its_identity_costs_no_look_up_of_its_other_names(finder, moodle):
    finder.look_up([row(1, username="bob", idnumber="E1", email="BOB@example.org")])
    assert moodle.questions() == [("idnumber", ["E1"])]


def test_only_the_names_that_no_account_explains_are_looked_up_addresses_in_lower_case_too(finder, moodle):
    finder.look_up([
        row(1, username="bob", idnumber="E1", email="bob@example.org"),
        row(2, username="new", idnumber="E9", email="New@example.org", oldusername="former"),
        row(3, username="eve"),
    ])  # fmt: skip
    assert moodle.questions() == [
        ("idnumber", ["E1", "E9"]),
        ("username", ["eve", "new"]),
        ("username", ["former"]),
        ("email", ["New@example.org", "new@example.org"]),
    ]


def test_rows_that_end_an_account_have_their_idnumber_looked_up_whatever_the_identity(moodle, site):
    moodle.add(11, "bob", idnumber="E1")
    finder = AccountFinder(tool_settings("users_delete"), moodle.reader, site)
    rows = [row(1, username="bob", idnumber="E1"), row(2, username="carl", idnumber="E9")]
    finder.look_up(rows, ending=rows)
    assert moodle.questions() == [("username", ["bob", "carl"]), ("idnumber", ["E9"])]


def test_each_chunk_looks_afresh(finder, moodle):
    rows = [row(1, username="bob", idnumber="E1")]
    finder.look_up(rows)
    moodle.questions()
    finder.look_up(rows)
    assert moodle.questions() == [("idnumber", ["E1"])]


def test_a_refusal_says_what_it_found(finder, moodle):
    finder.look_up([row(1, username="bob")])
    with pytest.raises(Refusal) as refused:
        finder.find(row(1, username="bob"))
    assert (refused.value.fault.code, dict(refused.value.fault.args)) == (
        "error_identity_conflict",
        {"username": "bob", "identity": "idnumber", "found": "E1"},
    )


@pytest.mark.parametrize(
    ("switches", "protected"),
    [
        ({}, {"admin", "wssync", "guest"}),
        ({"allow_admins": True}, {"wssync", "guest"}),
        ({"protected": "[BOB]"}, {"bob", "wssync", "guest"}),
    ],
)
def test_whom_the_settings_protect(moodle, site, switches, protected):
    for key, name in enumerate(("admin", "wssync", "bob"), 2):
        moodle.add(key, name)
    finder = AccountFinder(tool_settings(**switches), moodle.reader, site)
    finder.look_up([row(n, username=name) for n, name in enumerate(("admin", "wssync", "bob", "guest"))])
    assert {name for name in ("admin", "wssync", "bob", "guest") if _is_guarded(finder, name)} == protected


def _is_guarded(finder, name):
    try:
        finder.guard(finder.holder("username", name))
    except Refusal as refusal:
        return refusal.fault.args == {"username": name}
    return False
