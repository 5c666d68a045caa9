"""The list of plans and the page of each; an answer is bound to the very plan that was shown."""

import csv
import io
import re
from dataclasses import replace

import pytest

from sync_operators import walk
from sync_operators.plans.gating import question_id


def keys(answer):
    """What the operations shown act on, in their order."""
    return re.findall(r'<span class="mono"><bdi>([^<]+)</bdi></span></th>', answer.text)


def form(story, **changes):
    run = story.run("held")
    return {
        "digest": run.plan_digest,
        "version": str(run.file_id),
        "choice": "approve",
        "count": "120",
        "reason": "the new year",
    } | changes


def test_the_list_shows_what_waits_apart_from_what_was_decided_or_simulated(pages, story):
    waits, _, others = pages.get("plans").text.partition('id="o-h"')
    assert story.runs["held"] in waits
    assert story.runs["simulated"] not in waits
    assert story.runs["simulated"] in others
    assert story.runs["done"] not in waits + others


def test_the_page_says_counts_limit_setting_and_that_nothing_was_written(pages, story):
    text = pages.get(f"plans/{story.runs['held']}").text
    assert "120 operations from 120 rows" in text
    assert "guards.users.create.count" in text
    assert "Nothing has been written to Moodle." in text
    assert "1 limit tripped." in text
    assert 'data-expect="120"' in text


def test_operations_come_a_hundred_at_a_time_and_none_twice(pages, story):
    place = f"plans/{story.runs['held']}"
    first = pages.fragment(place)
    following = re.search(r"after=(create%3A\d+)", first.text)[1]
    second = pages.fragment(f"{place}?after={following}")
    assert (len(keys(first)), len(keys(second))) == (100, 20)
    assert len(set(keys(first) + keys(second))) == 120


FILTERS = [("op=create&q=M007", 1), ("op=delete", 0), ("q=%25", 0), ("q=M00", 10)]


@pytest.mark.parametrize(("query", "count"), FILTERS)
def test_operations_are_found_by_verb_and_key(pages, story, query, count):
    assert len(keys(pages.fragment(f"plans/{story.runs['held']}?{query}"))) == count


def test_the_riskiest_come_first(own_pages, own_story):
    header = "username;firstname;lastname;idnumber;email;deleted;suspended\n"
    rows = "one.new;One;New;X1;one.new@example.org;0;0\nbob;Bob;Ray;E1;bob@example.org;0;1\n"
    rows += "ann;Ann;Lee;E2;ann@example.org;1;0\n"
    own_story.site.put("userrisk.csv", header + rows)
    own_story.site.capture()
    run = own_story.site.run("users", simulate=True, file="userrisk.csv")["runs"][0]["run_id"]
    text = own_pages.fragment(f"plans/{run}").text
    order = [text.index(word) for word in ("Delete</td>", "Suspend</td>", "Create</td>")]
    assert order == sorted(order)


def test_the_page_says_where_it_would_happen_and_which_part_is_over_its_limit(own_pages, own_story):
    header = "username;firstname;lastname;idnumber;email;institution\n"
    rows = "".join(f"law.{n};Law;{n};L{n};law.{n}@example.org;Law & Co\n" for n in range(25))
    own_story.site.put("userlaw.csv", header + rows)
    own_story.site.capture()
    own_story.site.run("users", file="userlaw.csv")
    own_story.site.put("userdelete.csv", "username\n" + "".join(f"law.{n}\n" for n in range(22)))
    own_story.site.capture()
    run = own_story.site.run("users_delete", simulate=True)["runs"][0]["run_id"]
    text = own_pages.get(f"plans/{run}").text
    (row,) = re.findall(r"<tr><th scope=\"row\"><span class=\"muted\">Institution.*?</tr>", text, re.DOTALL)
    assert "Law &amp; Co" in row
    assert re.findall(r'<td class="num">([^<]*)</td>', row) == ["25", "22", "88.0\u202f%"]
    assert "Tripped" in row
    assert "Where it would happen" not in own_pages.get(f"plans/{own_story.runs['done']}").text


def test_the_sheet_has_every_operation_and_no_formula(pages, story):
    answer = pages.get(f"plans/{story.runs['held']}/plan.csv")
    lines = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert len({line["key"] for line in lines}) == 120
    assert {line["field"] for line in lines} >= {"username", "email"}
    assert answer.headers["content-disposition"].startswith("attachment")


def test_no_password_is_on_the_page_nor_in_the_sheet(own_pages, own_story):
    own_story.site.put(
        "usersecret.csv", "username;firstname;lastname;idnumber;email;password\nsec;S;C;S1;s@example.org;Hunter2!x\n"
    )
    own_story.site.capture()
    run = own_story.site.run("users", simulate=True, file="usersecret.csv")["runs"][0]["run_id"]
    for place in (f"plans/{run}", f"plans/{run}/plan.csv", f"reports/{run}"):
        assert "Hunter2" not in own_pages.get(place).text


REFUSED = [
    ({"digest": "0" * 64}, 409, "out of date"),
    ({"version": "999"}, 409, "out of date"),
    ({"count": "119"}, 422, "number"),
    ({"count": ""}, 422, "number"),
    ({"reason": "  "}, 422, "missing"),
    ({"reason": "x" * 1001}, 422, "missing"),
    ({"choice": "Approve"}, 422, "missing"),
]


@pytest.mark.parametrize(("changes", "status", "words"), REFUSED)
def test_an_answer_to_something_else_is_refused(pages, story, changes, status, words):
    answer = pages.post(f"plans/{story.runs['held']}/decision", form(story, **changes))
    assert (answer.status_code, words in answer.text) == (status, True)
    assert story.run("held").verdict == "hold"


def test_an_answer_that_airflow_does_not_ask_for_yet_is_refused(pages, story):
    answer = pages.post(f"plans/{story.runs['held']}/decision", form(story))
    assert answer.status_code == 409
    assert "Airflow is not asking yet." in answer.text


def test_an_answer_to_what_was_decided_is_refused(own_pages, own_story):
    sent = form(own_story)
    walk.decide(own_story.site.work, own_story.runs["held"], approved=False, who="bob", reason="half a faculty")
    answer = own_pages.post(f"plans/{own_story.runs['held']}/decision", sent)
    assert answer.status_code == 409
    assert "Already decided." in answer.text
    text = own_pages.get(f"plans/{own_story.runs['held']}").text
    assert "half a faculty" in text
    assert "dlg-approve" not in text


def test_who_started_the_run_may_not_answer_where_four_eyes_are_wanted(pages, story):
    from sync_operators.web.page import the_store

    settings = story.store.settings
    approvals = settings.approvals.model_copy(update={"four_eyes": True})
    store = replace(story.store, settings=settings.model_copy(update={"approvals": approvals}))
    pages.app.dependency_overrides[the_store] = lambda: store
    assert pages.post(f"plans/{story.runs['held']}/decision", form(story)).status_code == 409
    pages.user = "test"
    answer = pages.post(f"plans/{story.runs['held']}/decision", form(story))
    assert (answer.status_code, "four_eyes" in answer.text) == (403, True)


def test_a_viewer_sees_the_buttons_greyed_with_the_reason(pages, story):
    text = pages.as_("viewer").get(f"plans/{story.runs['held']}").text
    assert "dlg-approve" not in text
    assert "You can look but not change" in text


@pytest.mark.parametrize("choice", ["approve", "reject"])
def test_the_form_is_a_page_of_its_own_without_script(pages, story, choice):
    text = pages.get(f"plans/{story.runs['held']}/decision?choice={choice}").text
    assert f'name="choice" value="{choice}"' in text
    assert f'value="{story.run("held").plan_digest}"' in text
    assert "disabled" not in text


def test_the_question_of_a_hold_has_the_id_the_gate_triggers(story):
    assert question_id(story.run("held")) == walk.held_id(story.site.work, story.runs["held"])
