"""What goes when: products by their stamp, details by the ledger; what is still needed never does."""

import pytest
from sqlalchemy import event, func, select

from sync_operators.ledger import events, files, operations
from sync_operators.ledger.tables import applied_rows, metadata
from sync_operators.plans.retention import retain
from tests.end_to_end.later import later
from tests.end_to_end.site import site as open_site

HEADER = "username;firstname;lastname;idnumber;email"
MIXED = f"{HEADER}\nnew.1;New;One;N1;new.1@example.org\nnew.2;New;Two;N2;no-address\n"
SECRET = f"{HEADER};password\nnew.1;New;One;N1;no-address;Hidden-word-1\n"
REFUSED = "username;nonsense\na;b\n"
REFUSED_SECRET = "username;password;nonsense\na;Hidden-word-1;b\n"
HOLD = {"SYNC__GUARDS__USERS__CREATE__COUNT": "0"}


def kinds(site):
    """The folders of the files that there are."""
    found = [path.relative_to(site.depot) for path in site.depot.rglob("*") if path.is_file()]
    return sorted(path.parts[0] if len(path.parts) > 1 else path.name for path in found if path.parts[0] != ".ledger")


def state_of(site, run):
    with site.work.ledger.read() as tx:
        return files.get(tx, site.find_run(run["run_id"]).file_id)


def rows_in(site):
    with site.work.ledger.read() as tx:
        tables = ("rows", "operations", "dag_runs", "runs")
        return {name: tx.execute(select(func.count()).select_from(metadata.tables[name])).scalar() for name in tables}


def went(site, days):
    return retain(later(site.work, days), simulate=False).counts


PRODUCTS = {
    "nothing in time": (MIXED, {}, 6, {}),
    "archives": (MIXED, {"archives_days": 5}, 6, {"archives": 1}),
    "reports": (MIXED, {"reports_days": 5}, 6, {"reports": 3}),
    "tryback and why": (MIXED, {"tryback_days": 5}, 6, {"tryback": 2}),
    "undo": (MIXED, {"undo_days": 5}, 6, {"undo": 1}),
    "0 is for ever": (MIXED, {"archives_days": 0, "reports_days": 0, "tryback_days": 0, "undo_days": 0}, 399, {}),
    "copies with passwords": (SECRET, {}, 8, {"archives": 1, "tryback": 2}),
    "copies with passwords, in time": (SECRET, {}, 6, {}),
    "copies with passwords, for ever": (SECRET, {"secrets_days": 0}, 89, {}),
    "quarantine": (REFUSED, {"quarantine_days": 5}, 6, {"quarantine": 2}),
    "quarantine, in time": (REFUSED, {}, 8, {}),
    "quarantine with passwords that nobody read": (REFUSED_SECRET, {}, 8, {"quarantine": 1}),
}


@pytest.mark.parametrize(("content", "settings", "days", "gone"), PRODUCTS.values(), ids=PRODUCTS)
def test_products_go_by_their_stamp(sandbox, tmp_path, content, settings, days, gone):
    environ = {f"SYNC__RETENTION__{name.upper()}": str(value) for name, value in settings.items()}
    with open_site(sandbox, tmp_path, environ=environ) as site:
        site.deliver("userimport.csv", content)
        before = kinds(site)
        counts = went(site, days)
        # What is undone, and how, is told elsewhere: only that it goes in time.
        gone = {**gone, "undo": before.count("undo")} if "undo" in gone else gone
        assert {kind: counts.get(kind, 0) for kind in {*counts, *gone}} == gone
        left = kinds(site)
        assert {kind: before.count(kind) - left.count(kind) for kind in gone} == gone


def test_a_swept_input_is_gone_in_the_ledger_and_every_run_tells_what_went(site):
    run = site.deliver("userimport.csv", MIXED)
    went(site, 91)
    version = state_of(site, run)
    assert (version.state, version.place) == ("gone", None)
    with site.work.ledger.read() as tx:
        swept = [each for each in events.of_run(tx, run["run_id"]) if each.what == "swept"]
    assert sum(len(each.detail["places"]) for each in swept) >= 6
    assert went(site, 91) == {}


def test_what_waits_or_is_held_stays_however_old(sandbox, tmp_path):
    with open_site(sandbox, tmp_path, environ=HOLD) as site:
        held = site.deliver("userimport.csv", MIXED)
        site.put("userimport.csv", MIXED)
        site.put("cohorts.csv", "x")
        site.capture()
        assert (held["state"], went(site, 5000)) == ("held", {})
        assert kinds(site) == [".queued", "cohorts.csv", "reports", "reports", "reports", "userimport.csv"]


def test_a_tryback_that_waits_to_be_run_stays(site):
    run = site.deliver("userimport.csv", MIXED)
    with site.work.ledger.write() as tx:
        files.add(
            tx, folder="tryback", name="t.csv", place=run["tryback"], sha256="0", size=1, origin="adopted",
            at=site.work.clock(), state="waiting",
        )  # fmt: skip
    assert went(site, 91)["tryback"] == 1
    assert (site.depot / run["tryback"]).exists()


def test_what_people_put_into_our_folders_stays(site):
    for folder in ("archives", "reports/2001/01", "in"):
        (site.depot / folder).mkdir(parents=True, exist_ok=True)
        for name in ("notes.txt", "2001-01-01_userimport.csv", "20010101T000000Z.csv"):
            (site.depot / folder / name).write_text("mine")
    (site.depot / "in" / "20010101T000000Z-a1b2c3_mine.csv").write_text("mine")
    assert (went(site, 91), len(kinds(site))) == ({}, 10)


def test_a_product_that_no_run_knows_goes_by_its_stamp(site):
    folder = site.depot / "reports" / "2001" / "01"
    folder.mkdir(parents=True)
    (folder / "20010101T000000Z-a1b2c3_userimport.html").write_text("old")
    assert went(site, 0) == {"reports": 1}


def test_temporary_files_of_ours_go_after_a_day_and_no_others(site):
    for name in (".tmp-0123456789abcdef", "in/.tmp-0123456789abcdef", ".tmp-mine", "in/x.tmp"):
        path = site.depot / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("half")
    assert went(site, 0.9) == {}
    assert went(site, 1.1) == {"temporary": 2}
    assert kinds(site) == [".tmp-mine", "in"]


def test_copies_with_passwords_go_first(site):
    site.deliver("userimport.csv", MIXED)
    site.deliver("userimport.csv", SECRET)
    swept = retain(later(site.work, 91), simulate=False)
    assert [each.is_secret for each in swept.files] == sorted((each.is_secret for each in swept.files), reverse=True)
    assert sum(each.is_secret for each in swept.files) == 3


def test_a_simulation_tells_what_would_go_and_changes_nothing(site):
    site.deliver("userimport.csv", MIXED)
    site.deliver("userimport.csv", MIXED, simulate=True)
    before, held = kinds(site), rows_in(site)
    would = retain(later(site.work, 500), simulate=True)
    assert (kinds(site), rows_in(site)) == (before, held)
    # What the sweep itself has just told of so old a run goes with the rest.
    did = retain(later(site.work, 500), simulate=False)
    assert {**did.counts, "events": 0} == {**would.counts, "events": 0}
    assert would.as_dict()["left_out"] == 0
    assert would.lines()[0].split() == ["would", "go", "number", "bytes"]


def test_details_go_with_ledger_days_and_the_run_keeps_its_counts(site):
    run = site.deliver("userimport.csv", MIXED)
    before = site.find_run(run["run_id"])
    assert not {"rows", "operations", "events"} & went(site, 399).keys()
    counts = went(site, 401)
    assert (counts["rows"], counts["operations"]) == (2, 1)
    assert site.find_run(run["run_id"]) == before
    with site.work.ledger.read() as tx:
        assert (list(operations.rows(tx, run["run_id"])), events.of_run(tx, run["run_id"])) == ([], [])


def test_details_of_a_held_run_stay(sandbox, tmp_path):
    with open_site(sandbox, tmp_path, environ=HOLD) as site:
        site.deliver("userimport.csv", MIXED)
        before = rows_in(site)
        assert (went(site, 5000), rows_in(site)) == ({}, before)


def test_a_simulation_goes_whole_after_its_days(site):
    site.deliver("userimport.csv", MIXED, simulate=True)
    assert went(site, 6) == {}
    assert went(site, 8)["simulations"] == 1
    assert rows_in(site) == {"rows": 0, "operations": 0, "dag_runs": 0, "runs": 0}


def test_what_was_applied_is_remembered_and_not_even_read(site):
    site.deliver("userimport.csv", MIXED)
    asked = []
    event.listen(site.work.ledger.engine, "before_cursor_execute", lambda *told: asked.append(told[2]))
    went(site, 5000)
    assert asked
    assert [one for one in asked if "applied_" in one or "members_added" in one or "pictures" in one] == []
    with site.work.ledger.read() as tx:
        assert tx.execute(select(func.count()).select_from(applied_rows)).scalar() == 1
    site.put("userimport.csv", MIXED)
    site.capture()
    writes = site.sandbox.control.counts().writes
    assert site.run("users")["runs"][0]["counts"] == {"error_invalid_value": 1, "unchanged": 1}
    assert site.sandbox.control.counts().writes == writes
