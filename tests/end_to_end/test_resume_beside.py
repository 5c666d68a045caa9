"""Several at once: a duplicated run, a retry beside an orphan. One does the work, the others find it done or stop."""

import threading
import time
from contextlib import ExitStack
from datetime import timedelta

import pytest
from sqlalchemy import update

from sync_operators import walk
from sync_operators.errors import LeaseLost
from sync_operators.ledger import operations
from sync_operators.ledger.tables import leases, metadata
from sync_operators.plans import choosing
from sync_operators.plans.request import Request
from tests.end_to_end.site import site as open_site

CREATE, LOOK = "core_user_create_users", "core_user_get_users_by_field"
NAMES = [f"new.{n}" for n in range(6)]
FILE = "username;firstname;lastname;idnumber;email\n" + "".join(
    f"{name};New;One;{name};{name}@example.org\n" for name in NAMES
)
ENVIRON = {"SYNC__MOODLE__BATCH_ROWS": "2", "SYNC__MOODLE__CONNECTIONS": "1"}


@pytest.fixture(params=["sqlite", "postgresql"])
def sites(sandbox, tmp_path, request):
    """Two processes' worth of walks over one depot and ledger."""
    parts = {"ledger": request.getfixturevalue("database")} if request.param == "postgresql" else {}
    parts |= {"environ": ENVIRON, "sleep": lambda seconds: time.sleep(min(seconds, 0.05))}
    with ExitStack() as stack:
        made = [stack.enter_context(open_site(sandbox, tmp_path, **parts)) for _ in range(2)]
        yield made
        _emptied(made[0])


def _emptied(site):
    with site.work.ledger.write() as tx:
        for table in reversed(metadata.sorted_tables):
            tx.execute(table.delete())


def created(sandbox):
    return sorted(
        row["username"]
        for entry in sandbox.control.journal()
        if entry["function"] == CREATE
        for row in entry["args"]["users"]
    )


def put(site):
    site.put("userimport.csv", FILE)
    site.capture()


class Beside(threading.Thread):
    """Something that goes on beside the test; what it came to, or what it raised."""

    def __init__(self, work):
        super().__init__(daemon=True)
        self._work, self.result, self.error = work, None, None
        self.start()

    def run(self):
        try:
            self.result = self._work()
        except Exception as error:  # noqa: BLE001  (told to the test)
            self.error = error

    def ended(self):
        self.join(60)
        assert not self.is_alive()
        return self


def silence(site):
    """All leases run out, as those of a process that was suspended for a minute."""
    with site.work.ledger.write() as tx:
        tx.execute(update(leases).values(expires=site.work.clock() - timedelta(seconds=1)))


def wait_for(condition):
    for _ in range(600):
        if condition():
            return
        time.sleep(0.02)
    raise AssertionError("it never came")


def test_two_runs_that_start_at_once_do_the_work_once(sites, sandbox):
    put(sites[0])
    sandbox.control.set_answer_delay(20)
    both = [Beside(site.tick) for site in sites]
    told = [each.ended().result["run"] for each in both]
    assert [each.error for each in both] == [None, None]
    assert told[0]["run_id"] == told[1]["run_id"]
    assert [each["state"] for each in told] == ["done", "done"]
    assert created(sandbox) == NAMES
    assert sites[0].names("archives") == ["userimport.csv"]
    assert len(sites[0].names("reports")) == 3


def test_a_file_that_another_run_has_finished_meanwhile_is_not_begun_again(sites, sandbox):
    put(sites[0])
    chosen = choosing._next(sites[1].work, Request("users"))
    sites[0].tick()
    assert choosing._begin(sites[1].work, Request("users"), chosen) is None
    assert walk.plan(sites[1].work, Request("users")) is None


@pytest.mark.parametrize("when", ["before", "after"])
def test_an_orphan_beside_its_retry_stops_and_nothing_is_written_twice(sites, sandbox, when):
    put(sites[0])
    run_id = walk.plan(sites[0].work, Request("users")).run_id
    walk.gate(sites[0].work, run_id)
    sandbox.control.slow(1500, of=CREATE, when=when)
    orphan = Beside(lambda: walk.apply(sites[0].work, run_id))
    wait_for(lambda: not sandbox.control.pending_faults())
    silence(sites[1])
    walk.apply(sites[1].work, run_id)
    assert walk.close(sites[1].work, run_id).state == "done"
    assert isinstance(orphan.ended().error, LeaseLost)
    assert created(sandbox) == NAMES
    assert sites[1].find_run(run_id).state == "done"


def test_an_orphan_that_plans_beside_its_retry_adds_nothing_to_the_plan(sites, sandbox):
    put(sites[0])
    sandbox.control.slow(4000, of=LOOK)
    orphan = Beside(lambda: walk.plan(sites[0].work, Request("users")))
    wait_for(lambda: not sandbox.control.pending_faults())
    silence(sites[1])
    step = walk.plan(sites[1].work, Request("users"))
    assert isinstance(orphan.ended().error, LeaseLost)
    with sites[1].work.ledger.read() as tx:
        assert operations.digest(tx, step.run_id) == step.digest
        assert operations.count_verbs(tx, step.run_id) == {"create": 6}


def test_the_failure_of_an_orphan_is_not_written_over_what_its_retry_did(sites, sandbox):
    put(sites[0])
    run_id = walk.plan(sites[0].work, Request("users")).run_id
    walk.gate(sites[0].work, run_id)
    sandbox.control.slow(1500, of=CREATE)
    sandbox.control.revoke_token()
    orphan = Beside(lambda: walk.apply(sites[0].work, run_id))
    wait_for(lambda: not sandbox.control.pending_faults())
    sandbox.control.restore_token()
    silence(sites[1])
    walk.apply(sites[1].work, run_id)
    sandbox.control.revoke_token()
    orphan.ended()
    sandbox.control.restore_token()
    assert walk.close(sites[1].work, run_id).state == "done"
