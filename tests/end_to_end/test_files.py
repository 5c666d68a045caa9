"""What becomes of a file: which one a command takes, where it lies afterwards, how run and DAG run stand."""

from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest

from sync_operators import walk
from sync_operators.ledger import files
from sync_operators.plans import planning
from sync_operators.plans.request import Request
from tests.end_to_end.site import site as open_site

HEADER = "username;firstname;lastname;idnumber;email;city\n"


def row(n, *, city="Oslo", email=None):
    return f"new.{n};New;{n};N{n};{f'new.{n}@example.org' if email is None else email};{city}\n"


GOOD, MIXED = HEADER + row(1), HEADER + row(1) + row(2, email="")


@contextmanager
def opened(sandbox, folder, **environ):
    with open_site(sandbox, folder, environ=environ, sleep=lambda _: None) as site:
        yield site


@pytest.fixture
def site(sandbox, tmp_path):
    with opened(sandbox, tmp_path) as made:
        yield made


def put(site, content, name="userimport.csv"):
    site.put(name, content)
    site.capture()


def standing(site, run):
    """State and place of the run's file."""
    with site.work.ledger.read() as tx:
        version = files.get(tx, site.find_run(run["run_id"]).file_id)
    return version.state, (version.place or "").partition("/")[0]


# -- states, places, colours (the ledger's table) ---------------------------------------------------------------


def test_without_a_file_there_is_no_run(site):
    assert (site.tick()["state"], site.tick()["red"], site.tick()["runs"]) == ("none", False, [])


def test_a_file_that_is_asked_for_and_not_there_is_refused(site):
    tick = site.tick(file="nowhere.csv")
    run = tick["run"]
    assert (tick["state"], tick["red"]) == ("refused", True)
    assert (run["code"], run["file"], site.find_run(run["run_id"]).file_id) == ("error_no_file", "nowhere.csv", None)
    assert site.tick()["state"] == "none"


def test_a_file_that_is_asked_for_is_refused_without_moodle_too(site, sandbox):
    sandbox.control.set_state("maintenance_cli")
    assert site.tick(file="nowhere.csv")["run"]["code"] == "error_no_file"


@pytest.mark.parametrize(
    ("content", "state", "red"), [(GOOD, "done", False), (MIXED, "done_with_errors", False), ("a;b\n", "refused", True)]
)
def test_a_file_that_a_tick_has_run_already_is_told_to_who_asks_for_it(site, content, state, red):
    put(site, content)
    first = site.tick()["run"]
    asked = site.tick(file="userimport.csv", correlation_id="erp-1")
    assert (asked["state"], asked["red"]) == (state, red)
    assert asked["run"] == first | {"ran_in": {"dag_id": "test", "dag_run_id": "run-1"}}
    assert first["ran_in"] is None


def test_who_asks_for_it_once_more_has_forgotten_to_drop_it(site):
    put(site, GOOD)
    site.tick()
    assert [site.tick(file="userimport.csv")["state"] for _ in range(2)] == ["done", "refused"]
    put(site, GOOD)
    assert [site.tick(file="userimport.csv")["state"] for _ in range(2)] == ["done", "refused"]


def test_the_same_dag_run_may_ask_again(site):
    put(site, GOOD)
    site.tick()
    request = Request("users", file="userimport.csv", dag_id="erp", dag_run_id="erp-1")
    steps = [walk.plan(site.work, replace(request, attempt=attempt)) for attempt in (1, 2)]
    assert [step.state for step in steps] == ["done", "done"]
    assert steps[0].run_id == steps[1].run_id


def test_what_was_run_long_ago_or_by_another_command_is_not_told(site):
    put(site, GOOD)
    site.tick()
    assert site.tick(command="users_delete", file="userimport.csv")["state"] == "refused"
    clock = site.work.clock
    site.work = replace(site.work, clock=lambda: clock() + timedelta(hours=6, minutes=1))
    assert site.tick(file="userimport.csv")["state"] == "refused"


def test_a_file_that_waits_again_is_run_again_and_not_told_of(site):
    put(site, GOOD)
    first = site.tick()["run"]
    put(site, GOOD)
    again = site.tick(file="userimport.csv")["run"]
    assert (again["run_id"] == first["run_id"], again["ran_in"]) == (False, None)


@pytest.mark.parametrize(
    ("content", "fail_on", "wanted"),
    [
        (GOOD, "refused", ("done", False, "done", "archives", {"created": 1})),
        (MIXED, "refused", ("done_with_errors", False, "done", "archives", {"created": 1, "error_missing_value": 1})),
        (MIXED, "errors", ("done_with_errors", True, "done", "archives", {"created": 1, "error_missing_value": 1})),
        ("", "refused", ("refused", True, "quarantined", "quarantine", {})),
        (HEADER, "refused", ("refused", True, "quarantined", "quarantine", {})),
        ("username;fistname\nx;y\n", "refused", ("refused", True, "quarantined", "quarantine", {})),
    ],
    ids=["all well", "some in error", "some in error, which is to be red", "empty", "header only", "bad header"],
)
def test_how_a_run_ends_its_file_lies_and_its_dag_run_looks(sandbox, tmp_path, content, fail_on, wanted):
    with opened(sandbox, tmp_path, SYNC__REPORT__FAIL_ON=fail_on) as site:
        put(site, content)
        tick = site.tick()
        told = (tick["state"], tick["red"], *standing(site, tick["run"]), tick["run"]["counts"])
        assert told == wanted
        assert (site.depot / tick["run"]["report"]).exists()
        assert site.names("") == sorted(site.names(""))


def test_a_refused_file_lies_in_quarantine_with_the_reason_beside_it(site):
    put(site, "username;fistname\nx;y\n")
    run = site.tick()["run"]
    assert (run["code"], site.names("quarantine")) == (
        "error_missing_column",
        ["userimport.csv", "userimport.csv.why.txt"],
    )
    (why,) = (site.depot / "quarantine").rglob("*.why.txt")
    assert "fistname" in why.read_text(encoding="utf-8")


def test_a_refused_file_lets_the_next_version_pass(site):
    put(site, HEADER)
    put(site, GOOD)
    assert [site.tick()["state"] for _ in range(3)] == ["refused", "done", "none"]


# -- which file -------------------------------------------------------------------------------------------------


def test_versions_of_one_name_run_in_the_order_of_their_arrival(site, sandbox):
    for city in ("Oslo", "Bergen", "Tromsø"):
        put(site, HEADER + row(1, city=city))
    assert site.names(".queued") == ["userimport.csv", "userimport.csv"]
    cities = []
    while (tick := site.tick())["runs"]:
        cities.append((tick["state"], sandbox.control.people()["new.1"]["city"]))
    assert cities == [("done", "Oslo"), ("done", "Bergen"), ("done", "Tromsø")]
    assert site.names("archives") == ["userimport.csv"] * 3


@pytest.mark.parametrize(
    ("setting", "wanted"),
    [
        ("b.csv, a.csv", ["b.csv", "a.csv"]),
        ("*.csv", ["a.csv", "b.csv", "c.csv"]),
        ("c.csv, ?.csv", ["c.csv", "a.csv", "b.csv"]),
        ("/c.csv", ["c.csv"]),
        ("sync/c.csv", ["c.csv"]),
        ("d.csv", []),
    ],
)
def test_active_files_run_in_the_order_of_the_setting_then_by_name(sandbox, tmp_path, setting, wanted):
    with opened(sandbox, tmp_path, SYNC__USERS__FILE=setting) as site:
        for at, name in enumerate(("b.csv", "c.csv", "a.csv")):
            site.put(name, HEADER + row(at))
        site.capture()
        ran = []
        while (tick := site.tick())["runs"]:
            assert walk.waits_more(site.work, "users") == (len(ran) + 1 < len(wanted))
            ran.append(tick["run"]["file"])
        assert ran == wanted


def test_a_file_that_no_setting_names_runs_when_it_is_asked_for(site):
    put(site, GOOD, "special.csv")
    assert site.tick()["state"] == "none"
    tick = site.tick(file="special.csv")
    assert (tick["state"], tick["run"]["file"]) == ("done", "special.csv")


def test_a_file_in_a_persons_folder_runs_when_it_is_asked_for_by_its_path(site):
    (site.depot / "hr").mkdir()
    (site.depot / "hr" / "new.csv").write_text(GOOD)
    assert site.tick(file="hr/new.csv")["state"] == "done"
    assert site.names("archives") == ["new.csv"]


def test_a_run_that_was_asked_for_by_name_is_gone_on_with_by_ticks_that_do_not_name_it(site, sandbox):
    put(site, GOOD, "special.csv")
    sandbox.control.set_state("maintenance_cli")
    run_id = site.tick(file="special.csv")["run"]["run_id"]
    sandbox.control.set_state("")
    tick = site.tick()
    assert (tick["run"]["run_id"], tick["state"]) == (run_id, "done")


def test_a_tick_takes_what_was_begun_before_what_waits(sandbox, tmp_path):
    with opened(sandbox, tmp_path, SYNC__USERS__FILE="a.csv, b.csv") as site:
        put(site, HEADER + row(1), "b.csv")
        begun = walk.plan(site.work, Request("users")).run_id
        put(site, HEADER + row(2), "a.csv")
        assert [site.tick()["run"]["file"] for _ in range(2)] == ["b.csv", "a.csv"]
        assert site.find_run(begun).state == "done"


# -- the same again ---------------------------------------------------------------------------------------------


def test_the_same_bytes_again_are_not_read_until_something_of_them_is_forgotten(site, sandbox):
    put(site, HEADER + row(1) + row(2))
    site.tick()
    put(site, HEADER + row(1) + row(2))
    again = site.tick()["run"]
    assert (again["counts"], site.outcomes(again["run_id"])) == ({"unchanged": 2}, [])
    site.deliver("userdelete.csv", "username\nnew.1\n", "users_delete")
    put(site, HEADER + row(1) + row(2))
    assert site.tick()["run"]["counts"] == {"created": 1, "unchanged": 1}


def test_of_the_same_bytes_no_row_is_read(site, monkeypatch):
    put(site, GOOD)
    site.tick()
    monkeypatch.setattr(planning, "find_changes", lambda *_, **__: pytest.fail("a row was read"))
    put(site, GOOD)
    assert site.tick()["run"]["counts"] == {"unchanged": 1}


def test_a_file_with_a_row_in_error_is_read_again(site):
    put(site, MIXED)
    site.tick()
    put(site, MIXED)
    assert site.tick()["run"]["counts"] == {"error_missing_value": 1, "unchanged": 1}


def test_the_same_content_under_another_name_writes_nothing(sandbox, tmp_path):
    with opened(sandbox, tmp_path, SYNC__USERS__FILE="*.csv") as site:
        put(site, HEADER + row(1) + row(2))
        site.tick()
        writes = sandbox.control.counts().writes
        put(site, HEADER + row(1) + row(2), "again.csv")
        assert site.tick()["run"]["counts"] == {"unchanged": 2}
        assert sandbox.control.counts().writes == writes


def test_calls_of_all_steps_are_counted_once(site, sandbox):
    put(site, GOOD)
    before = sandbox.control.counts().by_function
    run = site.find_run(site.tick()["run"]["run_id"])
    assert dict(run.calls) == dict(sandbox.control.counts().by_function - before)
