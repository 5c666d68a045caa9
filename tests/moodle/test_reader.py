"""Planning gets a reader, and a reader cannot write."""

import pytest

from sync_operators.moodle.client import MoodleClient
from sync_operators.moodle.errors import CapabilityMissing
from sync_operators.moodle.reader import MoodleReader


def test_a_reader_offers_look_ups_and_nothing_else():
    names = {name for name in dir(MoodleReader) if not name.startswith("_")}
    assert names == {"site_info", "users_by_field", "users_with_email"}


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
