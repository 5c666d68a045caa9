"""Who changed this: from a thing to file, line, run and person; from a line to what it did; for whom it is shown."""

import re

import pytest

from sync_operators.schedules import COMMANDS_OF
from sync_operators.web.models import changes as model

EVERY = frozenset(command for commands in COMMANDS_OF.values() for command in commands)


def told(answer):
    """Kind, code and line of each change, in order."""
    rows = re.findall(r"<tr><td class=\"nowrap\"><a(.*?)</tr>", answer.text, re.DOTALL)
    return [
        (
            re.search(r"<td class=\"nowrap\">([^<]*)</td>", row)[1],
            re.search(r'<td class="code"><span[^>]*>(.*?)</span>', row)[1].replace("<wbr>", ""),
            re.search(r'<td class="num">([^<]*)</td>', row)[1],
        )
        for row in rows
    ]


SEARCHES = [
    ("name=new.one", [("Account", "created", "2")]),
    ("entity=user&name=new.one", [("Account", "created", "2")]),
    ("entity=course&name=new.one", []),
    ("name=new", []),
    ("name=bad.row", []),
    ("file=userimport.csv&line=2", [("Account", "created", "2")]),
    ("file=userimport.csv&line=4", []),
    ("name=N1", [("Account", "created", "2")]),
    ("name=new.one%40example.org", [("Account", "created", "2")]),
    ("name=E2", [("Account", "updated", "3")]),
    ("file=userimport.csv&line=x", [("Account", "created", "2"), ("Account", "updated", "3")]),
    ("file=nothing.csv", []),
    ("name=%25", []),
]


@pytest.mark.parametrize(("query", "found"), SEARCHES)
def test_a_search_finds_what_was_done_and_nothing_else(pages, query, found):
    assert told(pages.fragment(f"changes?{query}")) == found


def test_a_run_tells_all_it_did(pages, story):
    assert ("Account", "created", "2") in told(pages.fragment(f"changes?file={story.runs['done']}"))


def test_a_change_leads_to_its_report_and_shows_the_values_before_and_after(pages, story):
    text = pages.fragment("changes?name=E2").text
    assert f'href="./reports/{story.runs["done"]}"' in text
    assert "<code>city</code> <del><bdi></bdi></del> → <ins><bdi>Bergen</bdi></ins>" in text


def test_a_name_that_an_account_had_in_an_earlier_run_finds_what_was_done_to_it_by_another(own_story):
    """The import gives the user name, this file knows the account by it; both are told of either name."""
    own_story.site.deliver("usersuspend.csv", "username\nnew.one\n", "users_suspend")
    own_story.site.run("users_suspend")
    by_number = [each.change.command for each in model.find(own_story.store, model.Asked(name="N1"), EVERY).changes]
    assert by_number == ["users_suspend", "users"]


def test_nothing_asked_shows_how_to_ask(pages):
    assert "What are you looking for?" in pages.get("changes").text


def test_changes_of_a_tool_that_one_may_not_look_at_are_left_out(story):
    asked = model.Asked(name="new.one")
    assert len(model.find(story.store, asked, EVERY).changes) == 1
    assert model.find(story.store, asked, EVERY - {"users"}).changes == ()


def test_a_simulation_has_changed_nothing(pages):
    assert told(pages.fragment("changes?file=usersuspend.csv")) == []


def test_long_histories_show_the_newest_and_say_so(story, monkeypatch):
    monkeypatch.setattr(model, "MOST", 1)
    found = model.find(story.store, model.Asked(file="userimport.csv"), EVERY)
    assert (len(found.changes), found.more) == (1, True)
