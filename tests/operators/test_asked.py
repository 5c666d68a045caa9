"""What a DAG run was asked for, and what is refused that Airflow would take."""

import pytest

from sync_operators.errors import ConfigurationError
from sync_operators.operators.asked import check_conf, is_asked, request_of
from sync_operators.plans.request import Request
from tests.operators.airflow_parts import context

DEFAULTS = {"command": None, "file": None, "simulate": False, "mode": "delta", "correlation_id": None}
COMMANDS = ("users", "users_delete")


@pytest.mark.parametrize(
    ("commands", "conf", "says"),
    [
        (COMMANDS, None, None),
        (COMMANDS, {"command": "users", "file": "a.csv", "simulate": True}, None),
        (("users",), {"file": "a.csv"}, None),
        (COMMANDS, {"fiel": "a.csv"}, "Unknown key in conf: `fiel` (did you mean `file`?)."),
        (COMMANDS, {"zzz": 1, "modes": 2}, "Unknown key in conf: `zzz`, `modes` (did you mean `mode`?)."),
        (COMMANDS, {"file": "a.csv"}, "The conf names a `file`, but not the `command` it is for."),
    ],
    ids=str,
)
def test_conf(commands, conf, says):
    told = context(conf=conf, **DEFAULTS)
    if says is None:
        check_conf(told, commands)
        return
    with pytest.raises(ConfigurationError) as caught:
        check_conf(told, commands)
    assert caught.value.message == says


def test_settings_that_are_asked_for_are_those_that_are_given():
    params = {"start": None, "keep": None, "simulate": True, "correlation_id": None}
    told = request_of(context(conf={"start": 0, "simulate": False}, **params), "categories_clean")
    assert (told.asked, told.simulate) == ({"start": 0}, False)


def test_a_form_field_of_a_task_is_no_key_of_the_conf():
    told = context(conf={"run_id": "r", "reason": "x"}, run_id=None, command=None)
    with pytest.raises(ConfigurationError, match="`reason`"):
        check_conf(told)


@pytest.mark.parametrize(("conf", "asked"), [({}, True), ({"command": "users"}, True), ({"command": "x"}, False)])
def test_without_a_command_every_one_is_asked(conf, asked):
    assert is_asked(context(conf=conf, **DEFAULTS), "users") is asked


@pytest.mark.parametrize(("by", "started_by"), [("ann", "ann"), (None, "manual")])
def test_a_request_says_what_for_whom_and_in_which_dag_run(by, started_by):
    conf = {"file": "a.csv", "mode": "reconcile", "correlation_id": "c", "simulate": True}
    assert request_of(context(conf=conf, by=by, **DEFAULTS), "users") == Request(
        "users",
        file="a.csv",
        simulate=True,
        mode="reconcile",
        correlation_id="c",
        dag_id="sync_users",
        dag_run_id="erp-1",
        attempt=1,
        started_by=started_by,
    )
