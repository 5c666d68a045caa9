"""Limits, walked upward case by case."""

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync_operators.plans.guard import Amount, Shape, enough, lowest, trip, unlike
from sync_operators.settings import FileGuard, Limit, load_settings


def tripped(verb, count, *, known=4100, read=5000, environ=None, command="users_delete"):
    limit = load_settings(None, environ or {}).guard(command, verb)
    found = trip(limit, command, verb, Amount(count, read if verb == "errors" else known))
    return [str(found)] if found else []


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
    environ = {"SYNC__GUARDS__COHORT_LINKS__DELETE__COUNT": "5", **environ}
    assert bool(tripped("errors", 1000, read=1000, environ=environ, command="cohort_links")) is holds


@pytest.mark.parametrize(
    ("scope", "verb", "count", "known", "holds"),
    [
        ("institution", "suspend", 20, 25, False),
        ("institution", "suspend", 60, 150, False),
        ("institution", "suspend", 61, 150, True),
        ("category", "delete", 21, 99, True),
        ("course", "unenrol", 50, 50, False),
        ("course", "unenrol", 51, 120, True),
        ("cohort", "remove", 51, 200, False),
        ("cohort", "remove", 81, 200, True),
        # A renamed institution, a new term: what only changes or adds is not measured by parts.
        ("institution", "update", 5000, 5000, False),
    ],
)
def test_a_part_of_the_site_is_held_over_its_own_floor_and_share(scope, verb, count, known, holds):
    limit = getattr(load_settings(None, {}).guard("users_suspend", verb).scopes, scope)
    assert bool(trip(limit, "users_suspend", verb, Amount(count, known, scope))) is holds


def test_a_trip_in_a_part_names_the_part_and_its_setting():
    limit = Limit(share=0.4, floor=20)
    found = trip(limit, "users_suspend", "suspend", Amount(60, 120, "institution", " in institution Law"))
    assert found.short == "suspend 60 in institution Law"
    assert str(found) == (
        "users_suspend: 60 suspend of 120 known entities in institution Law (50%), limit 40% and 20 "
        "(guards.users_suspend.suspend.scopes.institution.share)"
    )


def test_what_is_given_of_a_part_keeps_the_rest_and_the_other_parts():
    environ = {"SYNC__GUARDS__USERS__DELETE__SCOPES__INSTITUTION__SHARE": "0.9"}
    scopes = load_settings(None, environ).guard("users", "delete").scopes
    assert (scopes.institution, scopes.course) == (Limit(share=0.9, floor=20), Limit(share=0.4, floor=20))


@pytest.mark.parametrize(
    ("limits", "bound"),
    [
        ((), None),
        ((Limit(),), None),
        ((Limit(share=0.5, floor=20),), 20),
        ((Limit(share=0.5, floor=20), Limit(count=5)), 5),
        ((Limit(count=0),), 0),
    ],
)
def test_below_the_lowest_bound_no_part_need_be_looked_at(limits, bound):
    assert lowest(limits) == bound


COLUMNS = frozenset({"username", "email", "city"})
FULL = Shape(1000, 990, COLUMNS)
CHANGES = Shape(1000, 0, COLUMNS)


def unlike_in(now, *former, other=0, **given):
    settings = load_settings(None, {f"SYNC__GUARDS__USERS__{name.upper()}": value for name, value in given.items()})
    limits = {name: settings.file_guard("users", name) for name in get_args(FileGuard)}
    return unlike(limits, "users", now, former, other)


@pytest.mark.parametrize(
    ("now", "former", "other", "verbs"),
    [
        (FULL, (FULL,), 0, []),
        # All rows changed, where most of them never were.
        (Shape(1000, 0, COLUMNS), (FULL,), 0, ["all_changed"]),
        (Shape(1000, 9, COLUMNS), (FULL,), 0, ["all_changed"]),
        (Shape(1000, 10, COLUMNS), (FULL,), 0, []),
        (Shape(101, 0, COLUMNS), (Shape(101, 90),), 0, ["all_changed"]),
        (Shape(100, 0, COLUMNS), (Shape(100, 90),), 0, []),
        # A feed of changes alone, and the very first file.
        (CHANGES, (CHANGES, CHANGES), 0, []),
        (CHANGES, (CHANGES, FULL), 0, ["all_changed"]),
        (CHANGES, (), 0, []),
        # Another identity for more than half of the rows.
        (FULL, (FULL,), 501, ["identity_changed"]),
        (FULL, (FULL,), 500, []),
        (FULL, (), 501, ["identity_changed"]),
        (Shape(20), (), 20, []),
        (Shape(21), (), 21, ["identity_changed"]),
        # Fewer than half of the rows of the last one, and of the smallest before.
        (Shape(499, 490, COLUMNS), (FULL,), 0, ["shrunk"]),
        (Shape(500, 490, COLUMNS), (FULL,), 0, []),
        (Shape(499, 490, COLUMNS), (FULL, Shape(600)), 0, []),
        (Shape(10), (Shape(100),), 0, []),
        (Shape(10), (Shape(101),), 0, ["shrunk"]),
        # The header of the last one.
        (Shape(1000, 990, COLUMNS - {"city"}), (FULL,), 0, ["header"]),
        (Shape(1000, 990, COLUMNS | {"phone1"}), (FULL,), 0, ["header"]),
        (Shape(1000, 990, COLUMNS | {"phone1"}), (Shape(1000, 990, COLUMNS | {"phone1"}), FULL), 0, []),
        (Shape(20, 20, COLUMNS | {"phone1"}), (Shape(20, 20, COLUMNS),), 0, []),
        (Shape(1000, 990), (FULL,), 0, []),
    ],
)
def test_a_file_is_held_that_is_unlike_the_last_ones(now, former, other, verbs):
    assert [trip.verb for trip in unlike_in(now, *former, other=other)] == verbs


@pytest.mark.parametrize("name", ["all_changed", "identity_changed", "shrunk", "header"])
def test_each_way_to_be_unlike_can_be_switched_off(name):
    cases = {
        "all_changed": (CHANGES, 0),
        "identity_changed": (FULL, 1000),
        "shrunk": (Shape(400, 390, COLUMNS), 0),
        "header": (Shape(1000, 990, COLUMNS | {"phone1"}), 0),
    }
    now, other = cases[name]
    assert [trip.verb for trip in unlike_in(now, FULL, other=other)] == [name]
    assert unlike_in(now, FULL, other=other, **{f"{name}__share": "null"}) == ()


def test_a_file_that_is_unlike_says_in_what():
    told = [str(trip) for trip in unlike_in(Shape(400, 1, COLUMNS - {"city"} | {"town"}), FULL, other=300)]
    assert told == [
        "users: 399 of 400 rows changed (100%), limit 99% and 100 (guards.users.all_changed.share)",
        "users: 300 of 400 rows with another identity (75%), limit 50% and 20 (guards.users.identity_changed.share)",
        "users: 400 rows, where the last 1 had 1000 at least (40%), limit 50% and 100 (guards.users.shrunk.share)",
        "users: columns new `town`; gone `city`, limit 0% and 20 (guards.users.header.share)",
    ]


_limits = st.builds(
    Limit,
    count=st.none() | st.integers(0, 300),
    share=st.none() | st.floats(0, 1),
    floor=st.integers(0, 50),
)


@given(_limits, st.integers(0, 400), st.integers(0, 5000))
def test_who_counts_no_farther_than_needed_finds_the_same(limit, count, known):
    far = enough(limit, count)
    counted = known if far is None else min(known, far)
    found, wanted = (trip(limit, "users", "update", Amount(count, each)) for each in (counted, known))
    assert found == wanted
