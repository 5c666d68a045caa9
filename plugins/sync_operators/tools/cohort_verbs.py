"""How acts on cohorts and members are sent, settled by looking, and explained (`moodle/ws-functions.md`, Cohorts)."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sync_operators.codes import Fault
from sync_operators.moodle import cohorts
from sync_operators.moodle.answered import plain
from sync_operators.moodle.client import MoodleClient
from sync_operators.moodle.cohorts import Cohort
from sync_operators.moodle.failing import AllOrNothing, ByText, Strategy
from sync_operators.moodle.fields import field_count
from sync_operators.moodle.reader import MoodleReader
from sync_operators.tools.tool import UNCHANGED, Act, Seen, Verb

_NO_RIGHT: Final = "the service account may not change cohorts there"


class _CohortVerb:
    """What the verbs on cohorts have in common."""

    code: str
    refused: str
    remembers = True
    strategy: Strategy[Act, Any] = AllOrNothing()

    def lost(self, act: Act) -> tuple[tuple[str, int], ...]:  # noqa: ARG002 - the protocol's
        """Nothing stands on what these change."""
        return ()

    def made(self, acts: Sequence[Act], answer: Any) -> Mapping[int, int]:  # noqa: ARG002 - the protocol's
        """The cohorts are those that were there before."""
        return {act.seq: act.moodle_id or 0 for act in acts}

    def explain(self, reader: MoodleReader, act: Act, errorcode: str, message: str) -> Fault:  # noqa: ARG002
        """What Moodle's own code means."""
        if errorcode == "invalidrecord":
            return Fault("error_unknown_cohort", {"identity": "id", "value": str(act.moodle_id)})
        said = {"reason": _NO_RIGHT} if errorcode == "nopermissions" else {}
        return Fault(self.refused, {**said, "moodle_message": message, "moodle_code": errorcode})

    def after_write(self, reader: MoodleReader, acts: Mapping[int, Act]) -> Mapping[int, tuple[Fault, ...]]:  # noqa: ARG002
        """No warnings."""
        return {}


class CreateCohort(_CohortVerb):
    """`core_cohort_create_cohorts`: one transaction; idnumbers are unique in the whole site."""

    code = "cohort_created"
    refused = "error_create"

    def fields(self, act: Act) -> int:
        """Form fields of one cohort."""
        return field_count(_row(act))

    def send(self, moodle: MoodleClient, acts: Sequence[Act]) -> Any:
        """Create the cohorts; their ids come in the order sent."""
        return cohorts.create_cohorts(moodle, [_row(act) for act in acts])

    def made(self, acts: Sequence[Act], answer: Any) -> Mapping[int, int]:
        """The ids come in the order sent; there are none when nothing was done."""
        return {act.seq: moodle_id for act, moodle_id in zip(acts, answer, strict=True)} if acts else {}

    def look(self, reader: MoodleReader, acts: Sequence[Act]) -> Mapping[int, Seen]:
        """There was none of that idnumber when the plan was made: one of our name is ours, another is another's."""
        there = {cohort.idnumber: cohort for cohort in reader.all_cohorts()}
        return {act.seq: _seen_new(act, there.get(act.after["idnumber"])) for act in acts}

    def explain(self, reader: MoodleReader, act: Act, errorcode: str, message: str) -> Fault:
        """Moodle names no reason: an idnumber that is taken, or a category that is gone."""
        if errorcode != "invalidparameter":
            return super().explain(reader, act, errorcode, message)
        if any(cohort.idnumber == act.after["idnumber"] for cohort in reader.all_cohorts()):
            return _conflict(act)
        if category := act.after["category"]:
            return Fault("error_unknown_category", {"column": "id", "value": str(category)})
        return super().explain(reader, act, errorcode, message)


class UpdateCohort(_CohortVerb):
    """`core_cohort_update_cohorts`: one transaction; place, name and idnumber go with every row."""

    code = "cohort_updated"
    refused = "error_update"

    def fields(self, act: Act) -> int:
        """Form fields of one cohort, and its id."""
        return field_count(_row(act)) + 1

    def send(self, moodle: MoodleClient, acts: Sequence[Act]) -> Any:
        """Change the cohorts."""
        return cohorts.update_cohorts(moodle, [{"id": act.moodle_id, **_row(act)} for act in acts])

    def look(self, reader: MoodleReader, acts: Sequence[Act]) -> Mapping[int, Seen]:
        """Done when all of it is as wanted, its place too; else it is sent again, which changes nothing."""
        there = {cohort.id: cohort for cohort in reader.all_cohorts()}
        inside = {place: reader.cohorts_in(place) for place in sorted({act.after["category"] for act in acts})}
        return {
            act.seq: Seen(
                _is_as_wanted(act, there.get(act.moodle_id or 0)) and act.moodle_id in inside[act.after["category"]],
                act.moodle_id,
            )
            for act in acts
        }


class DeleteCohort(_CohortVerb):
    """`core_cohort_delete_cohorts`: one transaction; links to courses go with it."""

    code = "cohort_deleted"
    refused = "error_delete"
    remembers = False

    def lost(self, act: Act) -> tuple[tuple[str, int], ...]:
        """The cohort with its members and links."""
        return (("cohort", act.moodle_id or 0),)

    def fields(self, act: Act) -> int:  # noqa: ARG002 - the protocol's
        """One id."""
        return 1

    def send(self, moodle: MoodleClient, acts: Sequence[Act]) -> Any:
        """Delete the cohorts."""
        return cohorts.delete_cohorts(moodle, [act.moodle_id or 0 for act in acts])

    def look(self, reader: MoodleReader, acts: Sequence[Act]) -> Mapping[int, Seen]:
        """Gone when no cohort has the id."""
        there = {cohort.id for cohort in reader.all_cohorts()}
        return {act.seq: Seen(act.moodle_id not in there, act.moodle_id) for act in acts}


class _MemberVerb(_CohortVerb):
    refused = "error_cohort_member"

    def fields(self, act: Act) -> int:  # noqa: ARG002 - the protocol's
        """Cohort and account, at most with their kinds."""
        return 4

    def made(self, acts: Sequence[Act], answer: Any) -> Mapping[int, int]:  # noqa: ARG002 - the protocol's
        """A membership has no id: the cohort's stands for it."""
        return {act.seq: _pair(act)[0] for act in acts}

    def look(self, reader: MoodleReader, acts: Sequence[Act]) -> Mapping[int, Seen]:
        """Read the members of each cohort once."""
        told = reader.cohort_members(sorted({_pair(act)[0] for act in acts}))
        inside = {act.seq: _pair(act)[1] in told.get(_pair(act)[0], ()) for act in acts}
        return {act.seq: Seen(inside[act.seq] == bool(act.after), _pair(act)[0]) for act in acts}

    def explain(self, reader: MoodleReader, act: Act, errorcode: str, message: str) -> Fault:
        """What Moodle's own code, or the text of its warning, means."""
        cohort, user = _pair(act)
        if errorcode == cohorts.THERE_ALREADY:
            return Fault(UNCHANGED)
        if errorcode == "invaliduser" or (errorcode == cohorts.UNKNOWN and message.startswith("user")):
            return Fault("error_unknown_user", {"identity": "id", "value": str(user)})
        if errorcode in {"invalidrecord", cohorts.UNKNOWN}:
            return Fault("error_unknown_cohort", {"identity": "id", "value": str(cohort)})
        return super().explain(reader, act, errorcode, message)


class AddMember(_MemberVerb):
    """`core_cohort_add_cohort_members`: good rows are saved, bad ones come back as warnings without a number."""

    code = "member_added"
    strategy: Strategy[Act, Any] = ByText(lambda act: cohorts.names_of(_pair(act)))

    def send(self, moodle: MoodleClient, acts: Sequence[Act]) -> Any:
        """Put the accounts into the cohorts."""
        return cohorts.add_members(moodle, [_pair(act) for act in acts])


class RemoveMember(_MemberVerb):
    """`core_cohort_delete_cohort_members`: one transaction; who is not a member is no error."""

    remembers = False

    def __init__(self, code: str) -> None:
        self.code = code

    def lost(self, act: Act) -> tuple[tuple[str, int], ...]:
        """What stands on this account in this cohort."""
        cohort, user = _pair(act)
        return (("cohort", cohort), ("user", user))

    def send(self, moodle: MoodleClient, acts: Sequence[Act]) -> Any:
        """Take the accounts out of the cohorts."""
        return cohorts.delete_members(moodle, [_pair(act) for act in acts])


def _row(act: Act) -> dict[str, Any]:
    """One cohort as Moodle takes it."""
    category = act.after["category"]
    place = {"type": "id", "value": category} if category else {"type": "system", "value": ""}
    return {"categorytype": place, **{name: value for name, value in act.after.items() if name != "category"}}


def _seen_new(act: Act, found: Cohort | None) -> Seen:
    if found is None:
        return Seen(done=False)
    if plain(found.name) == plain(act.after["name"]):
        return Seen(done=True, moodle_id=found.id)
    return Seen(done=False, fault=_conflict(act))


def _conflict(act: Act) -> Fault:
    return Fault("error_conflict", {"column": "cidnumber", "value": act.after["idnumber"]})


def _is_as_wanted(act: Act, cohort: Cohort | None) -> bool:
    wanted = {name: act.after[name] for name in ("name", "idnumber", "description") if name in act.after}
    return cohort is not None and all(
        plain(str(getattr(cohort, name))) == plain(value) for name, value in wanted.items()
    )


def _pair(act: Act) -> tuple[int, int]:
    """Cohort and account."""
    row = act.after or act.before
    return int(row["cohortid"]), int(row["userid"])


COHORT_VERBS: Final[dict[str, Verb]] = {
    "create": CreateCohort(),
    "update": UpdateCohort(),
    "delete": DeleteCohort(),
    "add": AddMember(),
    "remove": RemoveMember("member_removed"),
    "clear": RemoveMember("cohort_emptied"),
}
