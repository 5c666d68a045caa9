"""Old products leave a depot of either kind; what a crash leaves between ledger and file goes the next time."""

import io
import os
import signal
import sys
from datetime import timedelta

import pytest

from sync_operators.depot.retention import Limits, Retention
from sync_operators.ledger import events, files, open_ledger

OLD, YOUNG = "20260101T000000Z-a1b2c3_userimport", "20261121T000000Z-a1b2c3_userimport"
KINDS = ("archives", "reports", "tryback", "quarantine", "undo")


@pytest.fixture
def retention(depot, ledger, clock):
    return over(depot, ledger, clock)


def over(depot, ledger, clock, **limits):
    by_kind = dict.fromkeys(KINDS, clock() - timedelta(days=90)) | limits
    return Retention(ledger, depot, "test", Limits(clock(), by_kind, None), lambda _: False)


def put(depot, *places):
    for place in places:
        depot.put(place, io.BytesIO(b"old"))


def known(ledger, clock, place, state="done"):
    with ledger.write() as tx:
        name = place.rpartition("/")[2]
        return files.add(
            tx, folder="", name=name, place=place, sha256="0", size=3, origin="drop", at=clock(), state=state
        ).id


def swept(retention):
    doomed = retention.doomed()
    retention.sweep(doomed)
    return sorted(each.place for each in doomed)


@pytest.mark.parametrize("kind", KINDS)
def test_a_product_goes_by_its_stamp_in_whatever_folder_of_its_kind(retention, depot, kind):
    put(depot, f"{kind}/2026/01/{OLD}.csv", f"{kind}/2026/01/in/{OLD}.csv", f"{kind}/2026/11/{YOUNG}.csv")
    assert swept(retention) == sorted([f"{kind}/2026/01/in/{OLD}.csv", f"{kind}/2026/01/{OLD}.csv"])
    assert not depot.exists(f"{kind}/2026/01/{OLD}.csv")
    assert depot.exists(f"{kind}/2026/11/{YOUNG}.csv")


def test_a_kind_without_a_limit_stays(depot, ledger, clock):
    put(depot, f"archives/2026/01/{OLD}.csv", f"undo/2026/01/{OLD}.csv")
    assert swept(over(depot, ledger, clock, archives=None)) == [f"undo/2026/01/{OLD}.csv"]


def test_the_same_name_elsewhere_is_not_ours(retention, depot):
    put(depot, f"{OLD}.csv", f"in/{OLD}.csv", f".queued/{OLD}.csv", "archives/20269999T999999Z.csv")
    assert swept(retention) == []


@pytest.mark.parametrize("state", ["waiting", "queued", "bundled", "running", "held"])
def test_what_the_ledger_has_still_use_for_stays(retention, depot, ledger, clock, state):
    place = f"archives/2026/01/{OLD}.csv"
    put(depot, place)
    known(ledger, clock, place, state)
    assert swept(retention) == []


def test_what_is_being_moved_stays(retention, depot, ledger, clock):
    place = f"archives/2026/01/{OLD}.csv"
    put(depot, place, "userimport.csv")
    file_id = known(ledger, clock, "userimport.csv", "done")
    with ledger.write() as tx:
        files.change(tx, file_id, moving_to=place)
    assert swept(retention) == []


def test_the_ledger_says_that_a_swept_input_is_gone(retention, depot, ledger, clock):
    place = f"quarantine/2026/01/{OLD}.csv"
    put(depot, place)
    file_id = known(ledger, clock, place, "quarantined")
    assert swept(retention) == [place]
    with ledger.read() as tx:
        assert (files.get(tx, file_id).state, files.get(tx, file_id).place) == ("gone", None)
        assert [(each.what, each.detail) for each in events.of_file(tx, file_id)] == [("swept", {"places": [place]})]


@pytest.mark.parametrize("at", ["commit", "remove"])
def test_a_sweep_that_is_killed_is_gone_on_with(root, local_depot, ledger, clock, at):
    places = [f"archives/2026/01/{OLD}{number}.csv" for number in range(3)]
    put(local_depot, *places)
    ids = [known(ledger, clock, place) for place in places]
    pid = os.fork()
    if pid == 0:
        _killed(root, ledger.engine.url, local_depot, clock, at)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == -signal.SIGKILL
    assert local_depot.exists(places[-1])
    assert set(swept(over(local_depot, ledger, clock))) >= {places[-1]}
    with ledger.read() as tx:
        assert [files.get(tx, file_id).state for file_id in ids] == ["gone"] * 3
        assert [len(events.of_file(tx, file_id)) for file_id in ids] == [1] * 3
    assert [place for place in places if local_depot.exists(place)] == []


def _killed(root, url, depot, clock, at):
    seen = []

    def audit(name, args):
        if name == "os.remove" and str(args[0]).startswith(str(root)):
            seen.append(name)
            if len(seen) == (1 if at == "commit" else 2):
                os.kill(os.getpid(), signal.SIGKILL)

    with open_ledger(str(url), clock=clock) as ledger:
        retention = over(depot, ledger, clock)
        doomed = retention.doomed()
        sys.addaudithook(audit)
        retention.sweep(doomed)
    os._exit(0)
