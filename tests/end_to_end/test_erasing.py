"""One account's data leaves the ledger on request; sums, other accounts and running work stay."""

from collections import Counter

import pytest
from sqlalchemy import select

from sync_operators.ledger import events
from sync_operators.ledger.erasing import Erasing
from sync_operators.ledger.tables import metadata, operations, rows, runs
from sync_operators.plans.facts import counted
from tests.end_to_end.users import ANN, BOB

HEAD = "username,firstname,lastname,email,idnumber,city"
SECRETS = ("bob", "Bob", "E1", "Paris", "Ray")


@pytest.fixture
def filled(users):
    """Three runs about two accounts, one of them refused once."""
    ann = ",".join(ANN[name] for name in HEAD.split(",")[:5])
    users.run(HEAD, "bob,Bob,Ray,bob@example.org,E1,Paris", f"{ann},Rome")
    users.run(HEAD, "bob,Bob,Ray,bob@example.org,E1,Oslo", "bob,Bob,Ray,no address,E1,Bern", f"{ann},Lyon")
    users.run("username", "bob", command="users_suspend")
    return users


def _erase(users, name="bob", *, simulate=False):
    work = users.site.work
    return Erasing(work.ledger, work.site_id, users.ids[name], simulate=simulate).run("ines", work.clock())


def _texts(users):
    """All that the ledger holds, as text."""
    with users.site.work.ledger.read() as tx:
        return [str(row) for table in metadata.sorted_tables for row in tx.execute(select(table))]


def _sums(users):
    with users.site.work.ledger.read() as tx:
        every = [users.site.find_run(run_id) for run_id in tx.execute(select(runs.c.id)).scalars()]
        acts = Counter(tx.execute(select(operations.c.verb, operations.c.code)).all())
        return [counted(tx, run) for run in every], acts, Counter(tx.execute(select(rows.c.code)).scalars())


def test_nothing_of_the_account_is_left_and_the_sums_are_the_same(filled):
    before = _sums(filled)
    erased = _erase(filled)
    assert (erased.counts["rows"], erased.open_runs) == (4, ())
    left = [text for text in _texts(filled) for secret in SECRETS if f"'{secret}" in text or f"={secret}" in text]
    assert left == []
    assert _sums(filled) == before


def test_others_keep_what_is_theirs(filled):
    _erase(filled)
    texts = "".join(_texts(filled))
    assert all(f"{value}" in texts for value in ("ann", "E2", "Rome", "Lyon"))


def test_a_simulation_counts_and_erases_nothing(filled):
    before = _texts(filled)
    assert _erase(filled, simulate=True).counts == {"rows": 4, "operations": 3}
    assert _texts(filled) == before


def test_erased_once_nothing_more_is_found(filled):
    _erase(filled)
    assert set(_erase(filled).counts.values()) == {0}


def test_it_is_written_down_who_had_it_erased(filled):
    _erase(filled)
    with filled.site.work.ledger.read() as tx:
        (event,) = events.of_kind(tx, "account_erased")
    assert (event.who, event.detail) == ("ines", {"user": filled.ids["bob"], "rows": 4, "operations": 3})


def test_a_run_that_goes_on_keeps_what_it_needs_and_is_named(open_users):
    users = open_users(guards__users__update='{"count": 0}')
    users.site.put("userimport.csv", f"{HEAD}\nbob,Bob,Ray,{BOB['email']},E1,Paris\n")
    users.site.capture()
    run = users.site.run("users")["runs"][0]
    erased = _erase(users)
    assert (run["state"], erased.open_runs, set(erased.counts.values())) == ("held", (run["run_id"],), {0})


def test_the_row_comes_again_when_its_file_still_has_it(filled):
    line = "bob,Bob,Ray,bob@example.org,E1,Oslo"
    _erase(filled)
    assert filled.codes(HEAD, line) == ["unchanged"], "compared with Moodle, not with what is remembered"


def test_an_account_with_a_longer_number_is_another(filled):
    work, before = filled.site.work, _texts(filled)
    for user in (int(f"{filled.ids['bob']}0"), filled.ids["bob"] // 10):
        Erasing(work.ledger, work.site_id, user, simulate=False).run("ines", work.clock())
    assert [text for text in _texts(filled) if "account_erased" not in text] == before


def test_who_has_the_name_now_is_another(filled):
    filled.run("username", "bob", command="users_delete")
    filled.run("username", "bob", command="users_suspend")
    filled.run(HEAD, "bob,Bo,Bee,bo@example.org,E7,Bonn")
    filled.run("username", "bob", command="users_suspend")
    _erase(filled)
    with filled.site.work.ledger.read() as tx:
        kept = sorted(key for key in tx.execute(select(rows.c.key)).scalars() if key and "E2" not in key)
    assert kept == ["idnumber=E7", "username=bob"]


def test_memberships_and_enrolments_are_erased_too(enrolments):
    enrolments.run("cmd,rolename,uid,cid", "add,student,E2001,CHEM-101", "add,student,E2002,CHEM-101")
    work = enrolments.site.work
    erased = Erasing(work.ledger, work.site_id, enrolments.users["E2001"], simulate=False).run("ines", work.clock())
    assert erased.counts == {"rows": 1, "operations": 1}
    with work.ledger.read() as tx:
        assert [key for key in tx.execute(select(rows.c.key)).scalars() if key] == ["cid=CHEM-101\x1fuid=E2002"]
