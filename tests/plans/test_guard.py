"""Limits, walked upward case by case."""

import pytest

from sync_operators.plans.guard import trips
from sync_operators.settings import load_settings


def tripped(verb, count, *, known=4100, read=5000, environ=None):
    return [str(trip) for trip in trips(load_settings(None, environ or {}), "users_delete", {verb: count}, known, read)]


@pytest.mark.parametrize(
    ("verb", "count", "known", "read", "holds"),
    [
        # Below the floor a share never trips, however small the site.
        ("delete", 20, 21, 100, False),
        # Where fewer than a hundred are known, whatever passes the floor is held.
        ("delete", 21, 99, 100, True),
        # From a hundred on the share decides: more than 10 %.
        ("delete", 21, 210, 300, False),
        ("delete", 22, 210, 300, True),
        ("suspend", 410, 4100, 5000, False),
        ("suspend", 411, 4100, 5000, True),
        ("update", 100, 0, 5000, False),
        ("update", 101, 0, 5000, True),
        ("update", 3075, 4100, 5000, False),
        ("update", 3076, 4100, 5000, True),
        # Creating is never held unless a site says so.
        ("create", 1_000_000, 0, 1_000_000, False),
        # Errors are a share of the rows read, and of a small file too.
        ("errors", 20, 0, 20, False),
        ("errors", 21, 0, 42, False),
        ("errors", 22, 0, 43, True),
    ],
)
def test_a_plan_is_held_only_over_floor_and_share(verb, count, known, read, holds):
    assert bool(tripped(verb, count, known=known, read=read)) is holds


def test_a_trip_says_count_share_limit_and_setting():
    assert tripped("delete", 612) == [
        "users_delete: 612 delete of 4100 known entities (15%), limit 10% and 20 (guards.users_delete.delete.share)"
    ]
    assert " of 17 known entities (more than are known), limit 10% and 20 " in tripped("delete", 30, known=17)[0]


def test_a_count_trips_by_itself():
    environ = {"SYNC__GUARDS__USERS_DELETE__DELETE__COUNT": "5"}
    assert tripped("delete", 5, environ=environ) == []
    assert tripped("delete", 6, environ=environ) == [
        "users_delete: 6 delete of 4100 known entities (0%), limit 5 (guards.users_delete.delete.count)"
    ]


@pytest.mark.parametrize(
    ("environ", "holds"), [({}, False), ({"SYNC__GUARDS__COHORT_LINKS__ERRORS__COUNT": "9"}, True)]
)
def test_a_command_whose_rows_are_all_errors_is_held_only_where_the_settings_say_so(environ, holds):
    settings = load_settings(None, {"SYNC__GUARDS__COHORT_LINKS__DELETE__COUNT": "5", **environ})
    assert bool(trips(settings, "cohort_links", {"errors": 1000}, 0, 1000)) is holds
