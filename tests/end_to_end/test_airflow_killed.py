"""Airflow's own processes are killed while accounts are being made: each is made once, and the file comes to its end.

One whole Airflow for all of it, as impatient as it can be set.
"""

import os
import signal
import subprocess
import sys
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from include.sandbox.demo import stop
from sync_operators.ledger import open_ledger
from sync_operators.ledger.tables import leases
from sync_operators.plans.workplace import utc_now
from tests.end_to_end.airflow_site import airflow_site, eventually, processes_of

pytestmark = [
    pytest.mark.story,
    pytest.mark.timeout(600),
    pytest.mark.skipif(sys.platform != "linux", reason="processes are found in /proc"),
]

CREATE = "core_user_create_users"
IMPATIENT = {
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "30",
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT_DETECTION_INTERVAL": "2",
    "AIRFLOW__SCHEDULER__SCHEDULER_HEALTH_CHECK_THRESHOLD": "30",
    "AIRFLOW__SCHEDULER__ORPHANED_TASKS_CHECK_INTERVAL": "3",
    "SYNC__MOODLE__BATCH_ROWS": "2",
    "SYNC__MOODLE__CONNECTIONS": "1",
}
LEFT = ["userimport.csv", "userimport.csv", "userimport.html", "userimport.jsonl"]
UNANSWERED = 20_000  # milliseconds: longer than any of us waits


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    with airflow_site(tmp_path_factory.mktemp("killed"), IMPATIENT) as started:
        yield started
    assert processes_of(started.home) == []


class Feed:
    """A file of six accounts, its DAG run, and the task that is about to hear that the second two are made."""

    def __init__(self, site, name):
        self.site, self.name = site, name
        self.people = [f"{name}.{number}" for number in range(6)]
        site.drop("userimport.csv", "username;firstname;lastname;idnumber;email\n" + "".join(map(_line, self.people)))
        self.slow(2)
        assert site.trigger(name, command="users").status_code == 200
        self.waits()
        with _ledger(site) as ledger, ledger.read() as tx:
            held = leases.c.name.startswith("run:") & leases.c.holder.is_not(None)
            self.task = tx.scalars(select(leases.c.pid).where(held)).one()

    def slow(self, nth):
        """The n-th call from now that makes accounts is long in being answered."""
        self.site.sandbox.control.slow(UNANSWERED, of=CREATE, nth=nth, when="after")

    def waits(self):
        """Until somebody waits for that answer."""
        eventually(lambda: not self.site.sandbox.control.pending_faults(), within=300)

    def fall_silent(self):
        """All leases run out, as those of a process that was not heard of for a minute."""
        with _ledger(self.site) as ledger, ledger.write() as tx:
            tx.execute(update(leases).values(expires=utc_now() - timedelta(seconds=1)))

    def ends_well(self):
        """By Airflow's own second try, or where a busy machine was too slow for that, by one more run."""
        colour, result = self.site.erp.result("sync_users", self.name)
        if colour == "failed":
            colour, result = self.site.run(f"{self.name}-more", command="users")
        assert (colour, result["state"]) == ("success", "done"), result
        assert result["runs"][0]["counts"] == {"created": 6}
        assert self.made() == self.people
        run = result["runs"][0]["run_id"]
        folders = [self.site.depot / name for name in ("archives", "reports")]
        lying = [path.name.partition("_")[2] for folder in folders for path in folder.rglob(f"{run}_*")]
        assert sorted(name for name in lying if ".failed-" not in name) == LEFT

    def made(self):
        """The accounts of this feed by how often they were made."""
        journal = self.site.sandbox.control.journal()
        rows = [row["username"] for each in journal if each["function"] == CREATE for row in each["args"]["users"]]
        return sorted(name for name in rows if name.startswith(f"{self.name}."))


def _line(name):
    return f"{name};{name};Test;{name};{name}@example.org\n"


def _ledger(site):
    return open_ledger(f"sqlite:///{site.depot}/.ledger/ledger.sqlite3", clock=utc_now)


def _stat(pid):
    """State and parent of a process; nothing when it is gone."""
    try:
        state, parent, *_ = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return "Z", 0
    return state, int(parent)


def _ended(pid):
    return _stat(pid)[0] == "Z"


def _named(home, words):
    """The process of an Airflow home with these words in its command line."""
    (found,) = [pid for pid in processes_of(home) if words in Path(f"/proc/{pid}/cmdline").read_text().split("\0")[-2:]]
    return found


def _kill(pids):
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def test_the_task_is_killed(site):
    feed = Feed(site, "task")
    os.kill(feed.task, signal.SIGKILL)
    feed.ends_well()


def test_the_supervisor_is_killed_and_its_task_goes_with_it(site):
    feed = Feed(site, "supervisor")
    os.kill(_stat(feed.task)[1], signal.SIGKILL)
    eventually(lambda: _ended(feed.task))
    feed.ends_well()


def test_an_orphan_that_wakes_beside_its_retry_writes_nothing_more(site):
    """Supervisor and task hang until Airflow has given them up and another is at the work; then they wake."""
    feed = Feed(site, "orphan")
    hanging = (_stat(feed.task)[1], feed.task)
    for pid in hanging:
        os.kill(pid, signal.SIGSTOP)
    feed.fall_silent()
    feed.slow(1)
    feed.waits()
    for pid in hanging:
        os.kill(pid, signal.SIGCONT)
    eventually(lambda: _ended(feed.task), within=300)
    feed.ends_well()


def test_the_scheduler_is_killed_and_another_one_started(site):
    feed = Feed(site, "scheduler")
    scheduler, standalone = _named(site.home, "scheduler"), _named(site.home, "standalone")
    # Its children outlive it: one of them is at our work, and they would wait for more for ever.
    left = [pid for pid in processes_of(site.home) if _stat(pid)[1] == scheduler]
    os.kill(scheduler, signal.SIGKILL)
    _kill(set(left) - {_stat(feed.task)[1]})
    try:
        with _scheduler(standalone):
            feed.ends_well()
    finally:
        _kill(left)


@contextmanager
def _scheduler(standalone):
    """A scheduler in the environment of an Airflow, for the time of the block."""
    lines = Path(f"/proc/{standalone}/environ").read_bytes().split(b"\0")
    environment = dict(line.decode().split("=", 1) for line in lines if b"=" in line)
    command = [str(Path(sys.executable).parent / "airflow"), "scheduler"]
    with Path(environment["AIRFLOW_HOME"], "scheduler.log").open("w") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log, start_new_session=True)
        try:
            yield
        finally:
            stop(process)
