"""Events: added to, never changed."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from sync_operators.ledger import Ledger, events, sites

from .conftest import START


def test_events_come_in_the_order_they_happened(ledger: Ledger) -> None:
    with ledger.write() as tx:
        events.add(tx, "captured", who="ann", at=START, file_id=1)
        events.add(tx, "held", who="gate", at=START, file_id=1, run_id="r", detail={"limit": 10, "name": "\0é"})
        of_file, of_run = events.of_file(tx, 1), events.of_run(tx, "r")
    assert [(event.what, event.who, event.detail) for event in of_file] == [
        ("captured", "ann", None),
        ("held", "gate", {"limit": 10, "name": "\0é"}),
    ]
    assert of_run == of_file[1:]


def test_nobody_rewrites_what_happened(ledger: Ledger) -> None:
    with ledger.write() as tx:
        events.add(tx, "captured", who="ann", at=START)
    with pytest.raises(DBAPIError, match="events are append only"), ledger.write() as tx:
        tx.execute(text("UPDATE events SET who = 'bob'"))
    with ledger.write() as tx:
        assert tx.execute(text("DELETE FROM events")).rowcount == 1


def test_a_site_is_known_by_what_it_calls_itself(ledger: Ledger) -> None:
    with ledger.write() as tx:
        found = [sites.site_id(tx, url) for url in ("https://a", "https://b", "https://a")]
    assert found[0] == found[2] != found[1]
