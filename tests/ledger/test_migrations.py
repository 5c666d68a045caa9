"""Migrations: once, forward, whole, and never over what a later version or another program has made."""

import subprocess
import sys

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect, text

from sync_operators.ledger import LedgerTooNew, LedgerUnusable, migrations, open_ledger
from sync_operators.ledger.tables import VERSION_TABLE, metadata

from .conftest import KEY, PLUGINS, Clock, on_sqlite


def tables(url: str) -> set[str]:
    engine = create_engine(url)
    try:
        return set(inspect(engine).get_table_names())
    finally:
        engine.dispose()


def test_the_first_use_makes_every_table(fresh_url: str, clock: Clock) -> None:
    open_ledger(fresh_url, fingerprint_key=KEY, clock=clock).close()
    assert tables(fresh_url) - {"sqlite_sequence"} == set(metadata.tables) | {VERSION_TABLE}


def test_models_and_migrations_agree(fresh_url: str, clock: Clock) -> None:
    """What `alembic check` would say."""
    with open_ledger(fresh_url, fingerprint_key=KEY, clock=clock) as ledger, ledger.write() as tx:
        command.check(migrations.config(tx))


def test_the_versions_read_from_file_names_are_those_alembic_knows(fresh_url: str, clock: Clock) -> None:
    with open_ledger(fresh_url, fingerprint_key=KEY, clock=clock) as ledger, ledger.read() as tx:
        scripts = ScriptDirectory.from_config(migrations.config(tx))
        assert [script.revision for script in scripts.walk_revisions()][::-1] == migrations.known_versions()
        assert scripts.get_current_head() == migrations.known_versions()[-1]


def test_a_second_opening_changes_nothing_and_does_not_load_alembic(url: str) -> None:
    code = (
        f"import sys; sys.path.insert(0, {str(PLUGINS)!r})\n"
        "from sync_operators.ledger import open_ledger\n"
        f"open_ledger({url!r}, fingerprint_key={KEY!r}, clock=lambda: None)\n"
        "print('alembic' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"


RACER = """
import logging, sys, time
sys.path.insert(0, {plugins!r})
logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stdout)
logging.getLogger("alembic").setLevel(logging.ERROR)
from sync_operators.ledger import open_ledger
import alembic.command, sqlalchemy.dialects.postgresql.psycopg
print("ready", flush=True)
sys.stdin.readline()
print("key", open_ledger({url!r}, fingerprint_key={key!r}, clock=lambda: None).key.hex())
"""


def test_processes_that_start_at_once_migrate_once_and_agree_on_the_key(fresh_url: str) -> None:
    code = RACER.format(plugins=str(PLUGINS), url=fresh_url, key=None if fresh_url.startswith("sqlite") else KEY)
    racers = [
        subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    for racer in racers:
        assert racer.stdout is not None
        assert racer.stdout.readline() == "ready\n"
    for racer in racers:
        assert racer.stdin is not None
        racer.stdin.write("go\n")
        racer.stdin.flush()
    lines = [line for racer in racers for line in racer.communicate(timeout=60)[0].splitlines()]
    assert [racer.returncode for racer in racers] == [0, 0, 0]
    assert len([line for line in lines if line.startswith("migrate:")]) == 1
    keys = [line for line in lines if line.startswith("key")]
    assert len(keys) == 3
    assert len(set(keys)) == 1


def test_a_ledger_newer_than_the_code_is_refused_by_both_versions(url: str, clock: Clock) -> None:
    engine = create_engine(url)
    with engine.begin() as tx:
        tx.execute(text(f"UPDATE {VERSION_TABLE} SET version_num = '9001'"))
    try:
        with pytest.raises(LedgerTooNew) as caught:
            open_ledger(url, fingerprint_key=KEY, clock=clock)
    finally:
        with engine.begin() as tx:
            tx.execute(text(f"UPDATE {VERSION_TABLE} SET version_num = '{migrations.known_versions()[-1]}'"))
        engine.dispose()
    assert caught.value.message == (
        f"The ledger {url} is of version 9001; this code knows versions up to {migrations.known_versions()[-1]}."
    )
    assert caught.value.remedy == (
        "Update Tool Sync for Airflow on this machine, or name another ledger in `sync_ledger`."
    )


def test_another_programs_database_is_left_alone(fresh_url: str, clock: Clock, tmp_path: object) -> None:
    if fresh_url.startswith("sqlite"):
        fresh_url = f"sqlite:///{tmp_path}/other.sqlite3"
    engine = create_engine(fresh_url)
    with engine.begin() as tx:
        tx.execute(text("CREATE TABLE events (id integer)"))
    with pytest.raises(LedgerUnusable) as caught:
        open_ledger(fresh_url, fingerprint_key=KEY, clock=clock)
    assert caught.value.message == f"The database {fresh_url} holds tables of another program (events)."
    assert tables(fresh_url) == {"events"}
    engine.dispose()


def test_a_database_shared_with_airflow_keeps_two_histories(fresh_url: str, clock: Clock, tmp_path: object) -> None:
    if fresh_url.startswith("sqlite"):
        fresh_url = f"sqlite:///{tmp_path}/other.sqlite3"
    engine = create_engine(fresh_url)
    with engine.begin() as tx:
        tx.execute(text("CREATE TABLE alembic_version (version_num varchar(32))"))
        tx.execute(text("INSERT INTO alembic_version VALUES ('a1b2c3')"))
    open_ledger(fresh_url, fingerprint_key=KEY, clock=clock).close()
    with engine.begin() as tx:
        assert tx.execute(text("SELECT version_num FROM alembic_version")).scalar() == "a1b2c3"
    engine.dispose()


@on_sqlite
def test_a_migration_that_fails_leaves_nothing_behind(
    fresh_url: str, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("power cut")

    with monkeypatch.context() as patched:
        patched.setattr("alembic.runtime.migration.HeadMaintainer.update_to_step", fail)
        with pytest.raises(RuntimeError, match="power cut"):
            open_ledger(fresh_url, clock=clock)
    assert tables(fresh_url) == set()
    open_ledger(fresh_url, clock=clock).close()
