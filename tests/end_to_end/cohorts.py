"""What tests of `cohorts` share: a few accounts, categories and cohorts, files of a few lines, what became of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from include.sandbox.moodle.contexts import LEVELS, SYSTEM
from include.sandbox.starting import Sandbox
from sync_operators.codes import code
from sync_operators.ledger import operations
from tests.end_to_end.site import Site

NAMES = {"E2001": "zoe", "E2002": "yan", "E2003": "xia"}


@dataclass
class Cohorts:
    """A bare site with three accounts, two categories, and the cohorts OLD-Y0 and OLD-Y1 with a member each."""

    site: Site
    sandbox: Sandbox
    users: dict[str, int] = field(default_factory=dict)
    categories: dict[str, int] = field(default_factory=dict)
    calls_read: int = 0

    def build(self) -> "Cohorts":
        """Make all of it behind the web service's back."""
        self.sandbox.control.reset(bare=True)
        self.people(NAMES)
        for name, idnumber in (("Science", "SCI"), ("Humanities", "HUM")):
            self.categories[idnumber] = self.sandbox.control.add_row("categories", name=name, idnumber=idnumber)
        for number in "01":
            self.cohort(f"OLD-Y{number}", f"Old year {number}", "E2001")
        return self

    def people(self, names: Mapping[str, str]) -> None:
        """Accounts: usernames by idnumber."""
        accounts = [
            {"username": name, "firstname": name, "lastname": "T", "email": f"{name}@example.org", "idnumber": number}
            for number, name in names.items()
        ]
        self.users |= dict(zip(names, self.sandbox.control.add_accounts(accounts), strict=True))

    def cohort(self, idnumber: str, name: str, *members: str, category: str = "", **fields: Any) -> int:
        """A cohort that is there before any file."""
        control = self.sandbox.control
        context = SYSTEM
        if category:
            where = {"level": LEVELS["coursecat"], "instanceid": self.categories[category]}
            found = [row["id"] for row in control.rows("contexts") if where.items() <= row.items()]
            context = found[0] if found else control.add_row("contexts", **where)
        cohort = control.add_row("cohorts", name=name, idnumber=idnumber, contextid=context, **fields)
        for who in members:
            control.add_row("cohort_members", cohortid=cohort, userid=self.users[who])
        return cohort

    def run(self, *lines: str, content: bytes = b"", command: str = "cohorts", **wishes: Any) -> dict[str, Any]:
        """What the ERP is told of the run of a file of these lines."""
        text = content or "".join(f"{line}\n" for line in lines).encode()
        name = {"cohorts": "cohorts.csv", "cohort_links": "cohortscourses.csv"}.get(command, f"{command}.csv")
        return self.site.deliver(name, text, command, **wishes)

    def entries(self, run: dict[str, Any]) -> list[Any]:
        with self.site.work.ledger.read() as tx:
            return list(operations.rows(tx, run["run_id"]))

    def codes(self, *lines: str, **wishes: Any) -> list[str]:
        """The codes of each row: those of its acts and parts, or its own."""
        run = self.run(*lines, **wishes)
        return [self.told(entry) for entry in self.entries(run)]

    def messages(self, *lines: str, **wishes: Any) -> list[str]:
        """The message of each row."""
        run = self.run(*lines, **wishes)
        return [code(entry.code).message("en", entry.args) for entry in self.entries(run)]

    @staticmethod
    def told(entry: Any) -> str:
        return " ".join(dict.fromkeys(part["code"] for part in entry.parts)) if entry.parts else entry.code

    def there(self) -> dict[str, str]:
        """Where each cohort lives and who is in it."""
        control = self.sandbox.control
        names = {number: name for name, number in self.users.items()}
        places = {row["id"]: row["instanceid"] for row in control.rows("contexts") if row["level"] == 40}
        categories = {row["id"]: row["idnumber"] for row in control.rows("categories")}
        inside: dict[int, list[str]] = {}
        for row in control.rows("cohort_members"):
            inside.setdefault(row["cohortid"], []).append(names[row["userid"]])
        return {
            row["idnumber"]: " ".join([
                categories.get(places.get(row["contextid"], 0), "system"), *sorted(inside.get(row["id"], [])),
            ])
            for row in control.rows("cohorts")
        }  # fmt: skip

    def row(self, idnumber: str) -> dict[str, Any]:
        """A cohort as the database has it."""
        return next(row for row in self.sandbox.control.rows("cohorts") if row["idnumber"] == idnumber)

    def calls(self, *, writes: bool = False) -> list[str]:
        """The functions called since the last look."""
        every = self.sandbox.control.calls()
        new, self.calls_read = every[self.calls_read :], len(every)
        return [call["function"] for call in new if call["writes"] or not writes]
