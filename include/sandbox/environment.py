"""The environment of a local Airflow, as `export` lines: `python -m include.sandbox.environment dags test x`.

It names folders and switches only. Drop, Moodle, ledger and configuration come from outside (`AIRFLOW_CONN_SYNC_…`,
`SYNC_CONFIG`, `SYNC__…`) or are missing, and then the command says so.
"""

import json
import os
import secrets
import shlex
import shutil
import subprocess
import sys
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from pathlib import Path

from include.sandbox import pointing

ROOT = Path(__file__).resolve().parents[2]
LOCAL = ROOT / ".local"
WHERE = LOCAL / "sandbox.json"
"""Where the sandbox of `make sandbox` and `make demo` is."""

_KEYS = LOCAL / "airflow-keys.json"
_MIGRATED = LOCAL / "airflow-migrated"


def environment(home: Path) -> dict[str, str]:
    """The variables of an Airflow that lives in `home` and serves this checkout."""
    keys = _keys()
    return {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "dags"),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(ROOT / "plugins"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__FERNET_KEY": keys["fernet"],
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__API__SECRET_KEY": keys["secret"],
        "AIRFLOW__API_AUTH__JWT_SECRET": keys["jwt"],
        "PYTHONPATH": f"{ROOT / 'plugins'}:{ROOT}",
        "PATH": f"{Path(sys.executable).parent}:{os.environ.get('PATH', '')}",
    }


def migrate(home: Path) -> None:
    """Give `home` a metadata database: a copy of one that was migrated once, which takes 8 seconds."""
    database = home / "airflow.db"
    if database.exists():
        return
    home.mkdir(parents=True, exist_ok=True)
    template = _MIGRATED / _airflow_version() / "airflow.db"
    if not template.exists():
        _make_template(template)
    shutil.copy(template, database)


def _make_template(template: Path) -> None:
    building = template.parent.with_name(f"building-{os.getpid()}")
    building.mkdir(parents=True, exist_ok=True)
    command = [str(Path(sys.executable).parent / "airflow"), "db", "migrate"]
    done = subprocess.run(command, env=os.environ | environment(building), capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"airflow db migrate failed:\n{done.stdout}{done.stderr}")
    template.parent.mkdir(parents=True, exist_ok=True)
    (building / "airflow.db").replace(template)
    shutil.rmtree(building)


def _airflow_version() -> str:
    from importlib.metadata import version  # noqa: PLC0415

    return version("apache-airflow")


def _keys() -> Mapping[str, str]:
    """Secrets of this checkout's Airflow, made once."""
    if not _KEYS.exists():
        LOCAL.mkdir(exist_ok=True)
        made = {"jwt": secrets.token_hex(64), "secret": secrets.token_hex(32)}
        made["fernet"] = urlsafe_b64encode(secrets.token_bytes(32)).decode()
        building = _KEYS.with_suffix(f".{os.getpid()}")
        building.touch(0o600)
        building.write_text(json.dumps(made))
        building.replace(_KEYS)
    kept: dict[str, str] = json.loads(_KEYS.read_text())
    return kept


def _sandbox() -> dict[str, str]:
    """The connections to the sandbox that this checkout serves, where the environment names no others."""
    told = None if any(name.startswith("AIRFLOW_CONN_SYNC_") for name in os.environ) else pointing.serving(WHERE)
    return pointing.connections(told) if told else {}


def main(arguments: list[str]) -> None:
    """Print the lines; `dags test` gets a home of its own, as a killed one would block the DAG for the scheduler."""
    home = Path(
        os.environ.get("AIRFLOW_HOME", LOCAL / ("airflow-test" if arguments[:2] == ["dags", "test"] else "airflow"))
    )
    migrate(home)
    given = {name for name in os.environ if name.startswith("AIRFLOW__")}
    told = _sandbox() if arguments[:1] == ["doctor"] else {}
    for name, value in (environment(home) | told).items():
        if name not in given:
            sys.stdout.write(f"export {name}={shlex.quote(value)}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
