"""An ERP that only drops files, and a whole Airflow that watches the drop; the tests are one story, in order."""

import time
from datetime import datetime
from statistics import median

import pytest

from tests.end_to_end.airflow_site import airflow_site, eventually, processes_of
from tests.end_to_end.pictures import zipped

pytestmark = [pytest.mark.airflow, pytest.mark.timeout(600)]

DAG = "sync_on_drop"
HEADER = "username;firstname;lastname;idnumber;email\n"
SETTLE = 1.0


def users(*names):
    return HEADER + "".join(f"{n};{n};Test;ID-{n};{n}@example.org\n" for n in names)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("airflow")
    # The poll is the default; every other schedule is off, so that only an event starts anything.
    with airflow_site(folder, {"SYNC__SCHEDULES__SYNC_ON_DROP": "2", "SYNC__DROP__SETTLE_SECONDS": str(SETTLE)}) as one:
        yield one
    assert processes_of(one.home) == []


def ended(site, dag_id, count):
    """The DAG runs of a DAG, when so many have ended; the first started first."""

    def look():
        runs = sorted(site.dag_runs(dag_id).values(), key=lambda run: run["run_after"])
        return runs if len(runs) >= count and all(run["state"] in {"success", "failed"} for run in runs) else None

    return eventually(look, within=120)


def first_task(site, dag_id, run_id):
    url = f"/api/v2/dags/{dag_id}/dagRuns/{run_id}/taskInstances"
    starts = [each["start_date"] for each in site.admin.get(url).json()["task_instances"] if each["start_date"]]
    return min(datetime.fromisoformat(start).timestamp() for start in starts)


def test_a_file_that_is_complete_is_captured_and_run_and_nobody_asked_for_it(site):
    site.drop("_notes.csv", "x")
    site.drop("userimport.csv.part", users("ann"))
    time.sleep(3)
    (site.sandbox.drop / "userimport.csv.part").rename(site.sandbox.drop / "userimport.csv")
    (run,) = ended(site, "sync_users", 1)
    assert (run["state"], run["dag_run_id"].partition("-")[0]) == ("success", "drop")
    assert site.sandbox.control.people().keys() >= {"ann"}
    (watching,) = ended(site, DAG, 1)
    assert watching["state"] == "success"
    assert site.tasks(DAG, watching["dag_run_id"]) == {"capture": "success", "start": "success", "result": "success"}
    assert [path.name for path in site.sandbox.drop.iterdir() if not path.name.startswith("_report")] == ["_notes.csv"]


def test_from_completeness_to_the_first_task_it_takes_seconds(site):
    waits = []
    for number in range(3):
        before = len(site.dag_runs(DAG))
        site.drop("userimport.csv", users(f"more{number}"))
        complete = time.time()
        runs = ended(site, DAG, before + 1)
        waits.append(first_task(site, DAG, runs[-1]["dag_run_id"]) - complete)
        # A run that is still at work would capture the next file itself, and no event would be needed.
        ended(site, "sync_users", number + 2)
    print(f"from completeness to the first task: median {median(waits):.1f} s of {sorted(waits)}")
    eventually(lambda: site.sandbox.control.people().keys() >= {f"more{number}" for number in range(3)}, within=180)


def test_files_of_several_commands_run_in_the_order_of_dependence(site):
    site.drop("cohorts.csv", "cidnumber;cname\nNEW-1;New 1\n")
    site.drop("userimport.csv", users("zoe"))
    (run,) = ended(site, "sync_all", 1)
    colour, result = site.erp.result("sync_all", run["dag_run_id"])
    assert (colour, [each["command"] for each in result["runs"]]) == ("success", ["users", "cohorts"])


def test_a_bundle_is_one_delivery_and_one_run_of_sync_all(site):
    before = {dag: len(site.dag_runs(dag)) for dag in (DAG, "sync_all", "sync_users", "sync_cohorts")}
    files = {"userimport.csv": users("bea").encode(), "cohorts.csv": b"cidnumber;cname\nNEW-2;New 2\n"}
    (site.sandbox.drop / "bundle_night.zip").write_bytes(zipped(files))
    run = ended(site, "sync_all", before["sync_all"] + 1)[-1]
    colour, result = site.erp.result("sync_all", run["dag_run_id"])
    told = [(each["command"], each["file"], each["state"]) for each in result["runs"]]
    assert (colour, run["dag_run_id"].partition("-")[0]) == ("success", "bundle")
    assert told == [("users", "userimport.csv", "done"), ("cohorts", "cohorts.csv", "done")]
    assert "bea" in site.sandbox.control.people()
    assert "bundle_night.zip" in site.names("archives")
    ended(site, DAG, before[DAG] + 1)
    alone = {dag: len(site.dag_runs(dag)) for dag in ("sync_users", "sync_cohorts")}
    assert alone == {dag: before[dag] for dag in alone}


def test_a_file_with_an_error_starts_nothing_again_and_the_watcher_lives_on(site):
    before = {dag: len(site.dag_runs(dag)) for dag in (DAG, "sync_users")}
    site.drop("userimport.csv", "no header at all")
    assert ended(site, "sync_users", before["sync_users"] + 1)[-1]["state"] == "failed"
    time.sleep(8)
    assert {dag: len(site.dag_runs(dag)) for dag in before} == {dag: runs + 1 for dag, runs in before.items()}
    site.drop("userimport.csv", users("last"))
    ended(site, "sync_users", before["sync_users"] + 2)
    assert "last" in site.sandbox.control.people()
