"""Undo, provenance and erasing on a ledger in PostgreSQL, too."""

import pytest

from sync_operators.ledger.erasing import Erasing
from sync_operators.ledger.provenance import changes
from tests.end_to_end.site import site as open_site
from tests.end_to_end.users import ANN, BOB, Users

HEAD = "username,firstname,lastname,idnumber,city,cohort,cohortid"


@pytest.fixture
def users(sandbox, tmp_path, database):
    with open_site(sandbox, tmp_path, ledger=database) as site:
        users = Users(site, sandbox)
        users.add(BOB, ANN)
        yield users


def test_a_run_goes_back_is_explained_and_erased(users):
    site, work = users.site, users.site.work
    run = users.run(HEAD, "bob,Bob,Ray,E1,Paris,Staff,STAFF", "ann,Ann,Lee,E2,Rome,,")
    for each in run["undo"]:
        (undone,) = site.run(each["command"], file=each["file"])["runs"]
        assert undone["state"] == "done"
    assert (users.person("bob")["city"], users.person("ann")["city"]) == ("", "")
    with work.ledger.read() as tx:
        told = [each.after["city"] for each in changes(tx, work.site_id, "user", name="E1")]
        joined = [each.verb for each in changes(tx, work.site_id, "cohort_member", ids={"userid": users.ids["bob"]})]
    assert (told, joined) == (["Paris"], ["remove", "add"])
    erased = Erasing(work.ledger, work.site_id, users.ids["bob"], simulate=False).run("ines", work.clock())
    assert erased.counts == {"rows": 3, "operations": 5}
    with work.ledger.read() as tx:
        assert [*changes(tx, work.site_id, "user", name="E1")] == []
        assert [each.after["city"] for each in changes(tx, work.site_id, "user", name="E2")] == ["Rome"]
