"""What a command lists by itself is read again as it was, and has neither lines nor bytes to mend."""

import io

from sync_operators.command_files.listing import Listing

LIST = Listing(("id", "name"), (("7", "Ärzte; x"), ("8", "")))


def test_a_list_that_was_remembered_is_the_same():
    assert Listing.read(lambda: io.BytesIO(LIST.as_text().encode())) == LIST


def test_rows_are_counted_from_one_and_stand_in_no_line():
    told = [(each.row, each.values, each.line, each.last_line, each.entry, each.fault) for each in LIST.records()]
    assert told == [(1, ("7", "Ärzte; x"), None, None, None, None), (2, ("8", ""), None, None, None, None)]


def test_nothing_of_a_list_comes_back_to_be_dropped_again():
    out = io.BytesIO()
    assert (LIST.write_tryback([1], out), out.getvalue(), LIST.header_lines, dict(LIST.facts)) == (0, b"", 0, {})
