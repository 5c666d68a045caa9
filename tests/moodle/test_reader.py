"""Planning gets a reader, and a reader cannot write."""

import inspect

import pytest

from sync_operators.moodle import reader as reading
from sync_operators.moodle.client import MoodleClient
from sync_operators.moodle.errors import CapabilityMissing
from sync_operators.moodle.reader import MoodleReader


def test_a_reader_offers_look_ups_and_nothing_else():
    """No look-up runs code that writes: neither its own nor that of the functions it hands on to."""
    called = {name: _called(each) for name, each in vars(MoodleReader).items() if not name.startswith("_")}
    assert called["users_by_field"] >= {"require_sight"}
    assert {name for name, names in called.items() if "write" in names} == set()


def _called(function):
    """Names in the code of a function, and of the package's functions that it names."""
    names = set(function.__code__.co_names)
    for module in vars(reading).values():
        if inspect.ismodule(module):
            for name in names & vars(module).keys():
                if inspect.isfunction(getattr(module, name)):
                    names |= set(getattr(module, name).__code__.co_names)
    return names


def test_a_reader_reads_and_makes_sure_once_that_it_sees_accounts(sandbox):
    sandbox.control.reset()
    with MoodleClient(sandbox.moodle_url, sandbox.token) as client:
        reader = MoodleReader(client)
        assert reader.site_info().username == "wssync"
        assert [user.username for user in reader.users_by_field("idnumber", ["E1001"])] == ["amelie.laurent"]
        assert reader.users_by_field("username", ["nobody"]) == []
    counts = sandbox.control.counts()
    assert (counts.writes, counts.by_function["core_user_get_users_by_field"]) == (0, 3)


def test_a_reader_that_sees_nobody_says_so(sandbox):
    sandbox.control.reset()
    with MoodleClient(sandbox.moodle_url, sandbox.nocaps_token) as client, pytest.raises(CapabilityMissing):
        MoodleReader(client).users_by_field("username", ["amelie.laurent"])
