"""The tutorial's command lines, one after another on a whole Airflow, come to what its text says."""

import json
import time

import pytest

from tests.end_to_end.airflow_site import HELD, airflow_site, eventually
from tests.end_to_end.manual import blocks, run

pytestmark = [pytest.mark.story, pytest.mark.timeout(600)]

PAGE = "docs/tutorial/nightly-feed.md"
DEMO, WHERE, BAD, WHY, CORRECTED, WRONG, LOOK, UNDO, TRYBACK, MENDED = range(10)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """What the demo leaves of its first night, as far as the page goes on from it: the accounts."""
    with airflow_site(tmp_path_factory.mktemp("tutorial"), {}) as started:
        started.erp.drop("userimport.csv")
        assert started.run("registrar-1")[0] == "success"
        yield started


@pytest.fixture(scope="module")
def reader(site):
    """Runs a block as whoever follows the page does: in one shell, after those that it builds on."""
    told = blocks(PAGE)
    where = told[WHERE]
    for said, here in {
        "http://127.0.0.1:8080": str(site.admin.base_url).rstrip("/"),
        ".local/demo/sandbox/drop": site.sandbox.drop,
        ".local/demo/depot": site.depot,
    }.items():
        assert said in where
        where = where.replace(said, str(here))

    def follow(*numbers):
        done = run(where + "".join(told[number] for number in numbers))
        assert done.returncode == 0, done.stderr
        return done.stdout

    return follow


def result(printed):
    """What the client of the REST API prints at the end."""
    return json.loads(printed[printed.rindex('{\n  "state"') :])


def the_run(printed):
    (only,) = result(printed)["runs"]
    return only


def test_the_page_begins_with_the_demo():
    assert blocks(PAGE)[DEMO] == "make demo\n"


def test_the_bad_export_is_held_and_nobody_is_deleted(site, reader):
    held = the_run(reader(BAD))
    assert held["state"] == "held"
    (asking,) = eventually(lambda: [name for name in site.dag_runs(HELD) if held["run_id"] in name])
    eventually(lambda: site.questions(asking))
    time.sleep(1)  # an answer at once would meet Airflow's race with its own parking
    assert site.answer(asking, "Reject", by=site.admin, reason="These people work here").status_code == 200
    assert site.erp.result(HELD, asking)[1]["state"] == "rejected"
    assert "These people work here" in reader(WHY)
    assert "thomas.dubois" in site.sandbox.control.people()


def test_the_corrected_one_deletes_one_and_that_has_no_undo(reader):
    run = the_run(reader(CORRECTED))
    assert (run["state"], run["counts"], run["undo"]) == ("done", {"deleted": 1}, None)


def test_a_mistake_that_went_through_is_looked_at_and_taken_back(site, reader):
    before = departments(site)
    assert the_run(reader(WRONG))["counts"]["updated"] >= 10
    assert "Physics" in {departments(site)[name] for name in ("amelie.laurent", "soren.kjaer", "lars.holm")}
    assert the_run(reader(LOOK))["state"] == "simulated"
    assert departments(site) != before
    assert the_run(reader(LOOK, UNDO))["state"] == "done"
    assert departments(site) == before


def departments(site):
    return {name: person["department"] for name, person in site.sandbox.control.people().items()}


def test_three_refused_rows_are_mended_and_come_home(site, reader):
    printed = reader(TRYBACK, MENDED)
    assert "pas-une-adresse" in printed
    run = the_run(printed)
    assert (run["counts"]["created"], sum(run["counts"].values())) == (3, 6)
    assert {"lea.roux", "zoe.sansnom", "anna.kern"} <= site.sandbox.control.people().keys()
