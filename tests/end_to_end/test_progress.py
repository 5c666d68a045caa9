"""While a run goes on, the ledger says how far it has come; when it rests, nothing of that is left."""

import logging

import pytest

from sync_operators import walk
from sync_operators.plans.request import Request
from tests.end_to_end.site import site as open_site

HEADER = "username;firstname;lastname;idnumber;email\n"
ROWS = HEADER + "".join(f"far.{n};Far;No {n};F{n:03};far.{n}@example.org\n" for n in range(12))


class Watch(logging.Handler):
    """Looks into the ledger at each call that is answered."""

    def __init__(self, site, run_id):
        super().__init__()
        self._site, self._run_id, self.seen = site, run_id, []

    def emit(self, record):
        if record.getMessage().startswith("call: "):
            self.seen.append(self._site.find_run(self._run_id).progress)


@pytest.fixture
def watched(sandbox, tmp_path):
    """A run of twelve accounts, two a call, that is about to be applied, and who watches it."""
    environ = {"SYNC__MOODLE__BATCH_ROWS": "2", "SYNC__MOODLE__CONNECTIONS": "1"}
    with open_site(sandbox, tmp_path, environ=environ) as site:
        site.put("userimport.csv", ROWS)
        site.capture()
        step = walk.plan(site.work, Request("users", dag_id="test", dag_run_id="1"))
        walk.gate(site.work, step.run_id)
        log, watch = logging.getLogger("sync_operators.moodle.client"), Watch(site, step.run_id)
        log.setLevel(logging.INFO)
        log.addHandler(watch)
        yield site, step.run_id, watch
        log.removeHandler(watch)


def test_a_long_apply_is_seen_on_its_way(sandbox, watched):
    site, run_id, watch = watched
    sandbox.control.set_answer_delay(900)
    walk.apply(site.work, run_id)
    told = [progress for progress in watch.seen if progress]
    assert told != []
    assert {(each["step"], each["total"]) for each in told} == {("apply", 12)}
    assert 0 < told[0]["done"] < 12
    assert told[0]["rate"] > 0
    assert site.find_run(run_id).progress is None
