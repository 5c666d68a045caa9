"""After trouble fewer rows and longer pauses, then back by steps."""

import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync_operators.moodle.pressure import CALM, LONGEST_REST, PAUSES, Pressure

WRITE, READ = "core_user_create_users", "core_user_get_users_by_field"


class Run:
    """Calls one after another, on a clock that stands still between them."""

    def __init__(self, patience=60.0):
        self.now = 1000.0
        self.pressure = Pressure(patience, timer=lambda: self.now)

    def good(self, times=1, seconds=0.5, rows=100, function=WRITE):
        for _ in range(times):
            self.now += seconds
            self.pressure.answered(function, rows, seconds)
        return self.stands

    def bad(self, times=1, seconds=1.0, **more):
        for _ in range(times):
            self.now += seconds
            self.pressure.troubled(WRITE, "status 502, bad gateway", seconds, **more)
        return self.stands

    @property
    def stands(self):
        return self.pressure.rows(100), self.pressure.pause()


@pytest.fixture
def run():
    return Run()


def test_all_is_normal_until_there_is_trouble(run):
    assert run.good(100) == (100, 0.0)


def test_each_trouble_halves_the_batches_and_lengthens_the_pause_to_a_limit(run):
    told = [run.bad() for _ in range(8)]
    assert told == [(50, 1), (25, 2), (12, 4), (6, 8), (3, 16), (1, 30), (1, 30), (1, 30)]


def test_good_answers_in_a_row_lead_back_by_steps(run):
    run.bad(2)
    assert [run.good() for _ in range(2 * CALM)] == [(25, 2)] * (CALM - 1) + [(50, 1)] * CALM + [(100, 0)]


def test_a_trouble_among_good_answers_begins_the_row_anew(run):
    run.bad()
    run.good(CALM - 1)
    run.bad()
    assert run.good(CALM - 1) == (25, 2)


def test_two_connections_that_stumble_over_the_same_thing_halve_once(run):
    assert run.bad(seconds=60) == (50, 1)
    run.pressure.troubled(WRITE, "no answer in time", 60)
    assert run.stands == (50, 1)
    run.now += 1
    run.pressure.troubled(WRITE, "no answer in time", 1.5)
    assert run.stands == (50, 1)


def test_good_answers_to_calls_from_before_a_trouble_lead_nowhere(run):
    run.bad()
    for _ in range(CALM):
        run.pressure.answered(WRITE, 100, 3.0)
    assert run.stands == (50, 1)


def test_the_rest_that_a_server_asks_for_is_kept_and_grows_no_longer_than_the_limit(run):
    run.bad(retry_after=20)
    assert run.stands == (50, 20)
    run.now += 15
    assert run.stands == (50, 5)
    run.now += 5
    assert run.stands == (50, 1)
    assert run.bad(retry_after=3600) == (25, LONGEST_REST)


def test_a_shorter_rest_does_not_end_a_longer_one(run):
    run.bad(retry_after=60)
    assert run.bad(retry_after=5) == (25, 59)


def test_a_call_far_slower_than_its_rows_usually_take_is_trouble(run):
    run.good(5, seconds=0.5)
    assert run.good(seconds=2.1) == (50, 1)


@pytest.mark.parametrize(
    ("why", "usual", "call"),
    [
        ("four times is not far", {"seconds": 0.9}, {"seconds": 3.5}),
        ("two seconds are no trouble", {"seconds": 0.03, "rows": 1}, {"seconds": 2.0, "rows": 1}),
        ("more rows take longer", {"seconds": 0.5, "rows": 10}, {"seconds": 5.0, "rows": 200}),
        ("another function may be slower", {"seconds": 0.1, "function": READ}, {"seconds": 20}),
    ],
)
def test_what_is_not_slow(run, why, usual, call):
    run.good(10, **usual)
    assert run.good(**call) == (100, 0), why


def test_nobody_can_say_what_is_slow_before_some_calls_are_known(run):
    run.good(4, seconds=0.1)
    assert run.good(seconds=20) == (100, 0)


def test_what_stays_slow_becomes_usual(run):
    run.good(25, seconds=0.2)
    for _ in range(14):
        run.good(seconds=3)
    assert run.pressure.rows(100) < 100
    assert run.good(len(PAUSES) * CALM, seconds=3) == (100, 0)


def test_a_call_of_several_rows_that_takes_half_the_patience_is_slow_however_usual_that_is(run):
    assert run.good(seconds=31) == (50, 1)
    assert Run().good(20, seconds=31, rows=1) == (100, 0)


def test_each_change_is_one_line_of_the_log_and_nothing_else_is(run, caplog):
    with caplog.at_level(logging.INFO):
        run.good(20)
        run.bad(8)
        run.good(len(PAUSES) * CALM)
        run.good(5)
        run.good(seconds=12)
    trouble = f"pressure: function={WRITE} reason="
    assert caplog.messages == [
        *(f"{trouble}status 502, bad gateway batches=1/{1 << step} pause={PAUSES[step]:g}" for step in range(1, 7)),
        *(f"pressure: calm batches=1/{1 << step} pause={PAUSES[step]:g}" for step in range(5, -1, -1)),
        f"{trouble}12.0 s for 100 rows batches=1/2 pause=1",
    ]


@given(st.lists(st.one_of(st.just("bad"), st.floats(0, 50)), max_size=80), st.integers(1, 500))
def test_whatever_comes_there_is_a_row_to_send_and_a_pause_that_ends(events, most):
    run = Run()
    for each in events:
        run.bad() if each == "bad" else run.good(seconds=each)
        assert 1 <= run.pressure.rows(most) <= most
        assert run.pressure.pause() in PAUSES
    assert run.good(len(PAUSES) * CALM, seconds=1) == (100, 0.0)
