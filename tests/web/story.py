"""The past of the site the pages are looked at with: a run with errors, a refused file, a simulation, a held plan."""

from dataclasses import dataclass, field
from typing import Any, ClassVar

from include.sandbox.starting import Sandbox
from sync_operators.hooks.workplace import Store
from tests.end_to_end.site import Site
from tests.end_to_end.users import ANN, BOB, EVE

HEADER = "username;firstname;lastname;idnumber;email;city\n"
MIXED = (
    HEADER
    + "new.one;New;One;N1;new.one@example.org;Oslo\n"
    + "ann;Ann;Lee;E2;ann@example.org;Bergen\n"
    + "bad.row;Bad;Row;N9;no-address;Oslo\n"
    + 'evil;"<b onmouseover=""alert(1)"">";=1+1;N8;evil@example.org;Oslo\n'
)
MANY = HEADER + "".join(f"many.{n};Many;No {n};M{n:03};many.{n}@example.org;Oslo\n" for n in range(120))
SUSPEND = "username\nbob\nann\n"


@dataclass
class Story:
    """The runs by what became of them: `done`, `refused`, `simulated`, `held`."""

    SETTINGS: ClassVar[dict[str, str]] = {
        "SYNC__GUARDS__USERS__CREATE__COUNT": "100",
        "SYNC__SITE__NAME": "Valmont",
    }
    site: Site
    sandbox: Sandbox
    runs: dict[str, str] = field(default_factory=dict)

    @property
    def store(self) -> Store:
        work = self.site.work
        return Store(work.settings, work.depot, work.ledger, "pages", work.clock)

    def run(self, name: str) -> Any:
        return self.site.find_run(self.runs[name])


def tell(site: Site, sandbox: Sandbox) -> Story:
    """Let it happen."""
    told = Story(site, sandbox)
    sandbox.control.add_accounts((BOB, ANN, EVE))
    told.runs["done"] = site.deliver("userimport.csv", MIXED)["run_id"]
    told.runs["refused"] = site.deliver("userdelete.csv", "", "users_delete")["run_id"]
    site.put("usersuspend.csv", SUSPEND)
    site.capture()
    told.runs["simulated"] = site.run("users_suspend", simulate=True)["runs"][0]["run_id"]
    told.runs["held"] = site.deliver("userimport.csv", MANY)["run_id"]
    return told
