"""How acts on enrolments and roles are sent, settled by looking, and explained (`moodle/ws-functions.md`, Enrolments).

An enrolment has no id of Moodle's: it is named by course and account, and its acts are read back by course.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sync_operators.codes import Fault
from sync_operators.moodle.client import MoodleClient
from sync_operators.moodle.enrolments import MANUAL, Participant, enrol_users, unenrol_users
from sync_operators.moodle.failing import AllOrNothing, ReadBack, Strategy
from sync_operators.moodle.reader import MoodleReader
from sync_operators.moodle.roles import assign_roles, course_role, unassign_roles
from sync_operators.tools.tool import Act, Seen, Verb

_NOT_ASSIGNABLE: Final = "the role cannot be given in courses, or not by the service account"
_NO_ENTRY: Final = "the service account has no access to the course"
_ANOTHER_METHOD: Final = "the enrolment is by another method"
_ANOTHERS_ROLE: Final = "the role was given by another enrolment method or link"

_NO_USER: Final = frozenset({"invaliduser", "userdeleted"})
_REASONS: Final = {"wsusercannotassign": _NOT_ASSIGNABLE, "requireloginerror": _NO_ENTRY}


class _EnrolmentVerb:
    """What the verbs on enrolments have in common."""

    code: str
    refused: str
    remembers = True
    strategy: Strategy[Act, Any] = AllOrNothing()

    def lost(self, act: Act) -> tuple[tuple[str, int], ...]:  # noqa: ARG002 - the protocol's
        """Nothing stands on what these change."""
        return ()

    def fields(self, act: Act) -> int:
        """Form fields of one enrolment."""
        return len(act.after)

    def made(self, acts: Sequence[Act], answer: Any) -> Mapping[int, int]:  # noqa: ARG002 - the protocol's
        """An enrolment has no id: the account's stands for it."""
        return {act.seq: _pair(act)[1] for act in acts}

    def look(self, reader: MoodleReader, acts: Sequence[Act]) -> Mapping[int, Seen]:
        """Read each course once, and say of each act whether its end is there."""
        people = reader.participants(sorted({_pair(act)[0] for act in acts}))
        return {act.seq: self._seen(act, people.get(_pair(act)[0], {}).get(_pair(act)[1])) for act in acts}

    def _seen(self, act: Act, person: Participant | None) -> Seen:
        return Seen(self.is_done(act, person), _pair(act)[1])

    def is_done(self, act: Act, person: Participant | None) -> bool:
        """Whether what Moodle now tells of the account in the course is what the act was to bring about."""
        raise NotImplementedError

    def explain(self, reader: MoodleReader, act: Act, errorcode: str, message: str) -> Fault:  # noqa: ARG002
        """What Moodle's own code means."""
        if errorcode == "wsnoinstance":
            return Fault("error_no_enrol_method", {"method": MANUAL})
        if errorcode in _NO_USER:
            return Fault("error_unknown_user", {"identity": "id", "value": str(_pair(act)[1])})
        if errorcode == "guestsarenotallowed":
            return Fault("error_protected", {"username": "guest"})
        said = {"reason": reason} if (reason := _REASONS.get(errorcode) or self.reason(act)) else {}
        return Fault(self.refused, {**said, "moodle_message": message, "moodle_code": errorcode})

    def reason(self, act: Act) -> str | None:  # noqa: ARG002 - for those that know one
        """Why the act may have failed, where Moodle's code does not tell."""
        return None

    def after_write(self, reader: MoodleReader, acts: Mapping[int, Act]) -> Mapping[int, tuple[Fault, ...]]:  # noqa: ARG002
        """No warnings."""
        return {}


class Enrol(_EnrolmentVerb):
    """`enrol_manual_enrol_users`: one transaction; courses may be mixed."""

    code = "enrolled"
    refused = "error_enrol"

    def send(self, moodle: MoodleClient, acts: Sequence[Act]) -> Any:
        """Enrol with role and times."""
        return enrol_users(moodle, [act.after for act in acts])

    def is_done(self, act: Act, person: Participant | None) -> bool:
        """Enrolled, and with the role."""
        return person is not None and act.after["roleid"] in person.roles


class Renew(Enrol):
    """The same call for who is enrolled: times are overwritten, and the enrolment is in force again."""

    code = "enrolment_updated"

    def is_done(self, act: Act, person: Participant | None) -> bool:  # noqa: ARG002 - nothing tells
        """Moodle tells no times: it is sent again, which changes nothing."""
        return False


class Unenrol(_EnrolmentVerb):
    """`enrol_manual_unenrol_users`: leaves enrolments of other methods without a word, so it is read back."""

    code = "unenrolled"
    refused = "error_unenrol"
    remembers = False
    strategy: Strategy[Act, Any] = ReadBack()

    def lost(self, act: Act) -> tuple[tuple[str, int], ...]:
        """All that stands on this account in this course: groups, roles."""
        course, user = _pair(act)
        return (("course", course), ("user", user))

    def fields(self, act: Act) -> int:  # noqa: ARG002 - the protocol's
        """Course and account."""
        return 2

    def send(self, moodle: MoodleClient, acts: Sequence[Act]) -> Any:
        """End the enrolments."""
        return unenrol_users(moodle, [{name: act.before[name] for name in ("courseid", "userid")} for act in acts])

    def is_done(self, act: Act, person: Participant | None) -> bool:  # noqa: ARG002 - the protocol's
        """Nobody there any more."""
        return person is None

    def explain(self, reader: MoodleReader, act: Act, errorcode: str, message: str) -> Fault:
        """Without a code of Moodle's, the enrolment is another method's: nothing more was asked of it."""
        if errorcode:
            return super().explain(reader, act, errorcode, message)
        others = act.before.get("other_methods")
        return Fault("error_unenrol", {"reason": _ANOTHER_METHOD} | ({"method": ", ".join(others)} if others else {}))


class Assign(_EnrolmentVerb):
    """`core_role_assign_roles` in the course."""

    code = "role_assigned"
    refused = "error_assign"

    def fields(self, act: Act) -> int:  # noqa: ARG002 - the protocol's
        """Role, account, level and course."""
        return 4

    def send(self, moodle: MoodleClient, acts: Sequence[Act]) -> Any:
        """Give the roles."""
        return assign_roles(moodle, [_role(act.after) for act in acts])

    def is_done(self, act: Act, person: Participant | None) -> bool:
        """The role is held."""
        return person is not None and act.after["roleid"] in person.roles

    def reason(self, act: Act) -> str | None:  # noqa: ARG002 - the protocol's
        """The only rule that Moodle has of its own here."""
        return _NOT_ASSIGNABLE


class Unassign(_EnrolmentVerb):
    """`core_role_unassign_roles` in the course: leaves roles that others gave without a word, so it is read back."""

    code = "role_removed"
    refused = "error_unassign"
    strategy: Strategy[Act, Any] = ReadBack()

    def fields(self, act: Act) -> int:  # noqa: ARG002 - the protocol's
        """Role, account, level and course."""
        return 4

    def send(self, moodle: MoodleClient, acts: Sequence[Act]) -> Any:
        """Take the roles."""
        return unassign_roles(moodle, [_role(act.before) for act in acts])

    def is_done(self, act: Act, person: Participant | None) -> bool:
        """The role is not held any more."""
        return person is None or act.before["roleid"] not in person.roles

    def explain(self, reader: MoodleReader, act: Act, errorcode: str, message: str) -> Fault:
        """Without a code of Moodle's, the role is another method's."""
        if errorcode:
            return super().explain(reader, act, errorcode, message)
        return Fault("error_unassign", {"reason": _ANOTHERS_ROLE})

    def reason(self, act: Act) -> str | None:  # noqa: ARG002 - the protocol's
        """The only rule that Moodle has of its own here."""
        return _NOT_ASSIGNABLE


def _pair(act: Act) -> tuple[int, int]:
    row = act.after or act.before
    return int(row["courseid"]), int(row["userid"])


def _role(row: Mapping[str, Any]) -> dict[str, Any]:
    return course_role(row["courseid"], row["userid"], row["roleid"])


ENROLMENT_VERBS: Final[dict[str, Verb]] = {
    "enrol": Enrol(),
    "renew": Renew(),
    "assign": Assign(),
    "unassign": Unassign(),
    "unenrol": Unenrol(),
}
