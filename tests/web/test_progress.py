"""How far a run at work has come is on its pages and on the overview, and gone when the run rests."""

import logging

import pytest

from sync_operators import walk
from sync_operators.plans.progress import Keeper, Progress, Standing, of
from sync_operators.plans.request import Request

LOG = logging.getLogger("sync_operators")
ROWS = "username;firstname;lastname;idnumber;email\n" + "".join(
    f"late.{n};Late;No {n};L{n};late.{n}@example.org\n" for n in range(3)
)


@pytest.fixture
def at_work(own_story):
    """A run that is planned and let go, and not applied."""
    site = own_story.site
    site.put("latecomers.csv", ROWS)
    site.capture()
    step = walk.plan(site.work, Request("users", dag_id="test", dag_run_id="at-work", file="latecomers.csv"))
    walk.gate(site.work, step.run_id)
    return site.find_run(step.run_id)


@pytest.fixture
def keep(own_story, at_work):
    return Keeper(own_story.site.work.ledger, at_work)


def _places(run):
    return [f"reports/{run.id}", f"plans/{run.id}", f"reports/{run.id}/progress"]


def test_a_run_at_work_shows_done_total_rate_and_time_left(own_pages, at_work, keep):
    keep(Standing("apply", 1200, 2000, 80.0))
    for place in _places(at_work):
        text = own_pages.get(place).text
        assert "1,200 of 2,000 operations carried out, 80 a second, about 10\N{NO-BREAK SPACE}s left" in text
        assert '<progress class="wide" max="2000" value="1200" aria-label="Progress">' in text


def test_the_overview_shows_it_on_the_card_of_its_tool(own_pages, keep):
    keep(Standing("plan", 500, 4000, 250.0))
    assert "500 of 4,000 rows planned, 250 a second, about 14\N{NO-BREAK SPACE}s left" in own_pages.get("").text


def test_where_nobody_knows_how_much_there_is_no_end_is_promised(own_pages, at_work, keep):
    keep(Standing("compare", 48000, None, 16000.0))
    text = own_pages.fragment(f"reports/{at_work.id}/progress").text
    assert "48,000 rows compared, 16,000 a second" in text
    assert "left" not in text
    assert "<progress" not in text


def test_the_page_asks_again_and_the_part_alone_comes(own_pages, at_work, keep):
    keep(Standing("apply", 1, 3, 0.5))
    box = f'data-refresh="5" data-from="../reports/{at_work.id}/progress"'
    assert box in own_pages.get(f"plans/{at_work.id}").text
    part = own_pages.fragment(f"reports/{at_work.id}/progress").text
    assert "1 of 3 operations carried out" in part
    assert "<html" not in part


def test_french_has_its_words(own_pages, at_work, keep):
    keep(Standing("apply", 1200, 2000, 80.0))
    text = own_pages.get(f"reports/{at_work.id}/progress?lang=fr").text
    assert "opérations sur 2\N{NARROW NO-BREAK SPACE}000 exécutées, 80 par seconde" in text


def test_before_the_first_figures_it_says_that_they_come(own_pages, at_work):
    for place in _places(at_work):
        assert "At work; figures come after a few seconds." in own_pages.get(place).text
    assert "<dt>Progress</dt>" not in own_pages.get("").text


def test_a_run_that_has_ended_is_no_longer_at_work(own_story, own_pages, at_work, keep):
    keep(Standing("apply", 1, 3, 0.5))
    walk.apply(own_story.site.work, at_work.id)
    assert own_story.site.find_run(at_work.id).progress is None
    walk.close(own_story.site.work, at_work.id)
    assert "No longer at work." in own_pages.fragment(f"reports/{at_work.id}/progress").text
    assert 'id="progress"' not in own_pages.get(f"reports/{at_work.id}").text


def test_a_held_run_is_not_at_work_whatever_it_left(own_story, own_pages):
    held = own_story.run("held")
    Keeper(own_story.site.work.ledger, held)(Standing("plan", 100, 120, 50.0))
    assert "100 of 120" not in own_pages.get(f"plans/{held.id}").text
    assert "100 of 120" not in own_pages.get("").text


def test_a_step_that_takes_long_keeps_its_standing_by_itself(own_story, at_work):
    now = [0.0]
    keep = Keeper(own_story.site.work.ledger, at_work)
    progress = Progress(LOG, "apply", amount=of(3), keep=keep, timer=lambda: now[0])
    now[0] = 4.0
    progress.at(2)
    told = own_story.site.find_run(at_work.id).progress
    assert {**told, "at": None} == {"step": "apply", "done": 2, "total": 3, "rate": 0.5, "at": None}
