"""One whole Airflow with a past, to be looked at in a browser: people of every role, a report with failures, held
plans, a list of courses, files in every state."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from sqlalchemy import create_engine, text

from include.sandbox.samples import SAMPLES
from include.sandbox.starting import Sandbox
from tests.end_to_end.airflow_site import HELD, AirflowSite, airflow_site, eventually

ROLES = {"admin": "admin", "op": "op", "erp": "user", "viewer": "viewer"}
"""Name and role of everybody who may sign in."""

CREATED_AT_MOST = 12
LARGEST_UPLOAD = 100_000
LIMITS = f"""
depot: {{largest_upload: {LARGEST_UPLOAD}}}
guards:
  users: {{create: {{count: {CREATED_AT_MOST}}}}}
  users_delete: {{delete: {{count: 1}}}}
  users_suspend: {{suspend: {{count: 0}}}}
"""
ODD = (
    "=1+1 'single' \"double\" <b>bold & \N{PARTY POPPER} \N{HEBREW LETTER ALEF}\N{HEBREW LETTER BET} "
    + "long " * 25
    + ".csv"
)
"""A name with everything that a page could take for something else."""


@dataclass(frozen=True)
class Past:
    """The site, and the runs of its past: `users` has failed rows, `users_delete` and `users_suspend` are held."""

    site: AirflowSite
    runs: dict[str, str]

    @property
    def address(self) -> str:
        """Where Airflow is, without a slash at the end."""
        return str(self.site.admin.base_url).rstrip("/")

    @property
    def pages(self) -> str:
        """Where the pages are, with a slash at the end."""
        return f"{self.address}/sync/"

    @property
    def files(self) -> dict[str, int]:
        """The newest version of each file by its name."""
        engine = create_engine(f"sqlite:///{self.site.depot / '.ledger' / 'ledger.sqlite3'}")
        with engine.connect() as connection:
            found = connection.execute(text("SELECT name, id FROM files ORDER BY id")).all()
        engine.dispose()
        return {name: number for name, number in found}  # noqa: C416 - rows, not pairs

    @property
    def sandbox(self) -> Sandbox:
        return self.site.sandbox

    def token(self, name: str) -> str:
        """What the cookie of a session holds."""
        password = json.loads((self.site.home / "passwords.json").read_text())[name]
        with httpx.Client(base_url=self.address, trust_env=False, timeout=30) as client:
            answer = client.post("/auth/token", json={"username": name, "password": password})
        answer.raise_for_status()
        return str(answer.json()["access_token"])

    def ended(self, run_id: str) -> None:
        """Wait until what Airflow does about a held plan has come to its end."""
        (asking,) = (name for name in self.site.dag_runs(HELD) if name.startswith(f"held-{run_id}-"))
        self.site.erp.result(HELD, asking)

    def is_asked(self, run_id: str) -> None:
        """Wait until Airflow asks about a held plan."""
        asking = eventually(lambda: [name for name in self.site.dag_runs(HELD) if name.startswith(f"held-{run_id}-")])
        eventually(lambda: self.site.questions(asking[0]))


@contextmanager
def past_site(
    folder: Path, *, configuration: str = LIMITS, happen: Callable[[AirflowSite], dict[str, str]] | None = None
) -> Iterator[Past]:
    """Start everything, and let the past happen: that of the tests, or another, which gives its runs by command."""
    users = ",".join(f"{name}:{role}" for name, role in ROLES.items())
    with airflow_site(folder, {"AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": users}) as site:
        site.configure(configuration)
        yield Past(site, (happen or _happen)(site))


def _happen(site: AirflowSite) -> dict[str, str]:
    _leave_files(site)
    site.erp.trigger("sync_course_list", {}, "read-courses")
    site.erp.drop("userimport.csv", "userdelete.csv", "usersuspend.csv", "_notes.csv")
    colour, told = site.run("first-night", correlation_id="registrar-1")
    runs = {run["command"]: run["run_id"] for run in told["runs"]}
    assert (colour, set(runs)) == ("success", {"users", "users_delete", "users_suspend"}), told
    for command in ("users_delete", "users_suspend"):
        Past(site, runs).is_asked(runs[command])
    site.erp.result("sync_course_list", "read-courses")
    return runs


def _leave_files(site: AirflowSite) -> None:
    """Into the depot by hand: one that waits for its tool, one that feeds nothing; and an empty folder by our page."""
    folder = site.depot / "autumn" / "science"
    folder.mkdir(parents=True)
    (folder / ODD).write_text("a;b\n1;2\n")
    make_folder(site, "spring")
    (site.depot / "enrols.csv").write_bytes((SAMPLES / "enrols.csv").read_bytes())


def make_folder(site: AirflowSite, name: str, within: str = "") -> None:
    """By the page's own form."""
    given = {"name": name, "folder": within}
    site.admin.post("/sync/depot/folders", data=given, follow_redirects=True).raise_for_status()


def upload(site: AirflowSite, folder: str, name: str) -> None:
    """A sample, by the page's own form."""
    files = {"files": (name, (SAMPLES / name).read_bytes(), "text/csv")}
    answer = site.admin.post("/sync/depot/files", params={"folder": folder}, files=files, follow_redirects=True)
    answer.raise_for_status()
