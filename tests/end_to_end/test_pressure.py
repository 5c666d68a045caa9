"""A Moodle in trouble gets fewer rows and more rest, and all of the rows in the end: none lost, none twice."""

import logging
import re

import pytest

from tests.end_to_end.site import site as open_site

CREATE, LOOK = "core_user_create_users", "core_user_get_users_by_field"
HEADER = "username;firstname;lastname;idnumber;email\n"
COUNT = 120
ROWS = HEADER + "".join(f"press.{n};Press;No {n};P{n:03};press.{n}@example.org\n" for n in range(COUNT))
SETTINGS = {
    "SYNC__MOODLE__BATCH_ROWS": "8",
    "SYNC__MOODLE__CONNECTIONS": "1",
    "SYNC__GUARDS__USERS__CREATE__FLOOR": "1000",
}


class Pressed:
    """A site of which 120 accounts are asked for, eight a call, and how long it has rested on the way."""

    def __init__(self, sandbox, site, rests):
        self.control, self.site, self.rests = sandbox.control, site, rests

    def run(self):
        told = self.site.deliver("userimport.csv", ROWS)
        assert self.site.outcomes(told["run_id"]) == [(line, "created") for line in range(2, COUNT + 2)]
        assert [name for name in self.control.people() if name.startswith("press.")] != []
        assert sorted(row["username"] for write in self._written() for row in write["args"]["users"]) == sorted(
            f"press.{n}" for n in range(COUNT)
        )
        return told

    @property
    def sizes(self):
        """Rows of each creating call that took effect, in their order: one digit each."""
        return "".join(str(write["rows"]) for write in self._written())

    def _written(self):
        return [write for write in self.control.journal() if write["function"] == CREATE]


@pytest.fixture
def pressed(sandbox, tmp_path):
    rests = []
    with open_site(sandbox, tmp_path, environ=SETTINGS, sleep=rests.append) as site:
        yield Pressed(sandbox, site, rests)


@pytest.fixture
def lines(caplog):
    """What was said of pressure, without reasons."""
    caplog.set_level(logging.INFO)
    return lambda: re.findall(r"pressure: .*?(calm|function=\S+) .*?(batches=\S+ pause=\S+)", caplog.text)


def test_a_calm_moodle_gets_full_batches_and_no_rest(pressed, lines):
    pressed.run()
    assert (pressed.sizes, pressed.rests, lines()) == ("8" * 15, [], [])


TROUBLES = {
    "429": lambda control: control.page(429, of=CREATE, nth=3),
    "502 before its effect": lambda control: control.page(502, of=CREATE, nth=3),
    "503 after its effect": lambda control: control.page(503, of=CREATE, nth=3, when="after"),
    "504 before its effect": lambda control: control.page(504, of=CREATE, nth=3),
    "a lost connection": lambda control: control.drop_connection(of=CREATE, nth=3, when="after"),
}


@pytest.mark.parametrize("trouble", TROUBLES)
def test_after_trouble_batches_are_halved_and_grow_back(pressed, lines, trouble):
    TROUBLES[trouble](pressed.control)
    pressed.run()
    assert re.fullmatch("8*4+8+[1-7]?", pressed.sizes)
    assert [told for _, told in lines()] == ["batches=1/2 pause=1", "batches=1/1 pause=0"]
    assert any(1 <= rest <= 2 for rest in pressed.rests)


def test_trouble_with_a_look_up_of_the_plan_makes_the_first_writes_smaller(pressed):
    pressed.control.page(503, of=LOOK, nth=4)
    pressed.run()
    assert re.fullmatch("4+8+[1-7]?", pressed.sizes)


def test_a_batch_that_fits_into_half_of_the_limit_goes_by_halves_too(pressed):
    pressed.control.page(504, of=CREATE, nth=1)
    told = pressed.site.deliver("userimport.csv", HEADER + ROWS.partition("\n")[2].partition("press.4")[0])
    assert pressed.site.outcomes(told["run_id"]) == [(line, "created") for line in range(2, 6)]
    assert pressed.sizes == "22"


def test_troubles_one_after_the_other_halve_again(pressed, lines):
    pressed.control.page(504, of=CREATE, nth=2)
    pressed.control.page(504, of=CREATE, nth=3)
    pressed.run()
    assert re.fullmatch("8+[24]*2[24]*8+[1-7]?", pressed.sizes)
    assert [told for _, told in lines()] == [
        "batches=1/2 pause=1",
        "batches=1/4 pause=2",
        "batches=1/2 pause=1",
        "batches=1/1 pause=0",
    ]


def test_the_rest_that_moodle_asks_for_is_kept_and_bounded(pressed):
    pressed.control.page(429, of=CREATE, nth=2, retry_after=20)
    pressed.control.page(429, of=CREATE, nth=6, retry_after=86_400)
    pressed.run()
    assert any(10 < rest <= 21 for rest in pressed.rests)
    assert 100 < max(pressed.rests) <= 121


@pytest.fixture
def impatient(sandbox, tmp_path):
    rests = []
    environ = {**SETTINGS, "SYNC__MOODLE__TIMEOUT": "1"}
    with open_site(sandbox, tmp_path, environ=environ, sleep=rests.append) as site:
        yield Pressed(sandbox, site, rests)


def test_a_call_that_times_out_is_looked_up_and_goes_on_by_halves(impatient, lines):
    impatient.control.timeout(of=CREATE, nth=2)
    impatient.run()
    # On a busy machine others may be slow, too.
    assert re.fullmatch("8+4[1248]*[1-7]?", impatient.sizes)
    assert lines()[0] == (f"function={CREATE}", "batches=1/2 pause=1")


def test_a_slow_answer_is_trouble_though_it_comes(impatient, lines):
    impatient.control.slow(700, of=CREATE, nth=2, when="after")
    impatient.run()
    assert re.fullmatch("8+4[1248]*[1-7]?", impatient.sizes)
    assert lines()[0] == (f"function={CREATE}", "batches=1/2 pause=1")


def test_the_run_and_its_report_say_what_the_calls_took(pressed):
    pressed.control.page(429, of=CREATE)
    run = pressed.site.find_run(pressed.run()["run_id"])
    assert run.spent.keys() == run.calls.keys()
    assert (run.calls[CREATE], run.spent[CREATE]["rows"]) == (len(pressed.sizes) + 1, COUNT + 8)
    assert run.spent[LOOK]["rows"] >= COUNT
    assert all(each["seconds"] > 0 for each in run.spent.values())
