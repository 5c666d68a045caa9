"""The overview: what needs a person comes first, held plans before stopped runs before refused files."""

import re

import pytest

from sync_operators.web.models.overview import overview
from sync_operators.web.reaching import Reach, Reaching, greets, serves


def needs(answer):
    return re.findall(r'href="[./]*(plans|reports)/([^"/?]+)"', answer.text.partition('id="tools-h"')[0])


def test_what_needs_a_person_comes_first_the_held_plan_before_the_refused_file(pages, story):
    assert needs(pages.get("")) == [("plans", story.runs["held"]), ("reports", story.runs["refused"])]


def test_a_refused_file_is_forgotten_when_a_later_one_ran_well(own_pages, own_story):
    own_story.site.deliver("userdelete.csv", "username\nnobody\n", "users_delete")
    assert needs(own_pages.get("")) == [("plans", own_story.runs["held"])]


def test_each_tool_says_its_state_last_run_and_what_waits(story):
    told = overview(story.store, ("users", "users_delete", "users_suspend", "pictures"), {})
    assert [(card.command, card.state) for card in told.cards] == [
        ("users", "held"),
        ("users_delete", "refused"),
        ("users_suspend", "waiting"),
    ]
    assert [each.name for each in told.cards[2].waiting] == ["usersuspend.csv"]
    assert told.never == ("pictures",)
    assert told.cards[0].last.rows == 120


def test_a_person_sees_only_the_tools_of_the_dags_they_may_read(story):
    assert [card.command for card in overview(story.store, ("users_delete",), {}).cards] == ["users_delete"]


def test_who_asks_again_at_once_is_told_the_same_without_a_second_knock():
    knocks, now = [], [0.0]

    def knock():
        knocks.append(1)
        return Reach("drop", "x", well=True)

    reaching = Reaching((knock,), clock=lambda: now[0])
    for at, count in ((0.0, 1), (19.0, 1), (21.0, 2)):
        now[0] = at
        reaching.look()
        assert len(knocks) == count


def test_drop_and_moodle_are_told_apart_from_what_answers_otherwise(running_sandbox):
    sftp = running_sandbox.sftp
    assert greets(sftp.host, sftp.port).well
    assert serves(running_sandbox.moodle_url).well
    assert not serves(f"http://{sftp.host}:{sftp.port}").well
    assert (greets("127.0.0.1", 1).well, serves("http://127.0.0.1:1").well) == (False, False)


@pytest.mark.parametrize("name", ["", "reach"])
def test_the_overview_says_nothing_of_passwords_and_tokens(pages, story, name):
    assert story.sandbox.token not in pages.get(name).text
