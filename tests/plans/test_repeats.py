from hypothesis import given
from hypothesis import strategies as st

from sync_operators.plans.repeats import Repeats


@given(st.lists(st.lists(st.text(max_size=3), max_size=20), max_size=5))
def test_every_key_that_comes_twice_is_a_candidate(chunks):
    repeats = Repeats()
    for chunk in chunks:
        repeats.add(chunk)
    keys = [key for chunk in chunks for key in chunk]
    assert repeats.candidates() == {hash(key) for key in keys if keys.count(key) > 1}
