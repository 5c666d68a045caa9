"""A held plan, answered on our page: Airflow's own Required Action is answered by it, and the walk goes on."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from include.sandbox.demo import connections
from sync_operators.plans.gating import question_id
from tests.dags.airflow_here import Airflow
from tests.web.browsing import Pages

NEW = """username;firstname;lastname;idnumber;email
ann.lee;Ann;Lee;E5001;ann.lee@example.org
bob.ray;Bob;Ray;E5002;bob.ray@example.org
"""


@pytest.fixture
def airflow(airflow_home, auth_manager, running_sandbox, tmp_path, monkeypatch):
    running_sandbox.control.reset()
    for name, value in connections(running_sandbox, tmp_path / "depot").items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("SYNC__DROP__SETTLE_SECONDS", "0.1")
    monkeypatch.setenv("SYNC__GUARDS__USERS__CREATE__COUNT", "1")
    return Airflow(running_sandbox, tmp_path / "depot")


@pytest.fixture
def held(airflow):
    airflow.drop("userimport.csv", NEW)
    outcome = airflow.run("sync_users")
    assert outcome.result["state"] == "held"
    return outcome.result["runs"][0]["run_id"]


@pytest.fixture
def pages(airflow):
    from sync_operators.hooks import workplace

    with workplace.store("pages") as store, Pages.over(store) as opened:
        opened.store = store
        yield opened


def run_of(pages, run_id):
    from sync_operators.ledger import runs

    with pages.store.ledger.read() as tx:
        return runs.get(tx, run_id)


def answers(pages, held, monkeypatch, choice, people=("ann",)):
    """The statuses that people get for one answer each, as soon as Airflow asks."""
    from sync_operators.web import access

    run = run_of(pages, held)
    asked_by = {}

    def find(_):
        return asked_by["id"]

    # `dags test` names its DAG run itself; a gate would have given it the id of the hold.
    monkeypatch.setattr("sync_operators.web.routes.plans.question_id", find)
    for _ in range(600):
        asked_by["id"] = _parked()
        if asked_by["id"]:
            break
        time.sleep(0.1)
    time.sleep(1)
    assert access.asked(asked_by["id"]).choice is None
    form = {
        "digest": run.plan_digest,
        "version": str(run.file_id),
        "choice": choice,
        "count": "2",
        "reason": "as agreed",
    }

    def answer(who):
        return Pages(pages.app, "op", who).post(f"plans/{held}/decision", form).status_code

    with ThreadPoolExecutor(len(people)) as pool:
        return sorted(pool.map(answer, people))


def _parked():
    from airflow.models.taskinstance import TaskInstance
    from airflow.utils.session import create_session
    from sqlalchemy import select

    wanted = select(TaskInstance.run_id).where(
        TaskInstance.dag_id == "sync_held", TaskInstance.state == "awaiting_input"
    )
    with create_session() as session:
        return session.scalars(wanted).first()


CHOICES = [("approve", "done", 2), ("reject", "rejected", 0)]


@pytest.mark.parametrize(("choice", "state", "made"), CHOICES)
def test_an_answer_on_the_page_is_airflows_own_and_carried_out(airflow, pages, held, monkeypatch, choice, state, made):
    with ThreadPoolExecutor(1) as pool:
        told = pool.submit(answers, pages, held, monkeypatch, choice)
        outcome = airflow.run("sync_held", run_id=held, command="users")
        assert told.result() == [303]
    run = run_of(pages, held)
    assert outcome.state == "success"
    assert (run.state, run.decided_by, run.reason) == (state, "ann", "as agreed")
    assert len([name for name in airflow.sandbox.control.people() if name in {"ann.lee", "bob.ray"}]) == made


def test_of_two_people_one_wins_and_the_other_is_told(airflow, pages, held, monkeypatch):
    with ThreadPoolExecutor(1) as pool:
        told = pool.submit(answers, pages, held, monkeypatch, "reject", ("ann", "bob"))
        airflow.run("sync_held", run_id=held, command="users")
        assert told.result() == [303, 409]
    assert run_of(pages, held).decided_by in {"ann", "bob"}
    assert question_id(run_of(pages, held)).startswith(f"held-{held}-")
