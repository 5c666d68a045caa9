"""What an ERP finds in the drop when its file has had its run, and what it never finds there."""

import asyncio
import json
import os
import re
import signal
import zipfile

import pytest
from sqlalchemy import event

from include.sandbox.demo import connections
from sync_operators import walk
from sync_operators.hooks.way_back import give_back, sweep
from sync_operators.ledger import answers, events
from tests.end_to_end.later import later
from tests.end_to_end.pictures import image, zipped
from tests.end_to_end.site import open_work
from tests.end_to_end.site import site as open_site
from tests.end_to_end.walker import answer

HEADER = "username;firstname;lastname;idnumber;email"
GOOD = f"{HEADER}\nnew.1;New;One;N1;new.1@example.org\n"
MIXED = f"{GOOD}new.2;New;Two;N2;no-address\n"
SECRET = f"{HEADER};password\nnew.1;New;One;N1;no-address;Hidden-word-1\n"
STAMP = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{6}")
REPORTS = ["_report_userimport_STAMP.html", "_report_userimport_STAMP.jsonl"]
TRYBACK = "_tryback_userimport_STAMP.csv"
HOLD = {"SYNC__GUARDS__USERS__CREATE__COUNT": "0"}


@pytest.fixture(autouse=True)
def drop_connection(sandbox, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("AIRFLOW_CONN_SYNC_DROP", connections(sandbox, tmp_path)["AIRFLOW_CONN_SYNC_DROP"])


def in_drop(site):
    return sorted(STAMP.sub("STAMP", path.name) for path in site.sandbox.drop.iterdir())


def answered(site, name, content, command="users", **wishes):
    """A file's run, what the ERP is told of it, and then the way back."""
    run = site.deliver(name, content, command, **wishes)
    give_back(site.work)
    return run


def whole(site, run):
    """Whether the answers in the drop are the products in the depot, to the last byte."""
    stem = f"userimport_{run['run_id']}"
    report = (site.depot / run["report"]).with_suffix("")
    pairs = {f"_tryback_{stem}.csv": site.depot / run["tryback"]}
    pairs |= {f"_report_{stem}{suffix}": report.with_suffix(suffix) for suffix in (".html", ".jsonl")}
    return all((site.sandbox.drop / name).read_bytes() == path.read_bytes() for name, path in pairs.items())


def told(site, what):
    with site.work.ledger.read() as tx:
        return events.of_kind(tx, what)


def still_owed(site):
    with site.work.ledger.read() as tx:
        return len(answers.owed(tx, 100))


@pytest.mark.parametrize(
    ("content", "left"),
    [
        (GOOD, REPORTS),
        (MIXED, [*REPORTS, TRYBACK]),
        (SECRET, REPORTS),
        ("username;firstname;nonsense\na;b;c\n", REPORTS),
        ("", REPORTS),
    ],
    ids=["well", "refused rows", "refused rows with passwords", "bad header", "empty"],
)
def test_a_run_leaves_its_reports_in_the_drop_and_the_refused_rows_unless_they_hold_passwords(site, content, left):
    run = answered(site, "userimport.csv", content)
    assert in_drop(site) == left
    assert {STAMP.search(path.name)[0] for path in site.sandbox.drop.iterdir()} == {run["run_id"]}
    (first, *_) = (site.sandbox.drop / f"_report_userimport_{run['run_id']}.jsonl").read_text().splitlines()
    assert (json.loads(first)["state"], json.loads(first).get("tryback")) == (run["state"], run["tryback"])
    assert all("Hidden-word" not in path.read_text() for path in site.sandbox.drop.iterdir())


def test_an_answer_is_the_product_in_the_depot_byte_for_byte(site):
    run = answered(site, "userimport.csv", MIXED)
    assert whole(site, run)
    assert run["tryback"] in (site.depot / run["report"]).read_text()


def test_pictures_come_back_as_a_zip(open_pictures):
    pictures = open_pictures()
    pictures.send({"zoe.png": image(), "nobody.png": image()})
    give_back(pictures.site.work)
    (name,) = pictures.sandbox.drop.glob("_tryback_userpictures_a_*.zip")
    assert zipfile.ZipFile(name).namelist() == ["nobody.png"]


def test_our_own_files_are_never_captured_and_never_answered(site):
    answered(site, "userimport.csv", MIXED)
    before = in_drop(site)
    assert site.capture() == {"ignored_underscore": 3}
    give_back(site.work)
    assert in_drop(site) == before


def test_an_answer_lies_beside_its_file(sandbox, tmp_path):
    with open_site(sandbox, tmp_path, environ={"SYNC__DROP__FOLDERS": "[in]", "SYNC__USERS__FILE": "in/a.csv"}) as site:
        (sandbox.drop / "in").mkdir()
        answered(site, "in/a.csv", GOOD)
        assert sorted(STAMP.sub("STAMP", path.name) for path in (sandbox.drop / "in").iterdir()) == [
            "_report_a_STAMP.html", "_report_a_STAMP.jsonl",
        ]  # fmt: skip


def test_the_longest_name_has_an_answer_too(sandbox, tmp_path):
    name = "ü" * 98 + ".csv"
    with open_site(sandbox, tmp_path, environ={"SYNC__USERS__FILE": name}) as site:
        answered(site, name, MIXED)
        assert [path.suffix for path in sorted(sandbox.drop.iterdir())] == [".html", ".jsonl", ".csv"]


def test_what_a_capture_puts_into_quarantine_is_told_with_the_reason(site):
    site.put("bundle_1.zip", b"PK\x03\x04 no zip")
    site.capture()
    give_back(site.work)
    assert in_drop(site) == ["_why_bundle_1_STAMP.txt"]
    (why,) = site.sandbox.drop.iterdir()
    assert why.read_bytes() == next((site.depot / "quarantine").rglob("*.why.txt")).read_bytes()
    why.unlink()
    give_back(site.work)
    assert in_drop(site) == []


def test_files_of_a_bundle_are_answered_one_by_one(site):
    site.put("bundle_1.zip", zipped({"userimport.csv": GOOD.encode()}))
    site.capture()
    with site.work.ledger.write() as tx:
        tx.exec_driver_sql("UPDATE files SET state = 'waiting' WHERE state = 'bundled'")
    site.run("users")
    give_back(site.work)
    assert in_drop(site) == REPORTS


@pytest.mark.parametrize("environ", [{}, HOLD], ids=["simulated", "held"])
def test_neither_a_simulation_nor_a_held_plan_is_answered(sandbox, tmp_path, environ):
    with open_site(sandbox, tmp_path, environ=environ) as site:
        run = answered(site, "userimport.csv", GOOD, simulate=not environ)
        assert (run["state"], in_drop(site)) == ("held" if environ else "simulated", [])


def test_a_rejected_plan_is_answered(sandbox, tmp_path):
    with open_site(sandbox, tmp_path, environ=HOLD) as site:
        run = answered(site, "userimport.csv", GOOD)
        walk.decide(site.work, run["run_id"], approved=False, who="ann", reason="too many")
        site.tick(answered=run["run_id"])
        give_back(site.work)
        assert in_drop(site) == REPORTS


def test_a_file_that_a_person_has_put_into_the_depot_is_not_answered(site):
    (site.depot / "userimport.csv").write_text(MIXED)
    assert site.run("users")["state"] == "done_with_errors"
    give_back(site.work)
    assert (in_drop(site), still_owed(site)) == ([], 0)


def test_nothing_is_written_where_the_setting_says_so(sandbox, tmp_path):
    with open_site(sandbox, tmp_path, environ={"SYNC__DROP__WRITE_BACK": "false"}) as site:
        answered(site, "userimport.csv", MIXED)
        assert (in_drop(site), still_owed(site)) == ([], 0)


def test_the_drop_is_not_opened_when_nothing_is_owed(site, monkeypatch):
    answered(site, "userimport.csv", GOOD)
    monkeypatch.delenv("AIRFLOW_CONN_SYNC_DROP")
    give_back(site.work)
    assert told(site, "answer_put_off") == []


def test_a_drop_that_cannot_be_written_is_told_once_and_answered_later(site):
    site.deliver("userimport.csv", MIXED)
    site.sandbox.control.set_read_only()
    for _ in range(3):
        give_back(site.work)
    assert (in_drop(site), len(told(site, "answer_put_off")), still_owed(site)) == ([], 1, 3)
    site.sandbox.control.set_read_only(on=False)
    give_back(site.work)
    assert (in_drop(site), still_owed(site)) == ([*REPORTS, TRYBACK], 0)


def test_a_drop_that_cannot_be_reached_is_told_once_and_answered_later(site, monkeypatch, sandbox, tmp_path):
    there = os.environ["AIRFLOW_CONN_SYNC_DROP"]
    monkeypatch.setenv("AIRFLOW_CONN_SYNC_DROP", json.dumps(json.loads(there) | {"port": 1}))
    assert answered(site, "userimport.csv", GOOD)["state"] == "done"
    give_back(site.work)
    (put_off,) = told(site, "answer_put_off")
    assert put_off.detail["reason"].startswith("drop: no connection")
    monkeypatch.setenv("AIRFLOW_CONN_SYNC_DROP", there)
    give_back(site.work)
    assert in_drop(site) == REPORTS


def test_one_answer_that_is_refused_keeps_no_other_back_for_long(sandbox, tmp_path):
    with open_site(sandbox, tmp_path, environ={"SYNC__DROP__FOLDERS": "[in]", "SYNC__USERS__FILE": "in/a.csv"}) as site:
        (sandbox.drop / "in").mkdir()
        site.deliver("in/a.csv", GOOD)
        (sandbox.drop / "in").rmdir()
        site.put("bundle_1.zip", b"no zip")
        site.capture()
        for _ in range(3):
            give_back(site.work)
        assert in_drop(site) == ["_why_bundle_1_STAMP.txt"]


COMMITS, ANSWERS = 9, 3
REQUESTS = ANSWERS * len(("look", "open", "write", "close", "rename"))
# A look for what is not there is refused: there is no moment after its effect.
EFFECTS = {"before": range(1, REQUESTS + 1), "after": [nth for nth in range(1, REQUESTS + 1) if nth % 5 != 1]}


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_line_that_breaks_at_some_requests_leaves_every_answer_once(site, chosen, when):
    _break_line(site, when, chosen(range(1, REQUESTS + 1), count=3))


@pytest.mark.torture
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_line_that_breaks_at_any_request_leaves_every_answer_once(site, when):
    _break_line(site, when, range(1, REQUESTS + 1))


def _break_line(site, when, requests):
    for nth in requests:
        for path in site.sandbox.drop.iterdir():
            path.unlink()
        run = site.deliver("userimport.csv", MIXED, mode="reconcile")
        site.sandbox.control.drop_request(nth=nth, when=when)
        give_back(site.work)
        site.sandbox.control.clear_drop_faults()
        assert {name for name in in_drop(site) if name.startswith("_")} <= {*REPORTS, TRYBACK}
        give_back(site.work)
        assert (nth, in_drop(site)) == (nth, [*REPORTS, TRYBACK])
        assert whole(site, run)
    assert len(told(site, "answered")) == 3 * len(requests)


@pytest.mark.parametrize("at", [2, 3])
def test_a_process_that_is_killed_at_some_commit_leaves_every_answer_once(site, at):
    assert _killed(site, at)


@pytest.mark.torture
@pytest.mark.parametrize("at", range(1, COMMITS + 1))
def test_a_process_that_is_killed_at_any_commit_leaves_every_answer_once(site, at):
    assert _killed(site, at) or at > 5


def _killed(site, at):
    site.deliver("userimport.csv", MIXED)
    pid = os.fork()
    if pid == 0:
        _die_at_commit(site, at)
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    give_back(site.work)
    assert in_drop(site) == [*REPORTS, TRYBACK]
    assert len(told(site, "answered")) == 3
    return status == -signal.SIGKILL


def _die_at_commit(site, at):
    seen = []

    def count(connection):
        if connection.get_execution_options().get("writes"):
            seen.append(1)
            if len(seen) == at:
                os.kill(os.getpid(), signal.SIGKILL)

    with open_work(site.sandbox, site.folder) as work:
        event.listen(work.ledger.engine, "commit", count)
        give_back(work)
    os._exit(0)


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_process_that_is_killed_at_some_requests_leaves_every_answer_once(site, chosen, when):
    _kill_at_requests(site, when, chosen(EFFECTS[when], count=2))


@pytest.mark.torture
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_process_that_is_killed_at_any_request_leaves_every_answer_once(site, when):
    _kill_at_requests(site, when, EFFECTS[when])


def _kill_at_requests(site, when, requests):
    """After each kill, and one more way back, all answers are there, whole and told once."""
    for kills, nth in enumerate(requests, 1):
        for path in site.sandbox.drop.iterdir():
            path.unlink()
        run = site.deliver("userimport.csv", MIXED, mode="reconcile")
        assert _dies_at_request(site, nth, when)
        assert {name for name in in_drop(site) if name.startswith("_")} <= {*REPORTS, TRYBACK}
        give_back(site.work)
        assert (nth, in_drop(site)) == (nth, [*REPORTS, TRYBACK])
        assert whole(site, run)
        assert len(told(site, "answered")) == ANSWERS * kills


def _dies_at_request(site, nth, when):
    gate, opened = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.read(gate, 1)
            with open_site(site.sandbox, site.folder) as ours:
                # Without the hook: what it asks Airflow in threads does not outlive a fork.
                asyncio.run(answer(ours))
        finally:
            os._exit(0)
    site.sandbox.control.kill_requester(pid, nth=nth, when=when)
    os.write(opened, b"1")
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    site.sandbox.control.clear_drop_faults()
    os.close(gate)
    os.close(opened)
    return status == -signal.SIGKILL


@pytest.mark.parametrize(("days", "gone"), [(13, False), (15, True)])
def test_answers_go_from_the_drop_after_a_number_of_days(site, days, gone):
    answered(site, "userimport.csv", MIXED)
    swept = sweep(later(site.work, days), simulate=False)
    assert (len(swept), in_drop(site)) == ((3, []) if gone else (0, [*REPORTS, TRYBACK]))
    assert len(told(site, "swept")) == gone


def test_a_simulated_sweep_says_what_would_go_and_an_answer_that_is_gone_already_is_no_fault(site):
    answered(site, "userimport.csv", GOOD)
    then = later(site.work, 15)
    assert len(sweep(then, simulate=True)) == len(in_drop(site)) == 2
    next(site.sandbox.drop.iterdir()).unlink()
    assert len(sweep(then, simulate=False)) == 2
    assert (in_drop(site), sweep(then, simulate=False)) == ([], [])


def test_a_drop_that_lets_nothing_be_deleted_is_swept_later(site):
    answered(site, "userimport.csv", GOOD)
    site.sandbox.control.set_read_only()
    assert sweep(later(site.work, 15), simulate=False) == []
    site.sandbox.control.set_read_only(on=False)
    assert len(sweep(later(site.work, 15), simulate=False)) == 2


def test_what_was_owed_in_vain_for_so_long_is_not_owed_any_more(site):
    site.deliver("userimport.csv", GOOD)
    assert len(sweep(later(site.work, 15), simulate=False)) == 2
    give_back(site.work)
    assert (in_drop(site), still_owed(site)) == ([], 0)
