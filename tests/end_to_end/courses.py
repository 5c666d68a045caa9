"""What tests of the commands about courses share: files of a few lines, what became of them and of the site."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from include.sandbox.starting import Sandbox
from sync_operators.codes import code
from sync_operators.ledger import operations
from tests.end_to_end.site import Site

SAMPLES = Path(__file__).parent / "samples"
FILES = {
    "courses_create": "uploadcourses.csv",
    "courses_delete": "deletecourses.csv",
    "courses_check": "courses.csv",
    "courses_reset": "resetcourses.csv",
    "courses_meta": "metacourses.csv",
}


@dataclass
class CourseSite:
    """A site with the sandbox's own courses: ONB, FIRE, GDPR, SEC-FR, AID, LEAD, XLS and the hidden OLD."""

    site: Site
    sandbox: Sandbox
    command: str = "courses_create"

    def run(self, *lines: str, content: bytes = b"", command: str = "", **wishes: Any) -> dict[str, Any]:
        """What the ERP is told of the run of a file of these lines."""
        command = command or self.command
        text = content or "".join(f"{line}\n" for line in lines).encode()
        return self.site.deliver(FILES[command], text, command, **wishes)

    def rows(self, *lines: str, **wishes: Any) -> list[tuple[int, str]]:
        """Line and code of each row that a file of these lines came to."""
        return self.outcomes(self.run(*lines, **wishes))

    def codes(self, *lines: str, **wishes: Any) -> list[str]:
        """The code of each row."""
        return [name for _, name in self.rows(*lines, **wishes)]

    def messages(self, *lines: str, **wishes: Any) -> list[str]:
        """The message of each row."""
        return [self.message(entry) for entry in self.entries(self.run(*lines, **wishes))]

    def outcomes(self, run: dict[str, Any]) -> list[tuple[int, str]]:
        return [(entry.line, entry.code) for entry in self.entries(run)]

    def entries(self, run: dict[str, Any]) -> list[Any]:
        with self.site.work.ledger.read() as tx:
            return list(operations.rows(tx, run["run_id"]))

    @staticmethod
    def message(entry: Any) -> str:
        return code(entry.code).message("en", entry.args)

    def parts(self, run: dict[str, Any]) -> list[list[str]]:
        """The codes of each row's parts."""
        return [[part["code"] for part in entry.parts] for entry in self.entries(run)]

    def course(self, shortname: str) -> dict[str, Any]:
        """A course as the database has it; empty when there is none."""
        found = [row for row in self.sandbox.control.rows("courses") if row["shortname"] == shortname]
        return found[0] if found else {}

    def category(self, path: str) -> dict[str, Any]:
        """A category by the names on its path."""
        at: dict[str, Any] = {"id": 0}
        rows = self.sandbox.control.rows("categories")
        for name in path.split("/"):
            at = next((row for row in rows if (row["parent"], row["name"]) == (at["id"], name)), {"id": -1})
        return at

    def writes(self) -> dict[str, int]:
        """The writing calls that arrived since the last reset of the counts, by function."""
        calls = [call for call in self.sandbox.control.calls() if call["writes"]]
        return {name: sum(call["function"] == name for call in calls) for name in {call["function"] for call in calls}}

    def journal(self, function: str) -> list[dict[str, Any]]:
        """What was written by a function."""
        return [entry["args"] for entry in self.sandbox.control.journal() if entry["function"] == function]


def lines(header: str, rows: Iterable[str]) -> list[str]:
    """A file of a header and rows."""
    return [header, *rows]
