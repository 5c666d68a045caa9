"""The buttons on a task lead to the pages of the run it worked on, below any prefix of Airflow."""

from types import SimpleNamespace

import pytest

from sync_operators.operators.apply import ApplyOperator
from sync_operators.operators.approve import ApproveOperator
from sync_operators.operators.links import LINKS

RUN = "20261122T040001Z-a1b2c3"
CASES = [
    ({"told": {"run_id": RUN}}, ["/sync/reports/" + RUN, "/sync/plans/" + RUN, f"/sync/reports/{RUN}/file"]),
    (
        {"told": None, "plan": {"run_id": RUN}},
        ["/sync/reports/" + RUN, "/sync/plans/" + RUN, f"/sync/reports/{RUN}/file"],
    ),
    ({"told": None, "plan": None}, ["", "", ""]),
    ({"told": {"captured": 3}}, ["", "", ""]),
]


@pytest.mark.parametrize(("parts", "links"), CASES)
@pytest.mark.parametrize(("base", "prefix"), [("", ""), ("https://ops.example.org/airflow/", "/airflow")])
def test_a_link_leads_to_the_run_the_task_worked_on(monkeypatch, parts, links, base, prefix):
    monkeypatch.setenv("AIRFLOW__API__BASE_URL", base)
    found = [link.get_link(SimpleNamespace(**parts), ti_key=None) for link in LINKS]
    assert found == [link and prefix + link for link in links]


def test_steps_and_the_question_have_the_three_links():
    for operator in (ApplyOperator(task_id="apply", plan=None), ApproveOperator(task_id="approve")):
        assert [link.name for link in operator.operator_extra_links] == ["Report", "Plan", "File"]
