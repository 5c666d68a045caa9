"""A page lists what can be read; of the rest it knows the number."""

from sync_operators.reports.listing import MOST_OTHERS, MOST_PROBLEMS, listed
from tests.reports.story import row, rows


def test_rows_are_sorted_by_kind_and_the_unchanged_left_out():
    listing = listed(rows)
    assert [one.line for one in listing.errors.listed] == [6, 7, 8, 10, 11]
    assert [one.line for one in listing.warned.listed] == [5, 16, 17]
    assert [one.line for one in listing.others.listed] == [2, 3, 12, 13, 14]


def test_the_unchanged_are_listed_on_request():
    assert 15 in [one.line for one in listed(rows, list_unchanged=True).others.listed]


def test_of_many_rows_the_first_are_kept_and_all_are_counted():
    def many():
        for line in range(2, 5002):
            yield row(line, "error_remote")
            yield row(line, "created")

    listing = listed(many)
    assert (len(listing.errors.listed), listing.errors.total) == (MOST_PROBLEMS, 5000)
    assert (len(listing.others.listed), listing.others.total) == (MOST_OTHERS, 5000)


def test_the_key_columns_are_those_of_the_rows_listed():
    keyed = [row(2, "created", {"course": "C", "idnumber": "E"}), row(3, "created", {"username": "u", "idnumber": "E"})]
    assert listed(lambda: keyed).others.keys == ["course", "idnumber", "username"]
