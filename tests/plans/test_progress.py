"""Long work says how far it has come: in the log, and to whoever keeps it for the pages."""

import logging
from datetime import UTC, datetime

import pytest

from sync_operators.plans.progress import Kept, Progress, Standing

LOG = logging.getLogger("sync_operators")


class Work:
    """A step that does ten a second, on a clock that a test sets."""

    def __init__(self, total=None, before=0):
        self.now, self.kept, self.asked = 100.0, [], 0
        self.before, self.total = before, total
        self.progress = Progress(LOG, "apply", amount=self._amount, keep=self.kept.append, timer=lambda: self.now)

    def _amount(self, done):
        self.asked += 1
        return self.before + done, self.total

    def until(self, *seconds):
        for second in seconds:
            self.now = 100.0 + second
            self.progress.at(int(second * 10))


def test_a_line_comes_at_most_every_ten_seconds_with_done_rate_and_time_left(caplog):
    with caplog.at_level(logging.INFO):
        Work(total=1000).until(1, 9, 10, 11, 19, 20.5, 105)
    assert caplog.messages == [
        "apply: progress done=100 total=1000 rate=10.0/s left=90s",
        "apply: progress done=205 total=1000 rate=10.0/s left=80s",
        "apply: progress done=1050 total=1000 rate=10.0/s left=0s",
    ]


def test_where_nobody_knows_how_much_there_is_the_rest_is_not_guessed(caplog):
    with caplog.at_level(logging.INFO):
        Work().until(10)
    assert caplog.messages == ["apply: progress done=100 total=? rate=10.0/s left=?"]


def test_what_an_earlier_try_has_done_counts_as_done_and_not_as_speed(caplog):
    with caplog.at_level(logging.INFO):
        Work(total=1000, before=500).until(10)
    assert caplog.messages == ["apply: progress done=600 total=1000 rate=10.0/s left=40s"]


def test_nothing_done_yet_has_no_end(caplog):
    with caplog.at_level(logging.INFO):
        work = Work(total=50)
        work.now += 10
        work.progress.at(0)
    assert caplog.messages == ["apply: progress done=0 total=50 rate=0.0/s left=?"]


def test_it_is_kept_at_most_every_three_seconds():
    work = Work(total=1000)
    work.until(1, 2.9, 3, 4, 5.9, 6.5, 20)
    assert [each.done for each in work.kept] == [30, 65, 200]
    assert work.kept[0] == Standing("apply", 30, 1000, 10.0)


def test_short_work_says_nothing(caplog):
    with caplog.at_level(logging.INFO):
        work = Work(total=1000)
        work.until(0.5, 1, 2, 2.9)
    assert (caplog.messages, work.kept, work.asked) == ([], [], 0)


@pytest.mark.parametrize("nothing", [None, {}])
def test_a_run_without_a_record_has_no_progress(nothing):
    assert Kept.of(nothing) is None


def test_a_record_says_what_was_written():
    told = {"step": "plan", "done": 3, "total": None, "rate": 1.5, "at": "2026-11-24T04:00:01+00:00"}
    assert Kept.of(told) == Kept(Standing("plan", 3, None, 1.5), datetime(2026, 11, 24, 4, 0, 1, tzinfo=UTC))
