"""Accounts that rows about something else name: found in bulk, each once, never the first of several."""

import pytest

from sync_operators.tools import user_finder
from sync_operators.tools.account_finder import Refusal
from sync_operators.tools.user_finder import UserFinder


@pytest.fixture
def known(moodle):
    moodle.add(11, "bob", idnumber="E1")
    moodle.add(12, "ann", idnumber="E2", email="Ann@example.org")
    moodle.add(13, "eve", idnumber="E2")
    moodle.add(14, "carl@example.org.1788000000", email="0123456789abcdef0123456789abcdef", idnumber="E4")
    return moodle


def found(finder, value):
    try:
        return finder.find(value)
    except Refusal as refusal:
        return refusal.fault.code, dict(refusal.fault.args)


@pytest.mark.parametrize(
    ("identity", "value", "end"),
    [
        ("idnumber", "E1", 11),
        ("id", "12", 12),
        ("username", "BOB", 11),
        ("email", "bob@Example.org", 11),
        ("email", "Ann@example.org", 12),
        ("idnumber", "e1", ("error_unknown_user", {"identity": "idnumber", "value": "e1"})),
        ("idnumber", "E2", ("error_ambiguous", {"column": "idnumber", "value": "E2", "count": "2"})),
        ("id", "14", ("error_unknown_user", {"identity": "id", "value": "14"})),
        ("id", "x", ("error_unknown_user", {"identity": "id", "value": "x"})),
        ("idnumber", "", ("error_unknown_user", {"identity": "idnumber", "value": ""})),
    ],
)
def test_whom_a_value_means(known, identity, value, end):
    finder = UserFinder(identity, known.reader)
    finder.look_up([value])
    assert found(finder, value) == end


def test_all_values_of_a_chunk_are_asked_at_once_and_never_again(known):
    finder = UserFinder("idnumber", known.reader)
    finder.look_up(["E1", "E9", "", "E1"])
    finder.look_up(["E9", "E1", "E2"])
    assert known.questions() == [("idnumber", ["E1", "E9"]), ("idnumber", ["E2"])]
    assert (found(finder, "E1"), found(finder, "E9")[0]) == (11, "error_unknown_user")


def test_memory_is_bounded_and_what_is_forgotten_is_asked_again(known, monkeypatch):
    monkeypatch.setattr(user_finder, "KEPT", 2)
    finder = UserFinder("idnumber", known.reader)
    finder.look_up(["E1", "E9"])
    finder.look_up(["E1", "E2"])
    assert known.questions() == [("idnumber", ["E1", "E9"]), ("idnumber", ["E1", "E2"])]
    assert (found(finder, "E1"), len(finder._ids)) == (11, 2)
