import signal

import pytest

from sync_operators import walk
from sync_operators.errors import WorldError
from sync_operators.ledger import operations
from sync_operators.plans.request import Request
from tests.end_to_end.site import site as open_site

ROWS = "username;firstname;lastname;idnumber;email\n" + "".join(
    f"user{n};First{n};Last{n};T{n};user{n}@example.org\n" for n in range(6)
)


@pytest.fixture
def site(sandbox, tmp_path):
    environ = {"SYNC__MOODLE__BATCH_ROWS": "1", "SYNC__MOODLE__CONNECTIONS": "2"}
    with open_site(sandbox, tmp_path, environ=environ) as opened:
        yield opened


def _stop_after(seconds):
    def stop(*_):
        raise TimeoutError("stopped")

    signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)


@pytest.fixture(autouse=True)
def _calm():
    before = signal.getsignal(signal.SIGALRM)
    yield
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


def test_a_step_that_is_stopped_sends_nothing_more_and_knows_what_it_sent(sandbox, site):
    """As Airflow stops a task at its timeout: by an exception in the midst of waiting."""
    site.put("userimport.csv", ROWS)
    site.capture()
    step = walk.plan(site.work, Request("users", dag_id="test", dag_run_id="1"))
    walk.gate(site.work, step.run_id)
    sandbox.control.set_answer_delay(3000)
    _stop_after(1.5)
    with pytest.raises(TimeoutError):
        walk.apply(site.work, step.run_id)
    sandbox.control.set_answer_delay(0)
    assert sandbox.control.counts().by_function["core_user_create_users"] == 2
    with site.work.ledger.read() as tx:
        assert operations.sent(tx, step.run_id) == []
    walk.apply(site.work, step.run_id)
    walk.close(site.work, step.run_id)
    assert site.outcomes(step.run_id) == [(line, "created") for line in range(2, 8)]
    assert len(sandbox.control.journal()) == 6


def test_an_answer_that_came_is_written_down_though_the_next_batch_cannot_be_made(sandbox, site):
    """The sixth account's password is read from the file when answers are there to others; the file has changed."""
    rows = ROWS.replace("email\n", "email;password\n").replace("example.org\n", "example.org;\n")
    site.put("userimport.csv", rows.replace("user5@example.org;", "user5@example.org;Right-Pass-5!"))
    site.capture()
    step = walk.plan(site.work, Request("users", dag_id="test", dag_run_id="1"))
    walk.gate(site.work, step.run_id)
    captured = (site.depot / "userimport.csv").read_bytes()
    (site.depot / "userimport.csv").write_text(ROWS)
    with pytest.raises(WorldError, match="is no longer the file that was captured"):
        walk.apply(site.work, step.run_id)
    made = sandbox.control.counts().by_function["core_user_create_users"]
    with site.work.ledger.read() as tx:
        assert (operations.sent(tx, step.run_id), operations.count_open(tx, step.run_id)) == ([], 6 - made)
    (site.depot / "userimport.csv").write_bytes(captured)
    walk.apply(site.work, step.run_id)
    walk.close(site.work, step.run_id)
    assert site.outcomes(step.run_id) == [(line, "created") for line in range(2, 8)]
    assert len(sandbox.control.journal()) == 6
