"""A sandbox tells the checkout where it is, for as long as it serves; only the doctor is led there by itself."""

import json
import shlex

from include.sandbox import environment, pointing
from include.sandbox.starting import start


def exported(capsys, monkeypatch, tmp_path, *arguments):
    monkeypatch.setenv("AIRFLOW_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(environment, "migrate", lambda home: None)
    environment.main(list(arguments))
    lines = [line.removeprefix("export ").partition("=") for line in capsys.readouterr().out.splitlines()]
    return {name: shlex.split(value)[0] for name, _, value in lines if name.startswith("AIRFLOW_CONN_")}


def test_the_doctor_is_led_to_the_sandbox_that_serves_and_nobody_else_is(tmp_path, monkeypatch, capsys):
    where = tmp_path / "sandbox.json"
    monkeypatch.setattr(environment, "WHERE", where)
    with start(tmp_path / "state", where=where) as sandbox:
        assert where.stat().st_mode & 0o077 == 0
        told = exported(capsys, monkeypatch, tmp_path, "doctor")
        moodle = {"conn_type": "http", "host": sandbox.moodle_url, "password": sandbox.token}
        assert json.loads(told["AIRFLOW_CONN_SYNC_MOODLE"]) == moodle
        assert json.loads(told["AIRFLOW_CONN_SYNC_DROP"])["port"] == sandbox.sftp.port
        assert exported(capsys, monkeypatch, tmp_path, "dags", "test", "sync_users") == {}
        monkeypatch.setenv("AIRFLOW_CONN_SYNC_MOODLE", "http://:t0ken@moodle.example.org")
        assert exported(capsys, monkeypatch, tmp_path, "doctor") == {}
    assert pointing.serving(where) is None


def test_without_a_sandbox_there_is_none(tmp_path):
    assert pointing.serving(tmp_path / "sandbox.json") is None
    (tmp_path / "sandbox.json").write_text("half a li")
    assert pointing.serving(tmp_path / "sandbox.json") is None
