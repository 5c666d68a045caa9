"""Text that both databases keep and index."""

from hypothesis import given
from hypothesis import strategies as st

from sync_operators.ledger.bulk import storable


@given(st.text(alphabet=st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=500))
def test_clean_text_stays_as_it_is(text: str) -> None:
    assert storable(text) == text


@given(st.text(alphabet=st.characters(), max_size=50), st.text(alphabet=st.characters(), max_size=50))
def test_what_is_stored_differs_when_the_text_does(one: str, other: str) -> None:
    assert (storable(one) == storable(other)) is (one == other)


@given(st.text(alphabet=st.characters(), max_size=5000))
def test_what_is_stored_is_unicode_without_nul_that_fits_an_index(text: str) -> None:
    assert "\0" not in storable(text)
    assert len(storable(text).encode()) <= 2020
