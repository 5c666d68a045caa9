"""Answers that are lost, refuse, or tell of too few rows: settled by looking, never doubled, nothing lost."""

import itertools
import logging
from contextlib import contextmanager

import pytest

from sync_operators import walk
from sync_operators.ledger import operations
from sync_operators.plans.request import Request
from tests.end_to_end.site import site as open_site

CREATE, UPDATE, DELETE = "core_user_create_users", "core_user_update_users", "core_user_delete_users"
HEADER = "username;firstname;lastname;idnumber;email;city\n"
OLD = ("old.1", "old.2", "old.3", "old.4")


def lines(count, *, city="Oslo"):
    return "".join(f"new.{n};New;{n};N{n};new.{n}@example.org;{city}\n" for n in range(count))


def accounts(names):
    fields = {"firstname": "Old", "lastname": "Hand", "city": "Oslo"}
    return [fields | {"username": name, "email": f"{name}@example.org", "idnumber": name} for name in names]


@contextmanager
def opened(sandbox, folder, **environ):
    with open_site(sandbox, folder, environ=environ, sleep=lambda _: None) as site:
        yield site


@pytest.fixture
def site(sandbox, tmp_path):
    with opened(sandbox, tmp_path) as made:
        yield made


def gated(site, content, command="users", name="userimport.csv"):
    """A run whose plan has passed the gate."""
    site.put(name, content)
    site.capture()
    step = walk.plan(site.work, Request(command))
    walk.gate(site.work, step.run_id)
    return step.run_id


def ended(site, run_id):
    walk.apply(site.work, run_id)
    return walk.close(site.work, run_id).state


def names(sandbox, function):
    """Accounts by how often a function took effect on them."""
    return sorted(
        str(row["username"] if function == CREATE else row["id"] if function == UPDATE else row)
        for entry in sandbox.control.journal()
        if entry["function"] == function
        for row in next(iter(entry["args"].values()))
    )


LOST = {
    "reset before": lambda control, of: control.drop_connection(of=of),
    "reset after": lambda control, of: control.drop_connection(of=of, when="after"),
    "502 before": lambda control, of: control.page(502, of=of),
    "502 after": lambda control, of: control.page(502, of=of, when="after"),
    "503 after": lambda control, of: control.page(503, of=of, when="after"),
    "504 after": lambda control, of: control.page(504, of=of, when="after"),
    "a page of HTML after": lambda control, of: control.page(200, of=of, when="after"),
    "cut": lambda control, of: control.cut(of=of),
    "time-out before": lambda control, of: control.timeout(of=of),
    "time-out after": lambda control, of: control.timeout(of=of, when="after"),
}
WRITES = {
    CREATE: ("users", "userimport.csv", HEADER + lines(5), {"created": 5}),
    UPDATE: (
        "users",
        "userimport.csv",
        HEADER + "".join(f"{name};Old;Hand;{name};{name}@example.org;Bergen\n" for name in OLD),
        {"updated": 4},
    ),
    DELETE: ("users_delete", "userdelete.csv", "username\n" + "".join(f"{name}\n" for name in OLD), {"deleted": 4}),
}


def cases():
    """Every one is torture; in every day's tests each way of losing meets each function over one or two connections."""
    found = itertools.product(LOST, WRITES, (1, 2))
    for at, case in enumerate(found):
        yield pytest.param(*case, marks=[pytest.mark.torture] if at % 4 in {1, 2} else [])


@pytest.mark.parametrize(("how", "function", "connections"), list(cases()))
def test_an_answer_that_is_lost_is_settled_by_looking(sandbox, tmp_path, how, function, connections):
    command, name, content, counts = WRITES[function]
    sandbox.control.add_accounts(accounts(OLD))
    tuned = {"SYNC__MOODLE__BATCH_ROWS": "2", "SYNC__MOODLE__TIMEOUT": "0.5"}
    with opened(sandbox, tmp_path, **tuned, SYNC__MOODLE__CONNECTIONS=str(connections)) as site:
        run_id = gated(site, content, command, name)
        LOST[how](sandbox.control, function)
        assert ended(site, run_id) == "done"
        assert site.find_run(run_id).counts == counts
        touched = names(sandbox, function)
        assert (len(touched), len(set(touched))) == (sum(counts.values()), sum(counts.values()))


def test_an_answer_that_never_comes_ends_the_run_after_three_tries_and_a_later_one_settles(site, sandbox):
    run_id = gated(site, HEADER + lines(1))
    sandbox.control.page(503, of=CREATE, times=3)
    with pytest.raises(Exception, match="sent, but no good answer came"):
        walk.apply(site.work, run_id)
    assert sandbox.control.counts().by_function[CREATE] == 3
    assert site.tick()["run"]["counts"] == {"created": 1}
    assert names(sandbox, CREATE) == ["new.0"]


class Late(logging.Handler):
    """Lets accounts appear in Moodle right after the looks agreed that they are not there."""

    def __init__(self, control, came):
        super().__init__()
        self._control, self._came = control, came

    def emit(self, _record):
        if self._came:
            self._control.add_accounts(self._came)
            self._came = []


def came(count):
    fields = [row.split(";") for row in lines(count).splitlines()]
    return [dict(zip(HEADER.strip().split(";"), row, strict=True)) for row in fields]


@pytest.mark.parametrize("count", [1, 3])
def test_a_create_that_came_through_behind_the_looks_is_not_called_taken(site, sandbox, count):
    run_id = gated(site, HEADER + lines(count))
    sandbox.control.page(503, of=CREATE)
    late, log = Late(sandbox.control, came(count)), logging.getLogger("sync_operators.plans.settling")
    log.setLevel(logging.INFO)
    log.addHandler(late)
    try:
        assert ended(site, run_id) == "done"
    finally:
        log.removeHandler(late)
    assert site.find_run(run_id).counts == {"created": count}
    assert names(sandbox, CREATE) == []


@pytest.mark.parametrize("count", [1, 3])
def test_a_create_that_came_through_between_two_runs_is_not_called_taken(site, sandbox, count):
    run_id = gated(site, HEADER + lines(count))
    sandbox.control.page(503, of=CREATE, times=99)
    assert site.tick()["state"] == "failed"
    sandbox.control.clear_faults()
    sandbox.control.add_accounts(came(count))
    tick = site.tick()
    assert (tick["run"]["run_id"], tick["run"]["counts"]) == (run_id, {"created": count})
    assert names(sandbox, CREATE) == []


def test_what_moodle_dropped_of_an_account_that_a_look_has_found_is_told(site, sandbox):
    run_id = gated(site, HEADER.replace("city", "profile_field_nope") + lines(2))
    sandbox.control.page(503, of=CREATE, when="after")
    assert ended(site, run_id) == "done"
    assert (site.find_run(run_id).counts, site.find_run(run_id).warning_counts) == (
        {"created": 2},
        {"warn_not_stored": 2},
    )


def test_a_name_that_was_never_sent_and_is_taken_meanwhile_is_an_error(site, sandbox):
    run_id = gated(site, HEADER + lines(2))
    sandbox.control.add_accounts([came(1)[0] | {"idnumber": "another"}])
    assert ended(site, run_id) == "done_with_errors"
    assert site.outcomes(run_id) == [(2, "error_username_collision"), (3, "created")]


@pytest.mark.parametrize("bad", [0, 37, 99])
def test_one_bad_row_in_a_hundred_is_found_in_sixteen_calls_and_the_others_are_done_once(site, sandbox, bad):
    run_id = gated(site, HEADER + lines(100))
    sandbox.control.add_accounts([came(100)[bad] | {"idnumber": "another"}])
    assert ended(site, run_id) == "done_with_errors"
    assert sandbox.control.counts().by_function[CREATE] <= 16
    assert names(sandbox, CREATE) == sorted(f"new.{n}" for n in range(100) if n != bad)
    assert site.find_run(run_id).counts == {"created": 99, "error_username_collision": 1}


def test_a_refused_row_has_our_reason_and_moodles_code_beside_it(site, sandbox):
    run_id = gated(site, HEADER + lines(2))
    sandbox.control.add_accounts([came(1)[0] | {"idnumber": "another"}])
    ended(site, run_id)
    with site.work.ledger.read() as tx:
        row = next(operations.rows(tx, run_id))
    assert (row.code, row.moodle_code) == ("error_username_collision", "invalidparameter")
    assert row.args["username"] == "new.0"


def test_a_bad_password_fails_its_row_of_an_update_batch_alone(sandbox, tmp_path):
    sandbox.control.add_accounts(accounts(OLD))
    rows = "".join(
        f"{name};Old;Hand;{name};{name}@example.org;Bergen;{word}\n" for name, word in zip(OLD, WORDS, strict=True)
    )
    with opened(sandbox, tmp_path, SYNC__USERS__UPDATE_PASSWORDS="true") as site:
        run_id = gated(site, HEADER.replace("city", "city;password") + rows)
        assert ended(site, run_id) == "done_with_errors"
        assert site.outcomes(run_id) == [(2, "updated"), (3, "error_update"), (4, "updated"), (5, "updated")]
        people = sandbox.control.people()
        assert [sandbox.control.password_is(name, word) for name, word in zip(OLD, WORDS, strict=True)] == [
            True,
            False,
            True,
            True,
        ]
        assert {people[name]["city"] for name in OLD if name != "old.2"} == {"Bergen"}


WORDS = ("Right-Pass-1!", "weak", "Right-Pass-3!", "Right-Pass-4!")


# -- PHP cuts what is too long ----------------------------------------------------------------------------------


def test_batches_are_kept_below_the_form_fields_that_php_takes(sandbox, tmp_path):
    sandbox.control.set_max_input_vars(100)
    with opened(sandbox, tmp_path, SYNC__MOODLE__MAX_FIELDS="90") as site:
        run_id = gated(site, HEADER + lines(60))
        assert ended(site, run_id) == "done"
        assert names(sandbox, CREATE) == sorted(f"new.{n}" for n in range(60))


def test_a_form_that_php_cuts_loses_nothing_and_says_which_setting_is_wrong(sandbox, tmp_path):
    with opened(sandbox, tmp_path) as site:
        run_id = gated(site, HEADER + lines(60))
        sandbox.control.set_max_input_vars(100)
        assert site.tick()["state"] == "failed"
        assert "Set `moodle.max_fields` below `max_input_vars`" in site.find_run(run_id).args["reason"]
        assert names(sandbox, CREATE) == []
    with opened(sandbox, tmp_path, SYNC__MOODLE__MAX_FIELDS="90") as site:
        assert site.tick()["run"]["counts"] == {"created": 60}
        assert names(sandbox, CREATE) == sorted(f"new.{n}" for n in range(60))
