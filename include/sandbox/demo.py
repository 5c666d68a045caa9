"""The whole way on this machine: an ERP drops files, Airflow runs them, a Moodle changes, reports say what happened.

`make demo` serves until Ctrl-C; `make smoke` checks the results and ends.
"""

import argparse
import asyncio
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import asyncssh
import httpx

from include.sandbox import pointing
from include.sandbox.environment import LOCAL, WHERE, environment, migrate
from include.sandbox.samples import SAMPLES
from include.sandbox.starting import Sandbox, start
from include.sandbox.telling import say, tell
from sync_operators.schedules import Schedules

PASSWORDS = {"admin": "admin", "erp": "erp", "viewer": "viewer"}
HEALTHY_WITHIN = 180
RUN_WITHIN = 600
STOP_WITHIN = 30


@dataclass(frozen=True, slots=True)
class Erp:
    """What an ERP does over SFTP and Airflow's REST API."""

    sandbox: Sandbox
    airflow: httpx.Client

    def drop(self, *names: str) -> None:
        """Put sample files into the drop."""
        asyncio.run(self._drop(names))

    async def _drop(self, names: tuple[str, ...]) -> None:
        sftp = self.sandbox.sftp
        known = asyncssh.import_known_hosts(f"[{sftp.host}]:{sftp.port} {sftp.host_key}\n")
        async with (
            asyncssh.connect(
                sftp.host,
                sftp.port,
                username=sftp.username,
                password=sftp.password,
                known_hosts=known,
                config=None,
                client_keys=None,
            ) as connection,
            connection.start_sftp_client() as client,
        ):
            for name in names:
                await client.put(str(SAMPLES / name), f"{sftp.path}/{name}")

    def trigger(self, dag_id: str, conf: Mapping[str, Any], run_id: str) -> str:
        """Start a DAG; it may not be parsed yet, so a 404 is tried again."""
        body = {"logical_date": None, "conf": dict(conf), "dag_run_id": run_id}
        for _ in range(120):
            answer = self.airflow.post(f"/api/v2/dags/{dag_id}/dagRuns", json=body)
            if answer.status_code != 404:
                break
            time.sleep(0.5)
        answer.raise_for_status()
        return str(answer.json()["dag_run_id"])

    def result(self, dag_id: str, run_id: str) -> tuple[str, dict[str, Any]]:
        """Wait for the end of a DAG run; its colour and what its `result` says."""
        url = f"/api/v2/dags/{dag_id}/dagRuns/{run_id}/wait"
        with self.airflow.stream(
            "GET", url, params={"interval": 0.5, "result": "result"}, timeout=RUN_WITHIN
        ) as answer:
            answer.raise_for_status()
            last = [line for line in answer.iter_lines() if line][-1]
        told = json.loads(last)
        return told["state"], (told.get("results") or {}).get("result") or {}


@contextmanager
def airflow(home: Path, extra: Mapping[str, str]) -> Iterator[httpx.Client]:
    """`airflow standalone` on a free port, until the block ends; a client that is logged in as admin."""
    migrate(home)
    port = _free_port()
    passwords = home / "passwords.json"
    passwords.write_text(json.dumps(PASSWORDS))
    settings = (
        environment(home)
        | {
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": "admin:admin,erp:user,viewer:viewer",
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(passwords),
            "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
            "AIRFLOW__CORE__PARALLELISM": "4",
            "AIRFLOW__API__PORT": str(port),
            "AIRFLOW__API__BASE_URL": f"http://127.0.0.1:{port}",
            "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"http://127.0.0.1:{port}/execution/",
            "AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.1",
            "AIRFLOW__WORKERS__MIN_HEARTBEAT_INTERVAL": "1",
            # A fresh API server on a busy machine needs longer for its first answer than the 5 s a task waits.
            "AIRFLOW__WORKERS__EXECUTION_API_TIMEOUT": "60",
            "AIRFLOW__LOGGING__WORKER_LOG_SERVER_PORT": str(_free_port()),
            "AIRFLOW__LOGGING__TRIGGER_LOG_SERVER_PORT": str(_free_port()),
        }
        | dict(extra)
    )
    _hear_interrupts()
    with (home / "standalone.log").open("w") as log:
        # Ctrl-C goes to us alone: Airflow must get one SIGINT, not two, to end whole.
        process = subprocess.Popen(
            [str(Path(sys.executable).parent / "airflow"), "standalone"],
            env=os.environ | settings,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30, trust_env=False) as client:
                _wait_healthy(client, process, home / "standalone.log")
                log_in(client, "admin")
                yield client
        finally:
            stop(process)


def stop(process: "subprocess.Popen[bytes]") -> None:
    """One SIGINT and time; what does not end by itself is ended with its whole session."""
    process.send_signal(signal.SIGINT)
    try:
        process.wait(STOP_WITHIN)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def connections(sandbox: Sandbox, depot: Path) -> dict[str, str]:
    """What points our package at the sandbox: the same variables that point it anywhere else."""
    told = {"moodle_url": sandbox.moodle_url, "token": sandbox.token, "sftp": asdict(sandbox.sftp)}
    return {
        **pointing.connections(told),
        "SYNC__DEPOT__URL": depot.as_uri(),
        "SYNC__SITE__NAME": "Demo",
        "SYNC__DROP__SETTLE_SECONDS": "1",
        # A fresh Airflow runs the last tick it has missed, and would be quicker than the ERP of the story.
        **{f"SYNC__SCHEDULES__{name.upper()}": "null" for name in Schedules.model_fields if name.startswith("sync_")},
    }


def log_in(client: httpx.Client, name: str) -> None:
    """Make every further call of the client one of that user."""
    answer = client.post("/auth/token", json={"username": name, "password": PASSWORDS[name]})
    answer.raise_for_status()
    client.headers["authorization"] = f"Bearer {answer.json()['access_token']}"


def _wait_healthy(client: httpx.Client, process: "subprocess.Popen[bytes]", log: Path) -> None:
    until = time.monotonic() + HEALTHY_WITHIN
    while time.monotonic() < until:
        if process.poll() is not None:
            break
        try:
            health = client.get("/api/v2/monitor/health").json()
        except httpx.HTTPError:
            time.sleep(0.5)
            continue
        if all(part.get("status") == "healthy" for name, part in health.items() if name != "triggerer"):
            return
        time.sleep(0.5)
    sys.exit(f"Airflow did not start; see {log}")


def _hear_interrupts() -> None:
    """A background job of a shell ignores SIGINT, and so would what it starts: Airflow could not be ended whole."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


# -- the demo itself ------------------------------------------------------------------------------------------------


def main() -> None:
    """Run the demo."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="check the results and end")
    options = parser.parse_args()
    folder = LOCAL / ("smoke" if options.check else "demo")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    begun = time.monotonic()
    say("Starting the sandbox (stand-in Moodle, SFTP drop) and Airflow …")
    with (
        start(folder / "sandbox", where=WHERE) as sandbox,
        airflow(folder / "airflow", connections(sandbox, folder / "depot")) as client,
    ):
        erp = Erp(sandbox, client)
        say(f"Airflow is up after {time.monotonic() - begun:.0f} s: {client.base_url}")
        faults = tell(erp, folder / "depot")
        if options.check:
            sys.exit("\n".join(faults) or 0)
        _serve(erp)


def _serve(erp: Erp) -> None:
    sftp = erp.sandbox.sftp
    say(f"""
Look around:
  Airflow   {erp.airflow.base_url}   admin / admin (or erp / erp, viewer / viewer)
  Moodle    {erp.sandbox.moodle_url}   (stand-in; its accounts: {erp.sandbox.control_url}/accounts)
  drop      sftp -P {sftp.port} {sftp.username}@{sftp.host}   password {sftp.password}, folder {sftp.path}
            or just copy a file to {erp.sandbox.drop}
  tables    sync_all > the run > task result > Logs: the same table, after every run
  held plan drop include/samples/userdelete.csv, trigger sync_all, and answer under Plans or Required Actions
  tutorial  docs/tutorial/nightly-feed.md goes on from here

Ctrl-C ends it all. Begin with the overview; in Airflow's menu it is Tool Sync:
{erp.airflow.base_url}/sync/""")
    try:
        signal.pause()
    except KeyboardInterrupt:
        say("Stopping …")


if __name__ == "__main__":
    main()
