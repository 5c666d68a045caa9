"""What tests of `groups` and `group_members` share: the site of enrolments without any group, and files for both."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.end_to_end.enrolments import COURSES, NAMES, Enrolments

SAMPLES = Path(__file__).parent / "samples"
FILES = {"groups": "groups.csv", "group_members": "groupmembers.csv"}


@dataclass
class Groups(Enrolments):
    """A site with three accounts, nobody enrolled, and two courses without groups."""

    command: str = "groups"

    def build(self) -> "Groups":
        """Make accounts and courses behind the web service's back."""
        self.people(NAMES)
        for name in COURSES:
            course = {"fullname": name, "shortname": name, "idnumber": f"N-{name}"}
            self.courses[name] = self.sandbox.control.add_row("courses", **course)
        return self

    def labs(self) -> "Groups":
        """CHEM-101 has Lab A and Lab B, HIST-110 has Readers."""
        self.group("CHEM-101", "Lab A", idnumber="LAB-A", description="Room 12")
        self.group("CHEM-101", "Lab B", idnumber="LAB-B")
        self.group("HIST-110", "Readers", idnumber="READ-1")
        return self

    def grouping(self, course: str, name: str, **fields: Any) -> int:
        """A grouping that is there before any file."""
        return self.sandbox.control.add_row("groupings", courseid=self.courses[course], name=name, **fields)

    def bind(self, grouping: str, group: str) -> None:
        """Put a group into a grouping in Moodle's pages."""
        ids = {(table, row["name"]): row["id"] for table in ("groups", "groupings") for row in self._rows(table)}
        fields = {"groupingid": ids["groupings", grouping], "groupid": ids["groups", group]}
        self.sandbox.control.add_row("groupings_groups", **fields)

    def leave(self, group: str, user: str) -> None:
        """Take somebody out of a group in Moodle's pages."""
        (found,) = [row["id"] for row in self._rows("groups") if row["name"] == group]
        pair = {"groupid": found, "userid": self.users[user]}.items()
        (row,) = [row for row in self._rows("groups_members") if pair <= row.items()]
        self.sandbox.control.delete_row("groups_members", row["id"])

    def _rows(self, table: str) -> list[dict[str, Any]]:
        return self.sandbox.control.rows(table)

    def run(self, *lines: str, **wishes: Any) -> dict[str, Any]:
        """What the ERP is told of the run of a file of these lines."""
        return self.site.deliver(FILES[self.command], "".join(f"{line}\n" for line in lines), self.command, **wishes)

    def sample(self, name: str) -> list[tuple[int, str]]:
        """What each row of a sample comes to."""
        run = self.site.deliver(FILES[self.command], (SAMPLES / name).read_bytes(), self.command)
        return self.rows(run["run_id"])

    def there(self, course: str) -> dict[str, list[str]]:
        """The groups of a course with their groupings: {"Lab A": ["Labs"]}."""
        state = self.sandbox.control.site_state()["courses"][course]
        return {
            name: sorted(grouping for grouping, told in state["groupings"].items() if name in told["groups"])
            for name in state["groups"]
        }

    def fields(self, table: str, name: str) -> tuple[str, str]:
        """Idnumber and description of a group or grouping."""
        (found,) = [one for one in self.sandbox.control.rows(table) if one["name"] == name]
        return found["idnumber"], found["description"]
