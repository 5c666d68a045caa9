"""The people that a row of `courses_create` enrols along with its course.

A person is named by user name, e-mail address, idnumber or id, whichever only one account has: each of the four is
asked in one call for all rows of a chunk.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from sync_operators.codes import Fault
from sync_operators.moodle.reader import MoodleReader
from sync_operators.moodle.users import IdentityField
from sync_operators.tools.account_finder import Refusal
from sync_operators.tools.course_columns import teachers
from sync_operators.tools.courses import PlannedCourse
from sync_operators.tools.tool import Draft, ParsedRow, id_of
from sync_operators.tools.user_finder import UserFinder

FIELDS: Final[tuple[IdentityField, ...]] = ("username", "email", "idnumber", "id")
DEFAULT_ROLE: Final = "teacher"
"""What a row that names no role means, as it always has: the teacher who does not edit."""

Enrolled = tuple[tuple[Draft, ...], tuple[Fault, ...], tuple[tuple[str, int], ...]]
"""Acts, parts in error, and the accounts that a row stands on."""


class Teachers:
    """Finds the people of each row, and plans their enrolments."""

    def __init__(self, roles: Mapping[str, int], reader: MoodleReader) -> None:
        self._roles = roles
        self._reader = reader
        self._finders = {field: UserFinder(field, reader) for field in FIELDS}
        self._held: dict[int, dict[int, frozenset[int]]] = {}
        self._count = 0

    def look_up(self, rows: Sequence[ParsedRow]) -> None:
        """Ask Moodle for all people that these rows name."""
        named = {account for row in rows for account, _ in teachers(row.values)}
        for finder in self._finders.values():
            if named:
                finder.look_up(sorted(named))

    def look_at(self, courses: Iterable[int]) -> None:
        """Ask who is enrolled in courses that are there already, and with which roles."""
        wanted = sorted(set(courses) - self._held.keys())
        for course, people in (self._reader.participants(wanted) if wanted else {}).items():
            self._held[course] = {person.id: person.roles for person in people.values()}

    def enrolled(self, values: Mapping[str, Any], course: PlannedCourse) -> Enrolled:
        """Enrol each person who does not have the role yet; one who cannot be found is a part in error."""
        drafts: list[Draft] = []
        faults: list[Fault] = []
        refs: list[tuple[str, int]] = []
        for account, role in teachers(values):
            try:
                user, role_id = self._find(account), self._role(role or DEFAULT_ROLE)
            except Refusal as refusal:
                faults.append(refusal.fault)
                continue
            refs.append(("user", user))
            if role_id not in self._held.get(course.id, {}).get(user, frozenset()):
                drafts.append(self._draft(course.id, user, role_id))
        return tuple(drafts), tuple(faults), tuple(refs)

    def _draft(self, course: int, user: int, role: int) -> Draft:
        self._count += 1
        held = self._held.setdefault(course, {})
        held[user] = held.get(user, frozenset()) | {role}
        after = {"roleid": role, "userid": user, "courseid": id_of("course", course)}
        return Draft("enrol", "enrolment", -self._count, {}, after, parent=("course", course))

    def _role(self, role: str) -> int:
        if role not in self._roles:
            raise Refusal("error_unknown_role", role=role)
        return self._roles[role]

    def _find(self, account: str) -> int:
        found = {user for field in FIELDS if (user := self._named(field, account)) is not None}
        if not found:
            raise Refusal("error_unknown_user", identity="/".join(FIELDS), value=account)
        if len(found) > 1:
            raise Refusal("error_ambiguous", column="/".join(FIELDS), value=account, count=str(len(found)))
        return found.pop()

    def _named(self, field: IdentityField, account: str) -> int | None:
        try:
            return self._finders[field].find(account)
        except Refusal as refusal:
            if refusal.fault.code == "error_ambiguous":
                raise
            return None
