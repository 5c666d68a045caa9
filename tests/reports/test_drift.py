"""The drift report, as a page and as JSON Lines."""

import io
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from sync_operators.reports.drift import (
    EXTRA,
    LISTED,
    MISSING,
    OTHER,
    REFUSED,
    Difference,
    DriftFacts,
    write_drift_html,
    write_drift_jsonl,
)

AT = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
KEY = {"idnumber": "E1"}
NAME = Difference(OTHER, "user", KEY, "lastname", "Ray", "Married", "userimport.csv", 2, "r")
FACTS = DriftFacts(
    "20261122T020000Z-a1b2c3",
    "users",
    AT,
    AT + timedelta(seconds=90),
    "Campus",
    "https://moodle.example.org",
    standing=10,
    compared=9,
    drifted=1,
    unread=1,
    counts={OTHER: 1},
    readers=("site_home", "look_ups"),
    calls={"core_user_get_users_by_field": 4},
    repair=("reports/repair.csv",),
)


def page(*differences, facts=FACTS, language="en"):
    out = io.BytesIO()
    write_drift_html(facts, lambda: iter(differences), out, language)
    return out.getvalue().decode()


def lines(*differences, facts=FACTS):
    out = io.BytesIO()
    write_drift_jsonl(facts, lambda: iter(differences), out, "en")
    return [json.loads(line) for line in out.getvalue().splitlines()]


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", ["1 row is otherwise in Moodle", "1 row could not be compared", "line 2", "look-ups by field"]),
        ("fr", ["1 ligne diffère dans Moodle", "1 ligne n’a pas pu être comparée", "ligne 2", "recherches par champ"]),
    ],
)
def test_the_page_says_field_ours_and_moodles_and_where_ours_comes_from(language, said):
    text = page(NAME, language=language)
    for each in ("Ray", "Married", "lastname", "userimport.csv", "reports/repair.csv", *said):
        assert each in text


def test_where_nothing_differs_the_page_says_so():
    text = page(facts=replace(FACTS, drifted=0, unread=0, counts={}))
    assert "Moodle is as last applied" in text
    assert "could not be compared" not in text


@pytest.mark.parametrize(
    ("one", "cells"),
    [
        (Difference(MISSING, "user", KEY), ("there", "not there")),
        (Difference(MISSING, "enrolment", KEY, "role", "student"), ("student", "not there")),
        (Difference(EXTRA, "enrolment", KEY, "role", None, "teacher"), ("not there", "teacher")),
        (Difference(OTHER, "user", KEY, "city", "", "Paris"), ("(empty)", "Paris")),
        (
            Difference(REFUSED, "user", KEY, code="error_unknown_course", args={"value": "X"}),
            ("there", "No course has"),
        ),
    ],
)
def test_each_kind_of_difference_has_its_words(one, cells):
    row = page(one).partition("<tbody>")[2].partition("</tbody>")[0]
    ours, moodle = row.split("<td")[4:6]
    assert (cells[0] in ours, cells[1] in moodle) == (True, True)


def test_of_very_many_differences_the_first_are_listed():
    text = page(*[NAME] * (LISTED + 5), facts=replace(FACTS, counts={OTHER: LISTED + 5}))
    assert text.count("<bdi>Married</bdi>") == LISTED
    assert "1,005" in text


def test_values_cannot_break_the_page():
    text = page(replace(NAME, moodle="<script>\u202e", key={"idnumber": "<b>"}))
    assert "<script>" not in text
    assert "\\u202e" in text


def test_json_lines_begin_with_the_check_and_end_with_the_sums():
    first, one, last = lines(NAME)
    assert (first["type"], first["command"], first["unread"], first["repair"]) == (
        "check",
        "users",
        1,
        ["reports/repair.csv"],
    )
    assert one == {
        "type": "drift", "what": "other", "entity": "user", "key": KEY, "field": "lastname", "ours": "Ray",
        "moodle": "Married", "file": "userimport.csv", "line": 2, "run_id": "r", "code": None, "message": None,
        "needs": None,
    }  # fmt: skip
    assert last == {
        "type": "summary",
        "counts": {"other": 1},
        "calls": {"core_user_get_users_by_field": 4},
        "seconds": 90,
    }
