"""A simulation: which file it takes and what it tells. That it changes nothing is an invariant of every command."""

import hashlib
import json
from contextlib import contextmanager

import pytest
from sqlalchemy import select

from sync_operators.ledger.tables import metadata
from tests.end_to_end.site import site as open_site

HEADER = "username;firstname;lastname;idnumber;email;city\n"
FILE = (
    HEADER + "new.1;New;One;N1;new.1@example.org;Oslo\n"
    ";No;Name;N2;no.name@example.org;Oslo\n"
    "amelie.laurent;Amélie;Laurent;E1001;amelie.laurent@example.org;Annecy\n"
)
COUNTS = {"created": 1, "error_missing_value": 1, "updated": 1}


@contextmanager
def opened(sandbox, folder, **parts):
    with open_site(sandbox, folder, sleep=lambda _: None, **parts) as site:
        yield site


@pytest.fixture
def site(sandbox, tmp_path):
    with opened(sandbox, tmp_path) as made:
        yield made


def ledger_of(site):
    """Every row of the ledger, by table."""
    with site.work.ledger.read() as tx:
        return {table.name: [tuple(row) for row in tx.execute(select(table))] for table in metadata.sorted_tables}


def files_of(site):
    """Every file in depot and drop, reports and ledger aside."""
    return {
        path: path.read_bytes()
        for folder in (site.depot, site.sandbox.drop)
        for path in folder.rglob("*")
        if path.is_file() and not {"reports", ".ledger"} & set(path.parts)
    }


def report_of(site, run):
    (path,) = (site.depot / "reports").rglob(f"{run['run_id']}*.jsonl")
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_a_simulation_reports_dialect_and_rows_like_any_run(site):
    site.put("userimport.csv", FILE)
    site.capture()
    first, *rows, last = report_of(site, site.tick(simulate=True)["run"])
    assert (first["simulate"], first["state"], first["file"]) == (True, "simulated", "userimport.csv")
    assert first["dialect"]["separator"] == ";"
    assert [(row["line"], row["code"]) for row in rows] == [(2, "created"), (3, "error_missing_value"), (4, "updated")]
    assert last["counts"] == COUNTS


def test_a_simulation_of_a_held_or_running_file_leaves_its_run_alone(sandbox, tmp_path):
    with opened(sandbox, tmp_path, environ={"SYNC__GUARDS__USERS__CREATE__COUNT": "0"}) as site:
        site.put("userimport.csv", FILE)
        site.capture()
        held = site.tick()["run"]["run_id"]
        before = site.find_run(held)
        assert site.tick(simulate=True)["state"] == "simulated"
        assert site.find_run(held) == before


def test_a_bad_file_is_simulated_and_stays_where_it_is(site):
    site.put("userimport.csv", HEADER)
    site.capture()
    tick = site.tick(simulate=True)
    assert (tick["state"], tick["run"]["code"], site.names("quarantine")) == ("simulated", "error_empty_file", [])
    assert (site.depot / "userimport.csv").exists()


def test_a_simulation_that_moodle_fails_is_failed_and_its_file_untouched(site, sandbox):
    site.put("userimport.csv", FILE)
    site.capture()
    sandbox.control.set_state("maintenance_cli")
    before = ledger_of(site)["files"]
    tick = site.tick(simulate=True)
    assert (tick["state"], tick["run"]["state"], tick["red"]) == ("failed", "failed", True)
    assert ledger_of(site)["files"] == before


# -- files that the ledger does not know ------------------------------------------------------------------------


def fetch_from(sandbox):
    def fetch(name, out):
        path = sandbox.drop / name
        if not path.exists():
            return False
        out.write(path.read_bytes())
        return True

    return fetch


def test_a_file_that_lies_only_in_the_drop_is_read_from_there_and_left_there(sandbox, tmp_path):
    with opened(sandbox, tmp_path, fetch=fetch_from(sandbox)) as site:
        site.put("coming.csv", FILE)
        before = ledger_of(site), files_of(site)
        tick = site.tick(simulate=True, file="coming.csv")
        run, sha256 = tick["run"], hashlib.sha256(FILE.encode()).hexdigest()
        assert (tick["state"], run["counts"], run["file"], run["sha256"]) == ("simulated", COUNTS, "coming.csv", sha256)
        first = report_of(site, run)[0]
        assert (first["file"], first["sha256"], first["bytes"]) == ("coming.csv", sha256, len(FILE.encode()))
        assert first["dialect"]["separator"] == ";"
        assert site.find_run(run["run_id"]).file_id is None
        after = ledger_of(site), files_of(site)
        assert (after[1], after[0]["files"]) == (before[1], before[0]["files"])
        assert site.run("users")["state"] == "none"


def test_a_bad_file_in_the_drop_is_simulated_with_its_name_and_reason(sandbox, tmp_path):
    with opened(sandbox, tmp_path, fetch=fetch_from(sandbox)) as site:
        site.put("coming.csv", HEADER)
        run = site.tick(simulate=True, file="coming.csv")["run"]
        assert (run["state"], run["code"], run["file"]) == ("simulated", "error_empty_file", "coming.csv")


def test_a_file_that_is_nowhere_is_refused_in_a_simulation_too(sandbox, tmp_path):
    with opened(sandbox, tmp_path, fetch=fetch_from(sandbox)) as site:
        tick = site.tick(simulate=True, file="nowhere.csv")
        assert (tick["state"], tick["red"], tick["run"]["code"]) == ("refused", True, "error_no_file")


def test_a_file_that_somebody_put_into_the_depot_is_simulated_without_being_adopted(site):
    (site.depot / "hr").mkdir()
    (site.depot / "hr" / "new.csv").write_text(FILE)
    before = ledger_of(site)["files"]
    tick = site.tick(simulate=True, file="hr/new.csv")
    assert (tick["state"], tick["run"]["counts"], tick["run"]["file"]) == ("simulated", COUNTS, "new.csv")
    assert ledger_of(site)["files"] == before


def test_a_real_run_does_not_read_the_drop(sandbox, tmp_path):
    with opened(sandbox, tmp_path, fetch=fetch_from(sandbox)) as site:
        site.put("coming.csv", FILE)
        assert site.tick(file="coming.csv")["run"]["code"] == "error_no_file"
