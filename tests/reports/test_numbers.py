"""Numbers, shares, times and lengths of time, as English and French write them."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from sync_operators.reports.numbers import Formats

EN, FR = Formats("en"), Formats("fr")


def test_numbers_are_grouped_as_the_language_does():
    assert (EN.number(1_234_567), FR.number(1_234_567)) == ("1,234,567", "1\u202f234\u202f567")
    assert (EN.number(8.25), FR.number(8.25)) == ("8.2", "8,2")


@pytest.mark.parametrize(
    ("part", "whole", "text"),
    [
        (1, 3, "33.3\u202f%"),
        (38, 48_212, "0.0788\u202f%"),
        (1, 1_000_000, "0.0001\u202f%"),
        (0, 5, "0.0\u202f%"),
        (0, 0, "0.0\u202f%"),
    ],
)
def test_a_small_share_is_never_shown_as_nothing(part, whole, text):
    assert EN.share(part, whole) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0\xa0ms"),
        (0.0456, "46\xa0ms"),
        (1, "1\xa0s"),
        (8.25, "8.2\xa0s"),
        (59.96, "60\xa0s"),
        (60, "1\xa0min 0\xa0s"),
        (581, "9\xa0min 41\xa0s"),
        (3600, "1\xa0h 0\xa0min"),
        (7325, "2\xa0h 2\xa0min"),
    ],
)
def test_a_length_of_time_is_shown_in_its_two_greatest_units(seconds, text):
    assert EN.duration(seconds) == text


def test_every_time_is_shown_in_utc():
    at = datetime(2026, 11, 22, 5, 0, 1, tzinfo=timezone(timedelta(hours=1)))
    assert EN.date(at) == "22 November 2026, 04:00:01"
    assert FR.date(at) == "22 novembre 2026, 04:00:01"
    assert EN.time(at.astimezone(UTC)) == "04:00:01"


def test_french_counts_nothing_as_one_and_english_as_many():
    assert [EN.plural(count) for count in (0, 1, 2, 1_000_000)] == ["other", "one", "other", "other"]
    assert [FR.plural(count) for count in (0, 1, 2, 1_000_000)] == ["one", "one", "other", "other"]
