"""Planning gets a reader, and a reader cannot write."""

import inspect

import pytest

from sync_operators.moodle.client import MoodleClient
from sync_operators.moodle.errors import CapabilityMissing
from sync_operators.moodle.reader import MoodleReader


def test_a_reader_offers_look_ups_and_nothing_else():
    """No look-up reaches code that writes, however many functions of ours lie between."""
    reached = {name: _reached(each) for name, each in vars(MoodleReader).items() if not name.startswith("_")}
    assert {name for name, names in reached.items() if "read" not in names} == set()
    assert {name for name, names in reached.items() if "write" in names} == set()


def _reached(function):
    """Names in the code of a function and of every function of the package that it can come to."""
    waiting, seen, names = [function], set(), set()
    while waiting:
        one = waiting.pop()
        seen.add(one)
        used = {name for code in _codes(one.__code__) for name in code.co_names}
        names |= used
        places = [vars(one.__globals__[name]) for name in used if inspect.ismodule(one.__globals__.get(name))]
        found = [place[name] for place in (one.__globals__, *places) for name in used if name in place]
        waiting += [each for each in found if inspect.isfunction(each) and each not in seen and _is_ours(each)]
    return names


def _codes(code):
    """A function's code and that of the lambdas and comprehensions in it."""
    yield code
    for inner in code.co_consts:
        if inspect.iscode(inner):
            yield from _codes(inner)


def _is_ours(function):
    return function.__module__.startswith("sync_operators.moodle")


def test_a_reader_makes_sure_once_that_it_sees_accounts_when_it_does_not_find_all(sandbox):
    sandbox.control.reset()
    with MoodleClient(sandbox.moodle_url, sandbox.token) as client:
        reader = MoodleReader(client)
        assert reader.site_info().username == "wssync"
        assert [user.username for user in reader.users_by_field("idnumber", ["E1001"])] == ["amelie.laurent"]
        assert _looked(sandbox) == 1
        assert reader.users_by_field("username", ["nobody"]) == []
        assert _looked(sandbox) == 3
        assert reader.users_by_field("username", ["nobody.else"]) == []
        assert _looked(sandbox) == 4


def _looked(sandbox):
    counts = sandbox.control.counts()
    assert counts.writes == 0
    return counts.by_function["core_user_get_users_by_field"]


def test_a_reader_that_is_told_half_of_an_account_says_so(sandbox):
    sandbox.control.reset()
    with MoodleClient(sandbox.moodle_url, sandbox.token) as client:
        (user,) = MoodleReader(client).users_by_field("username", ["amelie.laurent"])
        sandbox.control.remove_capability("moodle/user:viewalldetails")
        with pytest.raises(CapabilityMissing):
            MoodleReader(client).users_by_field("id", [str(user.id)])


def test_a_reader_that_sees_nobody_says_so(sandbox):
    sandbox.control.reset()
    with MoodleClient(sandbox.moodle_url, sandbox.nocaps_token) as client, pytest.raises(CapabilityMissing):
        MoodleReader(client).users_by_field("username", ["amelie.laurent"])
