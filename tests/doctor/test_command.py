"""`python -m sync_operators.doctor`, as a process of its own, on sites near and dead; and a ledger on PostgreSQL."""

import json
import os
import socket
import subprocess
import sys
from contextlib import ExitStack
from uuid import uuid4

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from include.sandbox.environment import ROOT
from sync_operators.ledger import open_ledger
from sync_operators.plans.workplace import utc_now

POSTGRESQL = "postgresql+psycopg://postgres@127.0.0.1:5432/"
KEY = "k" * 32


def command(*arguments):
    environ = os.environ | {"PYTHONPATH": f"{ROOT / 'plugins'}:{ROOT}"}
    called = [sys.executable, "-m", "sync_operators.doctor", *arguments]
    return subprocess.run(called, env=environ, capture_output=True, text=True, check=False)


def test_on_a_whole_site_the_status_is_0_and_there_is_a_line_for_each_finding(doctor, airflow_home):
    done = command()
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[0].split(maxsplit=2)[:2] == ["ok", "configuration/settings"]
    assert lines[-1] == f"{len(lines) - 2} ok, 0 warn, 0 fail, 1 skipped"


def test_the_answer_as_json_and_the_status_1_when_something_fails(doctor, airflow_home):
    doctor.control.remove_function("core_user_delete_users")
    done = command("--json", "--commands", "users_delete")
    answer = json.loads(done.stdout)
    assert (done.returncode, done.stderr, answer["state"]) == (1, "", "fail")
    (failed,) = [one for one in answer["findings"] if one["level"] == "fail"]
    assert failed == {
        "subject": "moodle",
        "check": "functions",
        "level": "fail",
        "message": "`users_delete` lacks core_user_delete_users",
        "remedy": "Add them to the service of the token (Site administration > Server > Web services > External "
        "services > Functions): docs/how-to/service-account.md.",
    }
    assert answer["counts"]["fail"] == 1


def test_a_checkout_without_connections_is_told_what_is_missing(doctor, airflow_home):
    doctor.unset("AIRFLOW_CONN_SYNC_DROP", "AIRFLOW_CONN_SYNC_MOODLE")
    answer = json.loads(command("--json").stdout)
    assert [one["check"] for one in answer["findings"] if one["level"] == "fail"] == ["sync_drop", "sync_moodle"]


def test_connections_of_airflows_own_database_are_found(doctor, airflow_home):
    """The command is no task, so nobody else hands them out."""
    moodle = json.loads(os.environ["AIRFLOW_CONN_SYNC_MOODLE"])
    doctor.unset("AIRFLOW_CONN_SYNC_MOODLE")
    airflow = [sys.executable, "-m", "airflow", "connections"]
    add = [*airflow, "add", "sync_moodle", "--conn-json", json.dumps(moodle)]
    subprocess.run(add, capture_output=True, check=True)
    try:
        answer = json.loads(command("--json").stdout)
    finally:
        subprocess.run([*airflow, "delete", "sync_moodle"], capture_output=True, check=True)
    assert {one["level"] for one in answer["findings"] if one["check"] in ("sync_moodle", "reach")} == {"ok"}


@pytest.mark.timeout(150)
def test_drop_moodle_and_ledger_that_take_a_call_and_never_answer_are_given_up(doctor, airflow_home):
    with ExitStack() as stack:
        ports = [stack.enter_context(socket.create_server(("127.0.0.1", 0))).getsockname()[1] for _ in range(3)]
        doctor.connection("sync_drop", port=ports[0])
        doctor.connection("sync_moodle", host=f"http://127.0.0.1:{ports[1]}")
        doctor.set(AIRFLOW_CONN_SYNC_LEDGER=f"postgresql://u:p@127.0.0.1:{ports[2]}/db?fingerprint_key={KEY}")
        answer = json.loads(command("--json").stdout)
    failed = [f"{one['subject']}/{one['check']}" for one in answer["findings"] if one["level"] == "fail"]
    assert failed == ["drop/reach", "ledger/version", "moodle/reach"]


@pytest.fixture
def database():
    server = create_engine(POSTGRESQL + "postgres", isolation_level="AUTOCOMMIT")
    try:
        server.connect().close()
    except (DBAPIError, ModuleNotFoundError) as exc:
        pytest.skip(f"NO POSTGRESQL on 127.0.0.1:5432: {exc}")
    name = f"sync_doctor_test_{uuid4().hex[:12]}"
    with server.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    yield POSTGRESQL + name
    with server.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
        connection.execute(text(f"DROP ROLE IF EXISTS {name}"))
    server.dispose()


def run(url, *statements):
    engine = create_engine(url)
    with engine.begin() as tx:
        for statement in statements:
            tx.execute(text(statement))
    engine.dispose()


def red(answer):
    return [where for where in answer.at("warn", "fail") if where.startswith("ledger/")]


def test_a_ledger_on_postgresql(doctor, database):
    doctor.set(AIRFLOW_CONN_SYNC_LEDGER=f"{database}?fingerprint_key={KEY}")
    answer = doctor.look()
    assert (red(answer), "there is no ledger at" in answer.of("ledger/version")[0][1]) == ([], True)
    open_ledger(database, fingerprint_key=KEY.encode(), clock=utc_now).close()
    answer = doctor.look()
    assert red(answer) == []
    assert " is of version " in answer.of("ledger/version")[0][1]
    name = database.rpartition("/")[2]
    rights = f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {name}"
    run(database, f"CREATE ROLE {name} LOGIN", rights)
    doctor.set(AIRFLOW_CONN_SYNC_LEDGER=f"{database.replace('postgres@', f'{name}@')}?fingerprint_key={KEY}")
    assert doctor.look().of("ledger/rights")[0][0] == "fail"
    run(database, f"DROP OWNED BY {name}")
    doctor.set(AIRFLOW_CONN_SYNC_LEDGER=f"{database}?fingerprint_key=short")
    assert red(doctor.look()) == ["ledger/key"]
    run(database, "UPDATE sync_ledger_version SET version_num = '9999'")
    doctor.set(AIRFLOW_CONN_SYNC_LEDGER=f"{database}?fingerprint_key={KEY}")
    assert red(doctor.look()) == ["ledger/version"]


def test_a_database_of_another_program_is_told(doctor, database):
    run(database, "CREATE TABLE files (x int)")
    doctor.set(AIRFLOW_CONN_SYNC_LEDGER=f"{database}?fingerprint_key={KEY}")
    (level, message), *_ = doctor.look().of("ledger/version")
    assert (level, "holds tables of another program (files)" in message) == ("fail", True)
