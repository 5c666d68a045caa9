"""How the deletion of a category is sent, settled by looking, and explained (`moodle/ws-functions.md`, Categories)."""

from collections.abc import Mapping, Sequence
from typing import Any

from sync_operators.codes import Fault
from sync_operators.moodle.categories import content_of, delete_category
from sync_operators.moodle.client import MoodleClient
from sync_operators.moodle.failing import ReadBack, Strategy
from sync_operators.moodle.reader import MoodleReader
from sync_operators.tools.tool import Act, Seen


class DeleteCategory:
    """`core_course_delete_categories`, one at a time: each is looked at right before, and looked for afterwards.

    What Moodle would do with the content of a category that has been filled since the plan was made, we never find out.
    """

    code = "category_deleted"
    strategy: Strategy[Act, Any] = ReadBack()
    remembers = False

    def lost(self, act: Act) -> tuple[tuple[str, int], ...]:
        """The category: what was to be in it must come again."""
        return (("category", act.moodle_id or 0),)

    def fields(self, act: Act) -> int:  # noqa: ARG002 - the protocol's
        """Its id, and what becomes of its content."""
        return 2

    def send(self, moodle: MoodleClient, acts: Sequence[Act]) -> Any:
        """Delete the category unless something is in it by now."""
        (act,) = acts
        found = content_of(moodle, act.moodle_id or 0)
        if found is not None and not (found.courses or found.categories):
            delete_category(moodle, act.moodle_id or 0, top=not act.before["parent"])

    def made(self, acts: Sequence[Act], answer: Any) -> Mapping[int, int]:  # noqa: ARG002 - the protocol's
        """The categories are those that were there before."""
        return {act.seq: act.moodle_id or 0 for act in acts}

    def look(self, reader: MoodleReader, acts: Sequence[Act]) -> Mapping[int, Seen]:
        """Gone when no category has the id; one that has been filled stays."""
        return {act.seq: _seen(reader, act) for act in acts}

    def explain(self, reader: MoodleReader, act: Act, errorcode: str, message: str) -> Fault:  # noqa: ARG002
        """The category, and what Moodle says."""
        if errorcode == "unknowncategory":
            return Fault("skipped_not_found", {"identity": "id", "value": str(act.moodle_id)})
        said = {"moodle_message": message, "moodle_code": errorcode} if errorcode else {}
        return Fault("error_category_delete", {"category": act.before["name"], **said})

    def after_write(self, reader: MoodleReader, acts: Mapping[int, Act]) -> Mapping[int, tuple[Fault, ...]]:  # noqa: ARG002
        """No warnings."""
        return {}


def _seen(reader: MoodleReader, act: Act) -> Seen:
    found = reader.category_content(act.moodle_id or 0)
    if found is None:
        return Seen(done=True, moodle_id=act.moodle_id)
    fault = None
    if found.courses or found.categories:
        reason = "courses are in it" if found.courses else "sub-categories are in it"
        fault = Fault("skipped_not_empty", {"category": act.before["name"], "reason": reason})
    return Seen(done=False, moodle_id=act.moodle_id, fault=fault)
