"""What tests of `enrolments` share: a few accounts and courses, files of a few lines, what became of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from include.sandbox.moodle.contexts import LEVELS, SYSTEM
from include.sandbox.starting import Sandbox
from sync_operators.codes import code
from sync_operators.ledger import operations
from tests.end_to_end.site import Site

NAMES = {"E2001": "zoe", "E2002": "yan", "E2003": "xia"}
COURSES = ("CHEM-101", "HIST-110")


@dataclass
class Enrolments:
    """A site with three accounts, nobody enrolled, and two courses of which CHEM-101 has the group Lab A."""

    site: Site
    sandbox: Sandbox
    users: dict[str, int] = field(default_factory=dict)
    courses: dict[str, int] = field(default_factory=dict)
    calls_read: int = 0

    def build(self) -> "Enrolments":
        """Make accounts and courses behind the web service's back."""
        self.people(NAMES)
        for name in COURSES:
            course = {"fullname": name, "shortname": name, "idnumber": f"N-{name}"}
            self.courses[name] = self.sandbox.control.add_row("courses", **course)
        self.group("CHEM-101", "Lab A", idnumber="LAB-A")
        return self

    def people(self, names: Mapping[str, str]) -> None:
        """Accounts: usernames by idnumber."""
        accounts = [
            {"username": name, "firstname": name, "lastname": "T", "email": f"{name}@example.org", "idnumber": number}
            for number, name in names.items()
        ]
        self.users |= dict(zip(names, self.sandbox.control.add_accounts(accounts), strict=True))

    def group(self, course: str, name: str, **fields: Any) -> int:
        """A group that is there before any file."""
        return self.sandbox.control.add_row("groups", courseid=self.courses[course], name=name, **fields)

    def by_hand(self, course: str, user: str, role: int = 5, **fields: Any) -> None:
        """Enrol somebody in Moodle's pages."""
        control, course_id = self.sandbox.control, self.courses[course]
        (found,) = [one for one in control.rows("enrol") if (one["courseid"], one["enrol"]) == (course_id, "manual")]
        control.add_row("user_enrolments", enrolid=found["id"], userid=self.users[user], **fields)
        self.give(course, user, role)

    def by_cohort(self, course: str, user: str) -> None:
        """Enrol somebody as a student through a cohort that is linked to the course."""
        control = self.sandbox.control
        cohort = control.add_row("cohorts", name=f"of {user}", contextid=SYSTEM)
        control.add_row("cohort_members", cohortid=cohort, userid=self.users[user])
        control.add_row("enrol", courseid=self.courses[course], enrol="cohort", roleid=5, customint1=cohort)

    def give(self, course: str, user: str, role: int, **fields: Any) -> None:
        """Give a role in Moodle's pages."""
        control, place = self.sandbox.control, {"level": LEVELS["course"], "instanceid": self.courses[course]}
        known = [one["id"] for one in control.rows("contexts") if place.items() <= one.items()]
        context = known[0] if known else control.add_row("contexts", **place)
        control.add_row("role_assignments", roleid=role, userid=self.users[user], contextid=context, **fields)

    def join(self, course: str, group: str, user: str, **fields: Any) -> None:
        """Put somebody into a group in Moodle's pages."""
        control, course_id = self.sandbox.control, self.courses[course]
        (found,) = [one for one in control.rows("groups") if (one["courseid"], one["name"]) == (course_id, group)]
        control.add_row("groups_members", groupid=found["id"], userid=self.users[user], **fields)

    # -- files --------------------------------------------------------------------------------------------------

    def run(self, *lines: str, **wishes: Any) -> dict[str, Any]:
        """What the ERP is told of the run of a file of these lines."""
        return self.site.deliver("enrols.csv", "".join(f"{line}\n" for line in lines), "enrolments", **wishes)

    def codes(self, *lines: str, **wishes: Any) -> list[str]:
        """The code of each row of a file of these lines, with its parts when it has several."""
        return [told for _, told in self.rows(self.run(*lines, **wishes)["run_id"])]

    def rows(self, run_id: str) -> list[tuple[int, str]]:
        """Line, and the codes of the row: its own, then those of its other parts."""
        return [(entry.line, _codes(entry)) for entry in self.entries(run_id)]

    def entries(self, run_id: str) -> list[Any]:
        with self.site.work.ledger.read() as tx:
            return list(operations.rows(tx, run_id))

    def messages(self, run_id: str) -> list[str]:
        """What a person is told of each row."""
        return [code(row.code).message("en", row.args) for row in self.entries(run_id)]

    # -- what Moodle has ----------------------------------------------------------------------------------------

    def held(self, course: str) -> dict[str, str]:
        """Who is enrolled, with roles and groups: {"zoe": "student | Lab A"}."""
        state: Mapping[str, Any] = self.sandbox.control.site_state()["courses"][course]
        roles = [held.partition(": ")[::2] for held in state["roles"]]
        people = sorted({one["user"] for one in state["enrolments"]} | {who for who, _ in roles})
        return {who: self._told(state, who, [role for name, role in roles if name == who]) for who in people}

    @staticmethod
    def _told(state: Mapping[str, Any], who: str, roles: list[str]) -> str:
        groups = sorted(name for name, group in state["groups"].items() if who in group["members"])
        return f"{'+'.join(sorted(roles))} | {'+'.join(groups)}".strip(" |")

    def times(self, course: str, user: str) -> tuple[int, int, int]:
        """Status, start and end of an enrolment."""
        found = self.sandbox.control.site_state()["courses"][course]["enrolments"]
        (one,) = [each for each in found if each["user"] == user]
        return one["status"], one["timestart"], one["timeend"]

    def calls(self) -> list[str]:
        """The functions called since the last look, in order, but for those that say who we are and see."""
        every = self.sandbox.control.calls()
        new, self.calls_read = every[self.calls_read :], len(every)
        return [call["function"] for call in new if call["function"] != "core_webservice_get_site_info"]

    def writes(self) -> list[str]:
        """The writing functions called since the last look."""
        every = self.sandbox.control.calls()
        new, self.calls_read = every[self.calls_read :], len(every)
        return [call["function"] for call in new if call["writes"]]


def _codes(entry: Any) -> str:
    return " ".join([part["code"] for part in entry.parts] or [entry.code])
