"""What tests of the commands about accounts share: a few accounts, files of a few lines, what became of them."""

import json
from dataclasses import dataclass, field
from typing import Any

from include.sandbox.starting import Sandbox
from sync_operators.codes import code
from sync_operators.ledger import operations
from sync_operators.plans.facts import outcomes
from sync_operators.reports.facts import RowOutcome
from tests.end_to_end.site import Site

BOB = {"username": "bob", "firstname": "Bob", "lastname": "Ray", "email": "bob@example.org", "idnumber": "E1"}
ANN = {"username": "ann", "firstname": "Ann", "lastname": "Lee", "email": "ann@example.org", "idnumber": "E2"}
EVE = {"username": "eve", "firstname": "Eve", "lastname": "Fox", "email": "eve@example.org", "idnumber": ""}


@dataclass
class Users:
    """A site, its accounts by the names they began with, and what files about them came to."""

    site: Site
    sandbox: Sandbox
    ids: dict[str, int] = field(default_factory=dict)
    journal_read: int = 0

    def add(self, *accounts: dict[str, Any]) -> None:
        """Accounts that are there before any file."""
        made = self.sandbox.control.add_accounts(accounts)
        self.ids |= {account["username"]: key for account, key in zip(accounts, made, strict=True)}

    def deliver(self, *lines: str, command: str = "users", **wishes: Any) -> list[tuple[int, str, str]]:
        """Line, code and message of each row that a file of these lines came to."""
        return self.rows(self.run(*lines, command=command, **wishes)["run_id"])

    def run(self, *lines: str, command: str = "users", **wishes: Any) -> dict[str, Any]:
        """What the ERP is told of the run of a file of these lines."""
        names = {"users": "userimport.csv", "users_delete": "userdelete.csv", "users_suspend": "usersuspend.csv"}
        return self.site.deliver(names[command], "".join(f"{line}\n" for line in lines), command, **wishes)

    def rows(self, run_id: str) -> list[tuple[int, str, str]]:
        """Line, code and message of each row of a run that is in the ledger."""
        return [(row.line, row.code, code(row.code).message("en", row.args)) for row in self.entries(run_id)]

    def codes(self, *lines: str, **wishes: Any) -> list[str]:
        """The codes of the rows of a file of these lines."""
        return [name for _, name, _ in self.deliver(*lines, **wishes)]

    def entries(self, run_id: str) -> list[Any]:
        with self.site.work.ledger.read() as tx:
            return list(operations.rows(tx, run_id))

    def outcomes(self, run: dict[str, Any]) -> list[RowOutcome]:
        """The rows of a run as its reports tell them."""
        return list(outcomes(self.site.work, self.site.find_run(run["run_id"]))())

    def warned(self, run: dict[str, Any]) -> dict[str, int]:
        """How often each warning stands beside a row of the run."""
        return dict(self.site.find_run(run["run_id"]).warning_counts)

    def report(self, run: dict[str, Any]) -> list[dict[str, Any]]:
        """The lines of the report for machines."""
        (path,) = (self.site.depot / "reports").rglob(f"{run['run_id']}*.jsonl")
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]

    def sent(self) -> list[tuple[str, Any]]:
        """What was written to Moodle since the last look, in order: verb and fields, accounts by their first names."""
        known = {key: name for name, key in self.ids.items()}
        journal = self.sandbox.control.journal()[self.journal_read :]
        self.journal_read += len(journal)
        return [one for entry in journal for one in _rows(entry, known)]

    def person(self, username: str) -> dict[str, Any] | None:
        """The living account of that name."""
        return self.sandbox.control.people().get(username)

    def change(self, username: str, **fields: Any) -> None:
        """Change an account by hand, in Moodle's pages."""
        self.sandbox.control.change_account(self.ids[username], **fields)


def _rows(entry: dict[str, Any], known: dict[int, str]) -> list[tuple[str, Any]]:
    verb = entry["function"].removeprefix("core_user_").removesuffix("_users")
    if verb == "delete":
        return [(verb, known.get(key, "?")) for key in entry["args"]["userids"]]
    return [(verb, _named(row, known)) for row in entry["args"]["users"]]


def _named(row: dict[str, Any], known: dict[int, str]) -> dict[str, Any]:
    fields = {name: value for name, value in row.items() if name != "id"}
    return {"of": known.get(row["id"], "?"), **fields} if "id" in row else fields
