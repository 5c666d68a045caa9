"""Connections, however people write them, become what the core takes; a missing one is named with the way to set it."""

import json

import pytest

from sync_operators.errors import ConfigurationError
from sync_operators.hooks import connections
from sync_operators.hooks.workplace import store, workplace
from sync_operators.plans.workplace import utc_now
from sync_operators.settings import load_settings

KEY = "k" * 32


@pytest.fixture
def set_connection(monkeypatch):
    def set_one(conn_id, told):
        text = told if isinstance(told, str) else json.dumps(told)
        monkeypatch.setenv(f"AIRFLOW_CONN_{conn_id.upper()}", text)

    return set_one


@pytest.mark.parametrize(
    ("told", "url"),
    [
        ({"conn_type": "http", "host": "https://m.example.org"}, "https://m.example.org"),
        ({"conn_type": "http", "host": "https://m.example.org/moodle"}, "https://m.example.org/moodle"),
        ({"conn_type": "http", "host": "m.example.org"}, "https://m.example.org"),
        ({"conn_type": "http", "host": "m.example.org", "schema": "http"}, "http://m.example.org"),
        ({"conn_type": "http", "host": "m.example.org/moodle", "port": 8443}, "https://m.example.org:8443/moodle"),
        ({"conn_type": "http", "host": "http://127.0.0.1", "port": 80}, "http://127.0.0.1:80"),
        ("http://:{token}@m.example.org/https", "https://m.example.org"),
    ],
    ids=str,
)
def test_the_moodle_of_a_connection(set_connection, told, url):
    told = told.format(token="t0ken") if isinstance(told, str) else {**told, "password": "t0ken"}
    set_connection("sync_moodle", told)
    with connections.moodle_client(load_settings(None, {})) as client:
        assert client.url == url


@pytest.mark.parametrize(
    "told", [{"host": "https://m.example.org"}, {"password": "t0ken"}], ids=["no token", "no host"]
)
def test_half_a_moodle_connection_says_what_it_needs(set_connection, told):
    set_connection("sync_moodle", {"conn_type": "http", **told})
    with pytest.raises(ConfigurationError) as caught:
        connections.moodle_client(load_settings(None, {}))
    assert str(caught.value) == (
        "The connection `sync_moodle` needs the site's address as host and the web-service token as password. "
        'For example: {"conn_type": "http", "host": "https://moodle.example.org", "password": "<web-service token>"}'
    )


def test_all_missing_connections_are_named_at_once_with_the_way_to_set_them():
    with pytest.raises(ConfigurationError) as caught:
        connections.require(connections.DROP, connections.MOODLE)
    assert str(caught.value) == (
        "Not set: the connections `sync_drop`, `sync_moodle`. "
        "Set under Admin > Connections, or in the environment of Airflow, for example:\n"
        '  AIRFLOW_CONN_SYNC_DROP=\'{"conn_type": "sftp", "host": "sftp.example.org", "port": 22, '
        '"login": "erp", "password": "…", "extra": {"host_key": "ssh-ed25519 AAAA…", "path": "/in"}}\'\n'
        '  AIRFLOW_CONN_SYNC_MOODLE=\'{"conn_type": "http", "host": "https://moodle.example.org", '
        '"password": "<web-service token>"}\''
    )


@pytest.mark.parametrize(
    ("told", "url"),
    [
        ("postgresql://u:p%40@h:5433/db?sslmode=require", "postgresql+psycopg://u:p%40@h:5433/db?sslmode=require"),
        ("postgres://u:p@h/db", "postgresql+psycopg://u:p@h/db"),
        ("postgresql+psycopg://u:p@h/db?host=%2Frun%2Fpg", "postgresql+psycopg://u:p@h/db?host=%2Frun%2Fpg"),
        ("sqlite:////data/x.db?timeout=5", "sqlite:////data/x.db?timeout=5"),
        (
            {"conn_type": "postgres", "host": "h", "login": "u", "password": "p@", "schema": "db", "port": 5433},
            "postgresql+psycopg://u:p%40@h:5433/db",
        ),
        ({"conn_type": "sqlite", "schema": "/data/x.db"}, "sqlite:////data/x.db"),
    ],
    ids=str,
)
@pytest.mark.parametrize("keyed", [False, True], ids=["without a key", "with a key"])
def test_the_ledger_of_a_connection(set_connection, told, url, keyed):
    if keyed and isinstance(told, str):
        told = f"{told}{'&' if '?' in told else '?'}fingerprint_key={KEY}"
    elif keyed:
        told = {**told, "extra": {"fingerprint_key": KEY}}
    set_connection("sync_ledger", told)
    assert connections._ledger_url(connections.connection("sync_ledger")) == url


def test_without_a_connection_the_ledger_lies_in_the_depot(tmp_path):
    settings = load_settings(None, {"SYNC__DEPOT__URL": tmp_path.as_uri()})
    with connections.ledger(settings, utc_now):
        assert (tmp_path / ".ledger" / "ledger.sqlite3").exists()


def test_a_depot_elsewhere_needs_a_ledger_of_its_own():
    settings = load_settings(None, {"SYNC__DEPOT__URL": "s3://bucket/depot"})
    with pytest.raises(ConfigurationError) as caught:
        connections.ledger(settings, utc_now)
    assert str(caught.value) == (
        "The depot s3://bucket/depot is no local folder, so the ledger cannot lie in it. "
        "Set the connection `sync_ledger`, for example postgresql://login:password@host:5432/database"
    )


def test_capture_needs_no_moodle_but_the_walk_does(monkeypatch, tmp_path):
    monkeypatch.setenv("SYNC__DEPOT__URL", tmp_path.as_uri())
    with store("test") as kept:
        assert kept.depot.listing("") == [".ledger"]
    with pytest.raises(ConfigurationError, match="Not set: the connection `sync_moodle`"), workplace("test"):
        pass
